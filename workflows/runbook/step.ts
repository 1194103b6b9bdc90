/**
 * One step: done and verified on one host, or a person is asked. Never repeated while its outcome is unknown.
 *
 *   1. What the journal says is done stays done (after continue-as-new, too).
 *   2. Hold and abort are listened to before it begins, where the step may still be left out.
 *   3. Each way is one activity with a job token of its own; several ways (try three times, then the init script) are
 *      tried in order. A step that lay in the queue too long never ran: it listens again and is scheduled again.
 *   4. What ended without a word is looked at, not repeated.
 *   5. What did not succeed becomes a question. `retry` begins again with a new token, `wait` and `done-by-hand` look
 *      again, and only what is seen counts. There is no way to skip a proof.
 */
import { CancellationScope, condition, continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import type { Attempt, LockOwner, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Answer, Choice } from '../../src/upgrade/messages.ts';
import type { HostState } from '../../src/upgrade/view.ts';
import { AbortUpgrade } from './abort-upgrade.ts';
import { duration } from './duration.ts';
import { whatHappened } from './happened.ts';
import type { Operator } from './operator.ts';
import type { UpgradeRecord } from './record.ts';

/** One way to do a step. The title is the activity's summary, so history reads as the runbook. */
export interface Way {
  readonly title: string;
  readonly act: (attempt: Attempt, title: string) => Promise<StepOutcome>;
  /** How long it may take; then it is unknown, looked at, and a question. Its job on the host goes on. */
  readonly limit: string;
  /** Pause before this way is tried, after the one before it did not succeed. */
  readonly after?: string | undefined;
}

export interface Step {
  /** Its word in tokens, questions and the timeline: "stop", "install". */
  readonly step: string;
  readonly host?: string | undefined;
  readonly ways: readonly [Way, ...Way[]];
  /** What a person may choose when it did not succeed; `abort` is always added. */
  readonly choices: readonly Choice[];
  /** What the host is while it runs, for status. */
  readonly state?: HostState | undefined;
  /** Abort and `hold --now` are listened to before it begins. False once the host must be finished. */
  readonly interruptible: boolean;
}

/** A look whose answer the runbook needs. */
export interface Look<T> {
  readonly step: string;
  readonly host?: string | undefined;
  /** What could not be seen, for the question: "Whether om-2 may go down". */
  readonly asks: string;
  readonly look: () => Promise<unknown>;
  readonly isSeen: (value: unknown) => value is T;
}

/** How long a `wait` without a `for` waits before it looks again. */
const LOOK_AGAIN_AFTER = '1m';

export class Steps {
  readonly #record: UpgradeRecord;
  readonly #operator: Operator;
  /** Steps under way; continue-as-new only when this is none, so that nothing is left behind. */
  #inFlight = 0;
  /** Steps that a worker has taken up: from then on they are seen through. */
  readonly #begun = new Set<string>();
  /** Ends what runs beside the steps before the upgrade continues as new. */
  beforeContinueAsNew: () => Promise<void> = async () => {};

  constructor(record: UpgradeRecord, operator: Operator) {
    this.#record = record;
    this.#operator = operator;
  }

  async run(step: Step): Promise<void> {
    await this.all([step]);
  }

  /** Runs steps side by side. When one ends the upgrade, the others are waited for first: nothing is left behind unseen. */
  async all(steps: readonly Step[]): Promise<void> {
    await this.#continueAsNewWhenDue();
    this.#inFlight += 1;
    const ended = await Promise.allSettled(steps.map((step) => this.#once(step)));
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    this.#inFlight -= 1; // a step that throws ends the upgrade; nothing continues as new after it
    await this.#continueAsNewWhenDue();
  }

  /** Looks at something until it can be seen; what cannot be seen is a question. Junk typed into the UI is looked at again. */
  async look<T>(spec: Look<T>): Promise<T> {
    const id = spec.host ? `${spec.step}:${spec.host}` : spec.step;
    for (;;) {
      let says = 'It was completed by hand with something that is no answer.';
      try {
        const seen: unknown = await spec.look();
        if (spec.isSeen(seen)) return seen;
      } catch (error) {
        const happened = whatHappened(error);
        if (happened.kind === 'pass') throw error;
        if (happened.kind === 'refused') throw error;
        if (happened.kind === 'unknown') says = happened.says;
      }
      const answer = await this.#operator.ask({
        id: this.questionId(id), asks: `${spec.asks} could not be seen. Look again?`, choices: ['retry', 'abort'], evidence: says,
      });
      if (answer.choice === 'abort') throw new AbortUpgrade(`aborted at ${id}`);
    }
  }

  /** Runs a wait until it ends or the time is over (undefined). An abort ends it, too, unless the host must be finished. */
  async within<T>(limit: string | null, wait: () => Promise<T>, { interruptible }: { readonly interruptible: boolean }): Promise<T | undefined> {
    const ended = await this.#raced(limit, wait, interruptible);
    if (ended === undefined || 'value' in ended) return ended?.value;
    if (whatHappened(ended.error).kind === 'pass') throw ended.error;
    return undefined; // an error that was no answer leaves it unseen, like the end of the time
  }

  async #raced<T>(limit: string | null, wait: () => Promise<T>, interruptible: boolean): Promise<{ value: T } | { error: unknown } | undefined> {
    const scope = new CancellationScope();
    const seen: { ended?: { value: T } | { error: unknown } } = {};
    const waiting = scope.run(wait).then((value) => { seen.ended = { value }; }, (error: unknown) => { seen.ended = { error }; });
    const over = () => seen.ended !== undefined || (interruptible && this.#operator.aborting);
    this.#inFlight += 1;
    if (limit === null) await condition(over);
    else await condition(over, duration(limit));
    const inTime = seen.ended !== undefined;
    if (!inTime) scope.cancel();
    await waiting;
    this.#inFlight -= 1;
    if (interruptible) this.#operator.throwIfAborting();
    // What ended well at the last moment counts; the cancellation that we asked for is no answer.
    return inTime || (seen.ended && 'value' in seen.ended) ? seen.ended : undefined;
  }

  /** Owner of locks and tokens: the upgrade's first run, which Reset and continue-as-new keep. */
  owner(): LockOwner {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    return { workflowId, firstExecutionRunId };
  }

  attempt(id: string, mode: Attempt['mode']): Attempt {
    const { state } = this.#record;
    state.stepNumber += 1;
    const n = state.attempts[id] ?? 1;
    return { token: `${workflowInfo().firstExecutionRunId}/${id}#${n}`, owner: this.owner(), stepNumber: state.stepNumber, mode };
  }

  /** The next question id of a step; a stale one is refused when answered. */
  questionId(id: string): string {
    const { state } = this.#record;
    state.questions[id] = (state.questions[id] ?? 0) + 1;
    return `${id}:${state.questions[id]}`;
  }

  /** Whether a step is done or was taken up by a worker: then it cannot be left out any more. */
  touched(id: string): boolean {
    return this.#record.state.journal[id] !== undefined || this.#begun.has(id);
  }

  /** Forgets that steps were done, because the runbook undid them: the first host's start is to be tried again. */
  doAgain(...ids: string[]): void {
    for (const id of ids) {
      delete this.#record.state.journal[id];
      this.#nextToken(id);
    }
  }

  async #once(step: Step): Promise<void> {
    const id = step.host ? `${step.step}:${step.host}` : step.step;
    const { journal } = this.#record.state;
    if (!journal[id]) journal[id] = (await this.#untilDone(step, id)).outcome;
  }

  async #untilDone(step: Step, id: string): Promise<StepOutcome> {
    for (;;) {
      let outcome = await this.#throughWays(step, id);
      while (!succeeded(outcome)) {
        const answer = await this.#ask(step, id, outcome);
        if (answer.choice === 'retry' || answer.choice === 'run-again') break;
        if (answer.choice === 'wait') await this.#operator.pause(answer.for ?? LOOK_AGAIN_AFTER);
        outcome = await this.#observe(step, id, lastOf(step.ways), 'look');
        this.#note(step, outcome, answer.choice === 'done-by-hand' ? answer.by : undefined);
      }
      if (succeeded(outcome)) return outcome;
      this.#nextToken(id);
    }
  }

  async #throughWays(step: Step, id: string): Promise<StepOutcome> {
    let outcome: StepOutcome = { outcome: 'unknown', evidence: '' };
    for (const [index, way] of step.ways.entries()) {
      if (index > 0) {
        if (way.after) await sleep(duration(way.after), { summary: `before: ${way.title}` });
        this.#nextToken(id);
      }
      outcome = await this.#observe(step, id, way, 'act');
      this.#note(step, outcome);
      // Another way is tried only where it was seen that this one did not work; unknown is for a person.
      if (outcome.outcome !== 'failed') return outcome;
    }
    return outcome;
  }

  /** Runs one way until it says something. What ended without a word is looked at once. */
  async #observe(step: Step, id: string, way: Way, mode: Attempt['mode']): Promise<StepOutcome> {
    for (;;) {
      if (mode === 'act' && !this.#begun.has(id)) await this.#listen(step);
      if (step.host) this.#record.host(step.host, { step: way.title, ...(step.state ? { state: step.state } : {}) });
      try {
        const attempt = this.attempt(id, mode);
        const title = mode === 'look' ? `look: ${way.title}` : way.title;
        const ended = await this.#raced(way.limit, () => way.act(attempt, title), false);
        if (ended && 'error' in ended) throw ended.error;
        this.#begun.add(id);
        if (!ended) return this.#afterAll(step, id, way, mode, `It still went on after ${way.limit}.`);
        if (isWitnessed(ended.value, attempt)) return ended.value;
        // Completed by hand in the UI: a person's word is looked at, too.
        if (mode === 'look') return { outcome: 'unknown', evidence: 'The check was completed by hand; it was not seen.' };
      } catch (error) {
        const happened = whatHappened(error);
        if (happened.kind === 'pass') throw error;
        if (happened.kind === 'not-started') continue;
        this.#begun.add(id);
        if (happened.kind === 'refused') return { outcome: 'failed', evidence: happened.says };
        return this.#afterAll(step, id, way, mode, happened.says);
      }
      mode = 'look';
    }
  }

  /** An attempt ended without a word: what is seen now counts, and what is not seen is unknown. */
  async #afterAll(step: Step, id: string, way: Way, mode: Attempt['mode'], says: string): Promise<StepOutcome> {
    if (mode === 'look') return { outcome: 'unknown', evidence: says };
    const seen = await this.#observe(step, id, way, 'look');
    return succeeded(seen) ? seen : { outcome: 'unknown', evidence: `${says}\n${seen.evidence}` };
  }

  async #listen(step: Step): Promise<void> {
    if (!step.interruptible) return;
    await this.#operator.mayGoOn('step');
    this.#operator.throwIfAborting('before');
  }

  async #ask(step: Step, id: string, outcome: StepOutcome): Promise<Answer> {
    const where = step.host ? ` on ${step.host}` : '';
    const asks = outcome.outcome === 'unknown'
      ? `It is not known whether "${step.step}"${where} happened. Look at the host before you choose.`
      : `"${step.step}"${where} did not succeed. What now?`;
    const answer = await this.#operator.ask({ id: this.questionId(id), asks, choices: [...step.choices, 'abort'], evidence: outcome.evidence });
    if (answer.choice === 'abort') throw new AbortUpgrade(`aborted at ${id}: ${outcome.evidence.split('\n')[0] ?? ''}`);
    return answer;
  }

  #note(step: Step, outcome: StepOutcome, by?: string): void {
    this.#record.note({ step: step.step, host: step.host, outcome: outcome.outcome, ...(by ? { by } : {}) });
  }

  #nextToken(id: string): void {
    const { attempts } = this.#record.state;
    attempts[id] = (attempts[id] ?? 1) + 1;
  }

  async #continueAsNewWhenDue(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || this.#inFlight > 0) return;
    await this.beforeContinueAsNew();
    await continueAsNew(this.#record.installation, this.#record.state);
  }
}

export function succeeded(outcome: StepOutcome): boolean {
  return outcome.outcome === 'done' || outcome.outcome === 'already';
}

function lastOf(ways: readonly [Way, ...Way[]]): Way {
  return ways[ways.length - 1] ?? ways[0];
}

/** The worker puts the attempt's token into every outcome; a result typed into the UI has none. */
function isWitnessed(outcome: unknown, attempt: Attempt): outcome is StepOutcome {
  return typeof outcome === 'object' && outcome !== null && (outcome as { token?: unknown }).token === attempt.token;
}

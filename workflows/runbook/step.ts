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
import { continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import type { Attempt, LockOwner, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Answer, Choice } from '../../src/upgrade/messages.ts';
import type { HostState } from '../../src/upgrade/view.ts';
import { AbortUpgrade } from './abort-upgrade.ts';
import { whatHappened } from './happened.ts';
import type { Operator } from './operator.ts';
import type { UpgradeRecord } from './record.ts';

/** One way to do a step. The title is the activity's summary, so history reads as the runbook. */
export interface Way {
  readonly title: string;
  readonly act: (attempt: Attempt, title: string) => Promise<StepOutcome>;
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

/** How long a `wait` without a `for` waits before it looks again. */
const LOOK_AGAIN_AFTER = '1m';

export class Steps {
  readonly #record: UpgradeRecord;
  readonly #operator: Operator;
  /** Steps under way; continue-as-new only when this is none, so that nothing is left behind. */
  #inFlight = 0;
  /** Ends what runs beside the steps before the upgrade continues as new. */
  beforeContinueAsNew: () => Promise<void> = async () => {};

  constructor(record: UpgradeRecord, operator: Operator) {
    this.#record = record;
    this.#operator = operator;
  }

  async run(step: Step): Promise<void> {
    const id = step.host ? `${step.step}:${step.host}` : step.step;
    if (this.#record.state.journal[id]) return;
    await this.#continueAsNewWhenDue();
    this.#inFlight += 1;
    try {
      const outcome = await this.#untilDone(step, id);
      this.#record.state.journal[id] = outcome.outcome;
    } finally { // counting only; the runbook itself has no clean-up of this kind
      this.#inFlight -= 1;
    }
    await this.#continueAsNewWhenDue();
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

  /** Forgets that steps were done, because the runbook undid them: the first host's start is to be tried again. */
  doAgain(...ids: string[]): void {
    for (const id of ids) {
      delete this.#record.state.journal[id];
      this.#nextToken(id);
    }
  }

  async #untilDone(step: Step, id: string): Promise<StepOutcome> {
    for (;;) {
      let outcome = await this.#throughWays(step, id);
      while (!succeeded(outcome)) {
        const answer = await this.#ask(step, id, outcome);
        if (answer.choice === 'retry' || answer.choice === 'run-again') break;
        if (answer.choice === 'wait') await sleep(answer.for ?? LOOK_AGAIN_AFTER);
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
        if (way.after) await sleep(way.after, { summary: `before: ${way.title}` });
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
      await this.#listen(step);
      if (step.host) this.#record.host(step.host, { step: way.title, ...(step.state ? { state: step.state } : {}) });
      try {
        const attempt = this.attempt(id, mode);
        const title = mode === 'look' ? `look: ${way.title}` : way.title;
        const outcome = await way.act(attempt, title);
        if (isWitnessed(outcome, attempt)) return outcome;
        // Completed by hand in the UI: a person's word is looked at, too.
        if (mode === 'look') return { outcome: 'unknown', evidence: 'The check was completed by hand; it was not seen.' };
      } catch (error) {
        const happened = whatHappened(error);
        if (happened.kind === 'pass') throw error;
        if (happened.kind === 'not-started') continue;
        if (happened.kind === 'refused') return { outcome: 'failed', evidence: happened.says };
        if (mode === 'look') return { outcome: 'unknown', evidence: happened.says };
        const seen = await this.#observe(step, id, way, 'look');
        return succeeded(seen) ? seen : { outcome: 'unknown', evidence: `${happened.says}\n${seen.evidence}` };
      }
      mode = 'look';
    }
  }

  async #listen(step: Step): Promise<void> {
    if (!step.interruptible) return;
    await this.#operator.mayGoOn('step');
    this.#operator.throwIfAborting();
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

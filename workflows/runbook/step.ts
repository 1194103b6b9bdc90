/**
 * One step: done and verified on one host, or a person is asked. Never repeated while its outcome is unknown.
 *
 *   1. What the journal says is done stays done (after continue-as-new, too).
 *   2. Hold and abort are listened to before it begins, where the step may still be left out; then what must hold right
 *      now is asked.
 *   3. Each way is one activity with a job token of its own; several ways (try three times, then the init script) are
 *      tried in order.
 *   4. What ended without a word is looked at, not repeated. What was turned away is, too: what it began before may run
 *      on. So is a step that lay in the queue too long: an earlier attempt may have begun it. If it was not begun, 2. is
 *      done again and it is scheduled with the same token.
 *   5. What did not succeed becomes a question. `retry` (or `repair`) first restores what the step needs, then begins again
 *      with a new token; `wait` and `done-by-hand` look again, and only what is seen counts. There is no way to skip a
 *      proof.
 */
import { CancellationScope, condition, continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Answer, Choice } from '../../src/upgrade/messages.ts';
import { AbortUpgrade } from './abort-upgrade.ts';
import { duration } from './duration.ts';
import { whatHappened } from './happened.ts';
import type { Journal } from './journal.ts';
import type { Operator } from './operator.ts';
import type { UpgradeRecord } from './record.ts';
import { refuse } from './request.ts';
import { bothEnded, isWitnessed, succeeded } from './outcomes.ts';
import { choicesOf, idOf, lastOf, type Look, type Step, type Way } from './step-shape.ts';

export { bothEnded, succeeded } from './outcomes.ts';
export type { Look, Step, Way } from './step-shape.ts';

/** How a scheduled activity came back: with its outcome, from the queue, turned away, or without a word that counts. */
type Heard =
  | { readonly said: StepOutcome }
  | { readonly queued: true }
  | { readonly refused: string }
  | { readonly unheard: string; readonly byHand?: boolean };

/** How long a `wait` without a `for` waits before it looks again. */
const LOOK_AGAIN_AFTER = '1m';

export class Steps {
  readonly #record: UpgradeRecord;
  readonly #operator: Operator;
  readonly #journal: Journal;
  /** Work under way that is not in the state; continue-as-new only when there is none, so that nothing is left behind. */
  #inFlight = 0;
  /** This run did something: without it, a run that continues as new at once would do so for ever. */
  #moved = false;
  /** Ends what runs beside the steps, before the upgrade continues as new or is closed. */
  endBeside: () => Promise<void> = async () => {};

  constructor(record: UpgradeRecord, operator: Operator, journal: Journal) {
    this.#record = record;
    this.#operator = operator;
    this.#journal = journal;
  }

  async run(step: Step): Promise<void> {
    await this.all([step]);
  }

  /** Runs steps side by side. When one ends the upgrade, the others are waited for first: nothing is left behind unseen. */
  async all(steps: readonly Step[]): Promise<void> {
    const due = steps.filter((step) => !this.#journal.isDone(idOf(step)));
    if (due.length === 0) return;
    await this.#continueAsNewWhenDue();
    await this.asOne(() => bothEnded(due.map((step) => this.#once(step))));
    this.#moved = true;
  }

  /** Runs a step that the upgrade can do without: nobody is asked, whatever came of it is noted. Once done it stays done. */
  async tried(step: Step): Promise<StepOutcome> {
    const id = idOf(step);
    if (this.#journal.isDone(id)) return { outcome: 'already', evidence: '' };
    await this.#continueAsNewWhenDue();
    const outcome = await this.asOne(() => this.#throughWays(step, id));
    if (succeeded(outcome)) this.#journal.done(id, outcome.outcome);
    this.#moved = true;
    return outcome;
  }

  /** Work that continue-as-new must not cut in two, because the state does not hold what it remembers: what a person has just answered, say. */
  async asOne<T>(work: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    const ended = await work().then((value) => ({ value }), (error: unknown) => ({ error }));
    this.#inFlight -= 1; // also after an error: a host that is left behind does not end the upgrade
    if ('error' in ended) throw ended.error;
    return ended.value;
  }

  /** Looks at something until it can be seen; what cannot be seen is a question. Junk typed into the UI is looked at again. */
  async look<T>(spec: Look<T>): Promise<T> {
    const id = idOf(spec);
    for (;;) {
      let says = 'It was completed by hand with something that is no answer.';
      try {
        const seen: unknown = await spec.look();
        if (spec.isSeen(seen)) return seen;
      } catch (error) {
        const happened = whatHappened(error);
        if (happened.kind === 'pass') throw error;
        // Before the locks a refusal ends the upgrade, since nothing was touched; later it is for a person.
        if (happened.kind === 'refused' && !this.#journal.mayHaveHappened('lock')) throw refuse(happened.says);
        says = 'says' in happened ? happened.says : 'No worker took it up.';
      }
      const answer = await this.#operator.ask({
        id: this.#journal.questionId(id), asks: `${spec.asks} could not be seen. Look again?`, choices: ['retry', 'abort'], evidence: says,
      });
      if (answer.choice === 'abort') throw new AbortUpgrade(`aborted at ${id}`);
    }
  }

  /**
   * Runs a wait until it ends, or nobody needs its end any more, or the time is over (then undefined). An abort ends it,
   * too, unless the host must be finished.
   */
  async within<T>(limit: string, wait: () => Promise<T>, how: { readonly interruptible: boolean; readonly needless?: () => boolean }): Promise<T | undefined> {
    const ended = await this.#raced(limit, wait, how);
    if (ended === undefined || 'value' in ended) return ended?.value;
    if (whatHappened(ended.error).kind === 'pass') throw ended.error;
    return undefined; // an error that was no answer leaves it unseen, like the end of the time
  }

  async #raced<T>(limit: string, wait: () => Promise<T>, { interruptible, needless }: { readonly interruptible: boolean; readonly needless?: () => boolean }): Promise<{ value: T } | { error: unknown } | undefined> {
    const scope = new CancellationScope();
    const seen: { ended?: { value: T } | { error: unknown } } = {};
    const waiting = scope.run(wait).then((value) => { seen.ended = { value }; }, (error: unknown) => { seen.ended = { error }; });
    const over = () => seen.ended !== undefined || (interruptible && this.#operator.aborting) || needless?.() === true;
    await this.asOne(async () => {
      await condition(over, duration(limit));
      if (seen.ended === undefined) scope.cancel();
      else return;
      await waiting;
      // What ended well at the last moment counts; the cancellation that we asked for is no answer.
      if (seen.ended && 'error' in seen.ended) delete seen.ended;
    });
    if (interruptible) this.#operator.throwIfAborting();
    return seen.ended;
  }

  async #once(step: Step): Promise<void> {
    const id = idOf(step);
    this.#journal.done(id, (await this.#untilDone(step, id)).outcome);
    if (step.host) this.#record.host(step.host, { step: undefined, ...(step.then ? { state: step.then } : {}) }); // a host shows what is in hand, not what was
  }

  async #untilDone(step: Step, id: string): Promise<StepOutcome> {
    for (;;) {
      let outcome = await this.#throughWays(step, id), chosen: Choice = 'retry';
      while (!succeeded(outcome)) {
        const answer = await this.#ask(step, id, outcome);
        chosen = answer.choice;
        if (answer.choice === 'retry' || answer.choice === 'repair' || answer.choice === 'run-again') break;
        if (answer.choice === 'wait') await this.#operator.pause(answer.for ?? LOOK_AGAIN_AFTER);
        await step.chosen?.[answer.choice]?.();
        outcome = await this.#observe(step, id, lastOf(step.ways), 'look', answer.choice === 'done-by-hand');
        this.#note(step, outcome, answer.choice === 'done-by-hand' ? answer.by : undefined);
      }
      if (succeeded(outcome)) return outcome;
      await step.beforeRetry?.(chosen);
      this.#journal.nextTry(id);
    }
  }

  async #throughWays(step: Step, id: string): Promise<StepOutcome> {
    let outcome: StepOutcome = { outcome: 'unknown', evidence: '' };
    for (const [index, way] of step.ways.entries()) {
      if (index > 0) {
        if (way.after) await sleep(duration(way.after), { summary: `before: ${way.title}` });
        this.#journal.nextTry(id);
      }
      outcome = await this.#observe(step, id, way, 'act');
      this.#note(step, outcome);
      // Another way is tried only where it was seen that this one did not work; unknown is for a person.
      if (outcome.outcome !== 'failed') return outcome;
    }
    return outcome;
  }

  /** Runs one way until it says something. What ended without a word is looked at once. */
  async #observe(step: Step, id: string, way: Way, mode: Attempt['mode'], byHand = false): Promise<StepOutcome> {
    for (;;) {
      if (mode === 'act' && !this.#journal.isBegun(id)) await this.#cleared(step);
      const heard = await this.#hear(step, way, this.#journal.attempt(id, mode, byHand), id);
      if ('said' in heard) return heard.said;
      if (mode === 'look') {
        if ('queued' in heard) continue;
        return { outcome: 'unknown', evidence: 'refused' in heard ? heard.refused : heard.unheard };
      }
      const seen = await this.#observe(step, id, way, 'look');
      if ('refused' in heard) {
        this.#journal.begun(id);
        return succeeded(seen) || seen.evidence === heard.refused ? seen : { ...seen, evidence: `${heard.refused}\n${seen.evidence}` };
      }
      if ('queued' in heard && !succeeded(seen)) {
        // An earlier attempt began it: the same token comes back to its job.
        if (seen.outcome === 'unknown') this.#journal.begun(id);
        continue;
      }
      this.#journal.begun(id);
      if (succeeded(seen) || ('byHand' in heard && heard.byHand)) return seen;
      return { ...seen, outcome: 'unknown', evidence: `${'unheard' in heard ? heard.unheard : ''}\n${seen.evidence}` };
    }
  }

  async #hear(step: Step, way: Way, attempt: Attempt, id: string): Promise<Heard> {
    const { mode } = attempt;
    if (step.host) this.#record.host(step.host, { step: way.title, ...(step.state ? { state: step.state } : {}) });
    const ended = await this.#raced(way.limit, () => way.act(attempt, mode === 'look' ? `look: ${way.title}` : way.title), { interruptible: false });
    if (!ended) return { unheard: `It still went on after ${way.limit}.` };
    if ('value' in ended) {
      if (!isWitnessed(ended.value, attempt)) return { unheard: 'It was completed by hand; that is no proof.', byHand: true };
      if (mode === 'act') this.#journal.begun(id);
      return { said: ended.value };
    }
    const happened = whatHappened(ended.error);
    if (happened.kind === 'pass') throw ended.error;
    if (happened.kind === 'queued') return { queued: true };
    if (happened.kind === 'refused') return { refused: happened.says };
    if (mode === 'act') this.#journal.begun(id);
    return { unheard: happened.says };
  }

  /** Listens to people, then asks what must hold right now: asked before a hold, it would be too old after it. */
  async #cleared(step: Step): Promise<void> {
    do {
      if (step.interruptible) await this.#operator.mayGoOn('step');
      if (step.interruptible) this.#operator.throwIfAborting('before');
      await step.clear?.();
    } while (step.interruptible && this.#operator.stops('step'));
  }

  async #ask(step: Step, id: string, outcome: StepOutcome): Promise<Answer> {
    const { title } = lastOf(step.ways);
    const asks = step.asks ? step.asks(outcome) : outcome.outcome === 'unknown'
      ? `It is not known whether this happened: ${title}. ${step.host ? 'Look at the host before you choose.' : 'Look for yourself before you choose.'}`
      : `This did not succeed: ${title}. What now?`;
    const answer = await this.#operator.ask({ id: this.#journal.questionId(id), asks, choices: choicesOf(step, outcome), means: step.means, evidence: outcome.evidence });
    if (answer.choice === 'abort') throw new AbortUpgrade(`aborted at ${id}: ${outcome.evidence.split('\n')[0] ?? ''}`);
    return answer;
  }

  #note(step: Step, outcome: StepOutcome, by?: string): void {
    const says = step.byPerson && outcome.outcome === 'failed' ? 'not so yet' : outcome.outcome;
    this.#record.note({ step: step.step, host: step.host, outcome: says, ...(by ? { by } : {}) });
  }

  /** Never in the middle of an abort: it is short, and the way back is not in the state. */
  async #continueAsNewWhenDue(): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested || !this.#moved || this.#inFlight > 0 || this.#operator.aborting) return;
    await this.endBeside();
    await continueAsNew(this.#record.installation, this.#record.state);
  }
}

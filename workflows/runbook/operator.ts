/**
 * The people: what they may say to an upgrade, and where the upgrade listens.
 *
 * Handlers record synchronously and never throw. An update that fits nothing is refused with a sentence; a signal that
 * fits nothing cannot be refused, so it goes to the timeline with the reason. Every message may be sent twice: one that
 * comes again with its `id`, perhaps long after others were heard, changes nothing any more.
 */
import { condition, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import type { Abort, Answer, Approve, Hold, MessageName, Resume, Taken } from '../../src/upgrade/messages.ts';
import type { UpgradeView, Wait } from '../../src/upgrade/view.ts';
import { AbortUpgrade } from './abort-upgrade.ts';
import { duration } from './duration.ts';
import { now, type UpgradeRecord } from './record.ts';
import { readAbort, readAnswer, readApprove, readHold, readId, readResume, type Read } from './said.ts';

export const statusQuery = defineQuery<UpgradeView>('status');

const MEANING: Readonly<Record<MessageName, string>> = {
  approve: 'Approve a gate, also before it is open: {"gate":"host:om-2","by":"you","note":"optional"}',
  answer: 'Answer the open question: {"question":"<id>","choice":"<choice>","by":"you","for":"30m (with wait)"}',
  hold: 'Begin no new host until resume: {"by":"you","reason":"why","now":true to stop after the step in hand}',
  resume: 'Go on after a hold: {"by":"you"}',
  abort: 'Stop for good at the next safe point: {"by":"you","reason":"why"}',
};

/** Ids kept of messages heard. Temporal has at most ten updates of an upgrade under way, and only those can come late. */
const HEARD_KEPT = 20;

/** A message that was checked: what to do with it, or why it fits nothing. */
type Verdict = { readonly take: () => string } | { readonly refuse: string };

export class Operator {
  readonly #record: UpgradeRecord;
  readonly #gates: ReadonlySet<string>;
  readonly #answers = new Map<string, Answer>();

  constructor(record: UpgradeRecord, gates: readonly string[]) {
    this.#record = record;
    this.#gates = new Set(gates);
    setHandler(statusQuery, () => record.view(), { description: 'Where the upgrade stands and what it waits for' });
    this.#hear('approve', (sent) => this.#with(readApprove(sent), (message) => this.#approve(message)));
    this.#hear('answer', (sent) => this.#with(readAnswer(sent), (message) => this.#answer(message)));
    this.#hear('hold', (sent) => this.#with(readHold(sent), (message) => this.#hold(message)));
    this.#hear('resume', (sent) => this.#with(readResume(sent), (message) => this.#resume(message)));
    this.#hear('abort', (sent) => this.#with(readAbort(sent), (message) => this.#abort(message)));
  }

  get aborting(): boolean {
    return this.#record.state.aborting !== null;
  }

  /** Temporal's own cancel means abort. */
  cancelled(): void {
    this.#abortBy({ by: "Temporal's cancel" });
  }

  /** A gate of the plan: passes when a person has approved it, before or now. Throws `AbortUpgrade` instead. */
  async gate(id: string, asks: string, evidence = ''): Promise<void> {
    const { state } = this.#record;
    if (!this.#gates.has(id) || state.passed[id]) return;
    this.throwIfAborting();
    const opened = now();
    if (!state.approvals[id]) {
      this.#record.open({ id, kind: 'gate', asks, choices: [], evidence, since: opened });
      await condition(() => state.approvals[id] !== undefined || this.aborting);
      this.#record.close(id);
    }
    this.throwIfAborting();
    state.passed[id] = opened;
    this.#record.note({ step: `gate ${id}`, outcome: `approved ${state.approvals[id]?.at ?? ''}`, by: state.approvals[id]?.by });
  }

  /** Asks a person and waits, without a deadline, for one of the choices. `abort` is an answer like any other. */
  async ask(question: Omit<Wait, 'kind' | 'since'>): Promise<Answer> {
    this.#record.open({ ...question, kind: 'question', since: now() });
    await condition(() => this.#answers.has(question.id) || this.aborting);
    this.#record.close(question.id);
    const answer = this.#answers.get(question.id) ?? { question: question.id, choice: 'abort' as const, by: this.#record.state.aborting?.by ?? 'abort' };
    this.#record.note({ step: `question ${question.id}`, outcome: answer.choice, by: answer.by });
    if (answer.choice === 'abort') this.#abortBy({ by: answer.by, reason: answer.note });
    return answer;
  }

  /** Waits while the upgrade is held. `before` a host any hold counts, before a step only `hold --now`. */
  async mayGoOn(before: 'host' | 'step'): Promise<void> {
    await condition(() => this.aborting || !this.#holds(before));
  }

  /** Whether a hold or an abort stops what comes next. */
  stops(before: 'host' | 'step'): boolean {
    return this.aborting || this.#holds(before);
  }

  #holds(before: 'host' | 'step'): boolean {
    const { held } = this.#record.state;
    return held !== null && (before === 'host' || held.now);
  }

  /** Lets time pass; an abort ends the pause. */
  async pause(time: string): Promise<void> {
    await condition(() => this.aborting, duration(time));
  }

  throwIfAborting(point: 'before' | 'amid' = 'before'): void {
    const { aborting } = this.#record.state;
    if (aborting) throw new AbortUpgrade(aborting.reason ?? `aborted by ${aborting.by}`, point);
  }

  #hear(name: MessageName, judge: (sent: unknown) => Verdict): void {
    const description = MEANING[name];
    const check = (sent: unknown): Verdict => (this.#isHeard(sent) ? { take: () => `This ${name} was heard already.` } : judge(sent));
    setHandler(defineSignal<[unknown]>(name), (sent: unknown) => {
      const verdict = check(sent);
      this.#remember(sent); // what was refused, too: its update, coming late, must not be judged by what was said since
      if ('take' in verdict) verdict.take();
      else this.#record.note({ step: name, outcome: `not taken: ${verdict.refuse}` });
    }, { description });
    setHandler(defineUpdate<Taken, [unknown]>(name), (sent: unknown) => {
      const verdict = check(sent);
      // The validator passed a moment ago; a message that came in between may have changed what fits.
      if ('refuse' in verdict) throw ApplicationFailure.nonRetryable(verdict.refuse);
      const says = verdict.take();
      this.#remember(sent);
      return { says };
    }, {
      description,
      validator: (sent: unknown) => {
        const verdict = check(sent);
        if ('refuse' in verdict) throw ApplicationFailure.nonRetryable(verdict.refuse);
      },
    });
  }

  #isHeard(sent: unknown): boolean {
    const id = readId(sent);
    return id !== undefined && this.#record.state.heard.includes(id);
  }

  #remember(sent: unknown): void {
    const { state } = this.#record;
    const id = readId(sent);
    if (id !== undefined && !this.#isHeard(sent)) state.heard = [...state.heard, id].slice(-HEARD_KEPT);
  }

  #with<T>(read: Read<T>, judge: (message: T) => Verdict): Verdict {
    return read.ok ? judge(read.message) : { refuse: read.why };
  }

  #approve({ gate, by, note }: Approve): Verdict {
    const { state } = this.#record;
    if (!this.#gates.has(gate)) {
      const known = [...this.#gates].join(', ') || 'none';
      return { refuse: `There is no gate "${gate.slice(0, 60)}" in this upgrade. Its gates: ${known}.` };
    }
    const before = state.approvals[gate];
    if (before) return { take: () => `${gate} was approved by ${before.by} at ${before.at} already.` };
    return {
      take: () => {
        state.approvals[gate] = { at: now(), by, ...(note ? { note } : {}) };
        const open = state.waits.some((wait) => wait.id === gate);
        this.#record.note({ step: `approve ${gate}`, outcome: open ? 'approved' : 'approved before it is open', by });
        return open ? `${gate} is approved.` : `${gate} is approved; it is not open yet and will not wait.`;
      },
    };
  }

  #answer(answer: Answer): Verdict {
    const wait = this.#record.state.waits.find((open) => open.id === answer.question && open.kind === 'question');
    const given = this.#answers.get(answer.question);
    if (given) return given.choice === answer.choice
      ? { take: () => `${answer.question} was answered ${given.choice} by ${given.by} already.` }
      : { refuse: `${answer.question.slice(0, 80)} was answered ${given.choice} by ${given.by} already.` };
    if (!wait) {
      const open = this.#record.state.waits.filter((each) => each.kind === 'question').map((each) => each.id);
      return { refuse: `"${answer.question.slice(0, 80)}" is not asked (any more). ${open.length ? `Open: ${open.join(', ')}.` : 'No question is open.'}` };
    }
    if (!wait.choices.includes(answer.choice)) {
      return { refuse: `${wait.id} can be answered with ${wait.choices.join(', ')}, not with ${answer.choice}.` };
    }
    return { take: () => { this.#answers.set(answer.question, answer); return `${answer.question}: ${answer.choice}.`; } };
  }

  #hold({ by, reason, now: atOnce }: Hold): Verdict {
    if (this.aborting) return { refuse: 'The upgrade is aborting: it begins nothing that could be held.' };
    return {
      take: () => {
        const { state } = this.#record;
        state.held = { since: state.held?.since ?? now(), by, now: atOnce ?? state.held?.now ?? false, ...(reason ? { reason } : {}) };
        this.#record.note({ step: 'hold', outcome: atOnce ? 'after the step in hand' : 'after the host in hand', by });
        return atOnce ? 'Held after the step in hand.' : 'Held after the host in hand is finished.';
      },
    };
  }

  #resume({ by }: Resume): Verdict {
    if (!this.#record.state.held) return { refuse: 'Nothing is held.' };
    return {
      take: () => {
        this.#record.state.held = null;
        this.#record.note({ step: 'resume', outcome: 'goes on', by });
        return 'The upgrade goes on.';
      },
    };
  }

  #abort(message: Abort): Verdict {
    const says = this.#record.state.phase === 'finishing'
      ? 'Every host is upgraded: what is left is seen through. A question on the way is taken as answered with abort.'
      : 'The upgrade will abort at the next safe point.';
    return { take: () => { this.#abortBy(message); return says; } };
  }

  #abortBy({ by, reason }: { readonly by: string; readonly reason?: string | undefined }): void {
    const { state } = this.#record;
    if (state.aborting) return;
    state.aborting = { since: now(), by, ...(reason ? { reason } : {}) };
    state.held = null; // nobody is waited for any more
    this.#record.note({ step: 'abort', outcome: 'at the next safe point', by });
  }
}


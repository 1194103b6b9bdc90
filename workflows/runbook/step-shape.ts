/** What a step and a look are made of. */
import type { Choice } from '../../src/upgrade/messages.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { HostState, Meanings } from '../../src/upgrade/view.ts';

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
  /** What a person may choose when it did not succeed, by what was seen; `abort` is always added. */
  readonly choices: readonly Choice[] | ((seen: StepOutcome) => readonly Choice[]);
  /** What they do here, where the usual words would say too little, or something else. */
  readonly means?: Meanings | undefined;
  /** What is done for a choice before it is looked at again; `retry`, `repair` and `run-again` begin the step again by themselves. */
  readonly chosen?: { readonly [On in Choice]?: () => Promise<void> } | undefined;
  /** What a person is asked when it did not succeed, in the place of the usual sentence. */
  readonly asks?: ((seen: StepOutcome) => string) | undefined;
  /** A person does it, and it is looked for: until it is seen it has not failed. */
  readonly byPerson?: boolean | undefined;
  /** What the host is while it runs, for status. */
  readonly state?: HostState | undefined;
  /** What it is once that is done, until something else is in hand. */
  readonly then?: HostState | undefined;
  /** Abort and `hold --now` are listened to before it begins. False once the host must be finished. */
  readonly interruptible: boolean;
  /** What must hold right now: asked every time before it is scheduled, until a worker has taken it up. */
  readonly clear?: (() => Promise<void>) | undefined;
  /** Makes true again what the step needs, after a person chose to retry: a host that rebooted started its services. */
  readonly beforeRetry?: ((chosen: Choice) => Promise<void>) | undefined;
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

/** Its name in the journal: "install:om-2". */
export function idOf({ step, host }: { readonly step: string; readonly host?: string | undefined }): string {
  return host ? `${step}:${host}` : step;
}

export function lastOf(ways: readonly [Way, ...Way[]]): Way {
  return ways[ways.length - 1] ?? ways[0];
}

/** What a person may choose after that outcome. */
export function choicesOf({ choices }: Step, outcome: StepOutcome): readonly Choice[] {
  return [...(typeof choices === 'function' ? choices(outcome) : choices), 'abort'];
}

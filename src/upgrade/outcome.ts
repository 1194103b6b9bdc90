/**
 * What a step brought back. `done` and `already` are proven by observation; `failed` was observed too; `unknown` was
 * not observed and leads to looking again or to a question, never to a repeat.
 */
export type Outcome = 'done' | 'already' | 'unknown' | 'failed';

export interface StepOutcome {
  readonly outcome: Outcome;
  /** What was seen that proves it, for people: plain text, at most 2 KB, redacted. */
  readonly evidence: string;
  /** The attempt's token, put in by the worker's interceptor: a result completed by hand in the UI has none and is looked at. */
  readonly token?: string | undefined;
}

/** Yes, no, or could not be seen. */
export type Seen = 'yes' | 'no' | 'unknown';

/** Longest evidence kept in history, in characters. */
export const EVIDENCE_LIMIT = 2048;

/** Cuts evidence to the limit, keeping both ends: the cause is often first, the failure last. */
export function cut(text: string, limit: number = EVIDENCE_LIMIT): string {
  if (text.length <= limit) return text;
  const mark = `\n… ${text.length - limit} characters left out …\n`;
  const half = Math.floor((limit - mark.length) / 2);
  return text.slice(0, half) + mark + text.slice(text.length - half);
}

/**
 * One attempt at a step. Every Temporal retry of the same attempt carries the same token, so the remote job behind it
 * is attached to, never started twice. A decided retry (a person or the policy chose it) has a new `n`.
 */
export interface Attempt {
  /** `<firstExecutionRunId>/<step>:<host>#<n>`. */
  readonly token: string;
  /** Who must hold the lock on the host: the upgrade's first run. */
  readonly owner: LockOwner;
  /** Grows with every step scheduled; a host refuses a lower one than it has seen. */
  readonly stepNumber: number;
  /** `look` runs the step's check only: `already` when the goal holds, `failed` or `unknown` when not. */
  readonly mode: 'act' | 'look';
  /** A person says that it was done by hand: then the check counts, and not how the step's own command ended. */
  readonly byHand?: boolean | undefined;
}

/** Whose upgrade is at work, as the lock file on a host says it. Cluster and namespace are added by the worker. */
export interface LockOwner {
  readonly workflowId: string;
  readonly firstExecutionRunId: string;
}

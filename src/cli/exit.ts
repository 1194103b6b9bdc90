/** How a command ends: what scripts may rely on. */
export const EXIT = {
  done: 0,
  /** Failed, aborted, refused or terminated. */
  failed: 1,
  /** A command or file that does not fit, or a message that fits nothing. */
  usage: 2,
  /** A person is waited for. */
  waiting: 3,
  /** Temporal cannot be reached. */
  unreachable: 4,
  /** Recorded, but no worker is running to act on it. */
  noWorker: 5,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that cannot go on. The message is for a person: what happened and what they can do. */
export class Stop extends Error {
  readonly code: ExitCode;

  constructor(sentence: string, code: ExitCode) {
    super(sentence);
    this.code = code;
  }
}

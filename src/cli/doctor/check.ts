/** What `doctor` looked at, and what it found. */
export interface Check {
  /** In one or two words: "search attributes". */
  readonly subject: string;
  /** `wrong`: a person must do something. `unknown`: it could not be seen. */
  readonly verdict: 'ok' | 'wrong' | 'unknown';
  /** One sentence: what was found and, unless ok, the way out. */
  readonly says: string;
}

export function ok(subject: string, says: string): Check {
  return { subject, verdict: 'ok', says };
}

export function wrong(subject: string, says: string): Check {
  return { subject, verdict: 'wrong', says };
}

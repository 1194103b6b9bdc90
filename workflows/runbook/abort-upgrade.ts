/** Thrown at a safe point when a person said abort (or Temporal's cancel did); caught where the upgrade is closed. */
export class AbortUpgrade extends Error {
  override readonly name = 'AbortUpgrade';
  /** `before`: nothing of the step in hand was begun, so what came before it can be undone. */
  readonly point: 'before' | 'amid';

  constructor(message: string, point: 'before' | 'amid' = 'amid') {
    super(message);
    this.point = point;
  }
}

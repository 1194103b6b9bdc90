/** Thrown at a safe point when a person said abort (or Temporal's cancel did); caught where the upgrade is closed. */
export class AbortUpgrade extends Error {
  override readonly name = 'AbortUpgrade';
}

/** An upgrade whose code is broken: every workflow task fails, as after a defect in a release. */
export async function opsManagerUpgrade(): Promise<never> {
  return Promise.reject(new TypeError('no such word in this runbook'));
}

/** What one check of preflight says. */
import type { Finding, Verdict } from '../../src/upgrade/plan.ts';

/** Makes the findings of one subject, on one host or about the installation as a whole. */
export function about(subject: string, host?: string): Record<Verdict, (says: string) => Finding> {
  const make = (verdict: Verdict) => (says: string): Finding => ({ ...(host === undefined ? {} : { host }), subject, verdict, says });
  return { ok: make('ok'), warning: make('warning'), refused: make('refused'), unknown: make('unknown') };
}

/**
 * What of preflight is shown in status. A query answer over 2 MiB fails, and nobody reads hundreds of kilobytes: with fifty
 * hosts that each have much to tell, and a question each, the view stays under 256 KB. All of it is in history.
 */
import { cut } from '../../src/upgrade/outcome.ts';
import type { Finding, Plan, Verdict } from '../../src/upgrade/plan.ts';

const WORST_FIRST: readonly Verdict[] = ['refused', 'unknown', 'warning', 'ok'];
const FINDINGS_SHOWN = 100;
const FINDING_LENGTH = 500;
/** Characters of commands; the hosts at the end of a larger plan are shown without theirs. */
const COMMANDS_LENGTH = 60_000;

export function shownFindings(findings: readonly Finding[]): readonly Finding[] {
  const kept = findings.length <= FINDINGS_SHOWN ? findings
    : [...findings].sort((a, b) => WORST_FIRST.indexOf(a.verdict) - WORST_FIRST.indexOf(b.verdict)).slice(0, FINDINGS_SHOWN);
  return kept.map((finding) => (finding.says.length <= FINDING_LENGTH ? finding : { ...finding, says: cut(finding.says, FINDING_LENGTH) }));
}

export function shownPlan(plan: Plan | null): Plan | null {
  if (!plan) return null;
  let left = COMMANDS_LENGTH;
  const hosts = plan.hosts.map((host) => {
    left -= JSON.stringify(host.commands).length;
    return left >= 0 ? host : { ...host, commands: [] };
  });
  return left >= 0 ? plan : { ...plan, hosts };
}

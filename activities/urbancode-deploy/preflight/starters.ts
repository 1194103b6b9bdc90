/** Who could start the server by itself while installers run: each is named, and what cannot be switched off refused. */
import { autostartShown, startersOf, whyNotSwitchedOff } from '../../../src/products/urbancode-deploy/autostart.ts';
import type { UrbancodeDeployPolicy } from '../../../src/upgrade/installation-urbancode.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import type { Autostart } from '../../../src/upgrade/urbancode-facts.ts';
import { about } from '../../preflight/finding.ts';
import type { HostAtWork } from '../host-at-work.ts';

export interface Starting { readonly seen: readonly Autostart[] | 'unknown'; readonly findings: readonly Finding[] }

export async function checkStarters(at: HostAtWork, policy: UrbancodeDeployPolicy): Promise<Starting> {
  const starting = about('autostart', at.host.name);
  const kinds = await Promise.all(startersOf(at.host).map(async ({ kind, look, read }) => {
    const printed = await at.look(look);
    return { kind, seen: read(printed), said: (printed.stderr || printed.stdout).trim().slice(0, 200) };
  }));
  const unseen = kinds.filter(({ seen }) => seen === 'unknown');
  const seen = kinds.flatMap(({ seen: some }) => (some === 'unknown' ? [] : some));
  const unknown = policy.autostart === 'disable' ? starting.refused : starting.unknown;
  return {
    seen: unseen.length > 0 ? 'unknown' : seen,
    findings: [
      ...unseen.map(({ kind, said }) => unknown(`Whether ${kind} starts the server of ${at.host.name} by itself cannot be seen (${said}), and a server that comes up while an installer runs may break the database: put ${kind} right there, or see to it yourself and set policy.autostart: leave.`)),
      ...judge(at.host.name, seen, policy),
      ...(unseen.length === 0 && seen.length === 0 ? [starting.ok('Nothing that is known to Lockkeeper starts the server by itself: systemd, boot links, cron, monit. Other supervisors and configuration management are yours to stop.')] : []),
    ],
  };
}

function judge(host: string, seen: readonly Autostart[], { autostart }: UrbancodeDeployPolicy): readonly Finding[] {
  const starting = about('autostart', host), switchable = seen.filter((one) => whyNotSwitchedOff(host, one) === null), shown = switchable.map(autostartShown).join('; ');
  const others = seen.flatMap((one): readonly Finding[] => {
    const why = whyNotSwitchedOff(host, one);
    if (why === null) return [];
    // A unit that nobody named is how the site starts its server: no policy makes up for not using it.
    const isUnnamed = one.kind === 'systemd' && one.triggers.length === 0;
    return [autostart === 'disable' || isUnnamed ? starting.refused(why) : starting.warning(`${why} The file says policy.autostart: leave.`)];
  });
  if (shown === '') return others;
  return [...others, autostart === 'disable' ? starting.ok(`Switched off before the servers are stopped, put back at the end: ${shown}.`)
    : starting.warning(`Left on, as policy.autostart says, though it may start the server while an installer runs, and that may break the database: ${shown}.`)];
}

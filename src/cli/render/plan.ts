/** The plan: every command with its sudo, per host in order, and where the last way back is. */
import { refusals, type HostPlan, type Plan, type Preflight } from '../../upgrade/plan.ts';
import type { Page } from './screen.ts';
import { findingLines } from './screen.ts';
import { wrap } from './text.ts';

/** What `plan FILE` prints. */
export function preflightLines({ findings, plan }: Preflight, page: Page): readonly string[] {
  const order = ['refused', 'unknown', 'warning', 'ok'];
  const sorted = [...findings].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const refused = refusals(findings).length;
  return [
    ...planLines(plan, page),
    '',
    page.colours.bold('Findings'),
    ...sorted.flatMap((finding) => findingLines(finding, page.columns)),
    '',
    ...wrap(refused > 0
      ? `An upgrade would be refused for ${refused === 1 ? 'one reason' : `${refused} reasons`}; nothing was touched.`
      : 'Nothing speaks against the upgrade. Nothing was touched.', page.columns),
  ];
}

export function planLines(plan: Plan, { columns, colours }: Page): readonly string[] {
  return [
    colours.bold(`Plan: ${plan.from} → ${plan.to}, about ${plan.expectedMinutes} min of machine time`),
    ...plan.hosts.flatMap((host) => ['', ...hostLines(host, colours)]),
    '',
    ...wrap(plan.lastReversible, columns).map(colours.yellow),
  ];
}

const KINDS: Readonly<Record<HostPlan['kind'], string>> = {
  application: 'application', 'backup-daemon': 'Backup Daemon only', server: 'server', standby: 'standby, never started', 'front-end': 'front-end',
};

/** Commands are left whole: they are read word by word and copied. */
function hostLines(host: HostPlan, colours: Page['colours']): readonly string[] {
  const kind = KINDS[host.kind];
  if (host.finished) return [`${colours.bold(host.name)}  ${kind}  finished already`];
  const widest = Math.max(0, ...host.commands.map(({ step }) => step.length));
  return [
    `${colours.bold(host.name)}  ${kind}  about ${host.expectedMinutes} min`,
    ...host.commands.map(({ step, typed }) => `  ${colours.dim(step.padEnd(widest))}  ${typed}`),
  ];
}

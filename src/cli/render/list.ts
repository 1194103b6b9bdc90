/** The list of upgrades: those that need a person stand out. */
import type { Listed } from '../upgrades.ts';
import type { Page } from './screen.ts';
import { columns, moment } from './text.ts';

export function listLines(upgrades: readonly Listed[], { columns: width, colours }: Page): readonly string[] {
  if (upgrades.length === 0) return ['There are no upgrades. Begin one: lockkeeper start FILE'];
  const rows = upgrades.map((upgrade) => [upgrade.installation, stateOf(upgrade), upgrade.open ? upgrade.waitingFor ?? '' : '', moment(upgrade.startedAt)]);
  const [header = '', ...lines] = columns([['INSTALLATION', 'STATE', 'WAITS FOR', 'SINCE'], ...rows], width, [0, 1, 2]);
  const wayOut = upgrades.some(({ unanswered }) => unanswered !== undefined) ? ['', 'What keeps an upgrade from going on, and the way out: lockkeeper doctor'] : [];
  return [colours.dim(header), ...lines.map((line, row) => paint(upgrades[row], colours)(line)), ...wayOut];
}

const UNANSWERED = { 'no-worker': 'no worker runs', 'build-gone': 'its build is gone', 'stuck': 'cannot go on' } as const;

/** What the phase says is finer than Temporal's status: a refused upgrade is `failed` to Temporal. */
function stateOf({ unanswered, open, phase, status }: Listed): string {
  if (unanswered !== undefined) return UNANSWERED[unanswered];
  if (status === 'terminated' || status === 'timed out') return status;
  return phase ?? (open ? 'running' : status === 'completed' ? 'done' : status);
}

function paint(upgrade: Listed | undefined, colours: Page['colours']): (line: string) => string {
  if (upgrade?.unanswered !== undefined) return colours.red;
  if (upgrade?.open && upgrade.waitingFor !== undefined) return colours.yellow;
  return upgrade?.open ? String : colours.dim;
}

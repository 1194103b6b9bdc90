/** What is new since the last look, as plain lines: `watch` where the output is no terminal. */
import { typedAnswer } from '../../upgrade/answers.ts';
import type { TimelineEntry, UpgradeView } from '../../upgrade/view.ts';
import type { Standing } from '../standing.ts';
import { clock, moment, oneLine } from './text.ts';
import { endInWords } from './words.ts';

/** One line for each new timeline entry, phase, hold and wait. `before` is null at the first look. */
export function newLines(before: Standing | null, after: Standing): readonly string[] {
  switch (after.kind) {
    case 'closed': return [`${moment(after.closedAt)} ${after.installation} ${endInWords(after.end)}: ${oneLine(after.says)}`];
    case 'unanswered': return before?.kind === 'unanswered' && before.unanswered.why === after.unanswered.why ? [] : [unanswered(after)];
    case 'open': return viewLines(before?.kind === 'open' ? before.view : null, after.view);
  }
}

function unanswered({ installation, unanswered: { why } }: Extract<Standing, { kind: 'unanswered' }>): string {
  return why === 'no-worker'
    ? `${installation}: no worker is running; nothing moves until one does`
    : `${installation}: its worker cannot go on; \`lockkeeper doctor\` says why`;
}

function viewLines(before: UpgradeView | null, after: UpgradeView): readonly string[] {
  const known = new Set((before?.timeline ?? []).map(keyOf));
  const open = new Set((before?.waitingFor ?? []).map((wait) => wait.id));
  return [
    ...(before?.phase === after.phase ? [] : [`${after.installation}: ${after.phase}`]),
    ...after.timeline.filter((entry) => !known.has(keyOf(entry))).map(entryLine),
    ...holdLines(before, after),
    ...after.waitingFor.filter((wait) => !open.has(wait.id)).flatMap((wait) => [
      `waiting for a person since ${moment(wait.since)}: ${wait.kind} ${wait.id}: ${oneLine(wait.asks)}`,
      ...typedAnswer(after.installation, wait).map(({ lockkeeper }) => `  ${lockkeeper}`),
    ]),
  ];
}

function holdLines(before: UpgradeView | null, { held, installation }: UpgradeView): readonly string[] {
  if (held === null || before?.held?.since === held.since) return [];
  return [`on hold since ${moment(held.since)}, by ${oneLine(held.by)}: lockkeeper resume ${installation}`];
}

function keyOf({ at, host, step, outcome }: TimelineEntry): string {
  return JSON.stringify([at, host, step, outcome]);
}

function entryLine({ at, host, step, outcome, by }: TimelineEntry): string {
  return [clock(at), host, oneLine(step), oneLine(outcome), by === undefined ? undefined : `by ${oneLine(by)}`].filter((word) => word !== undefined).join('  ');
}

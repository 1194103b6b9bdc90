/** What is new since the last look, as plain lines: `watch` where the output is no terminal. */
import { typedAnswer } from '../../upgrade/answers.ts';
import type { TimelineEntry, UpgradeView } from '../../upgrade/view.ts';
import type { Standing } from '../standing.ts';
import { clean, clock, moment, oneLine } from './text.ts';
import { endInWords } from './words.ts';

/** One line for each new timeline entry, phase, hold and wait. `before` is null at the first look. */
export function newLines(before: Standing | null, after: Standing): readonly string[] {
  switch (after.kind) {
    case 'closed': return closed(after);
    case 'unanswered': return before?.kind === 'unanswered' && before.unanswered.why === after.unanswered.why ? [] : [unanswered(after)];
    case 'open': return viewLines(before?.kind === 'open' ? before.view : null, after.view);
  }
}

/** Reasons for a refusal come as lines of one text: each gets its own here too. */
function closed({ closedAt, installation, end, says }: Extract<Standing, { kind: 'closed' }>): readonly string[] {
  const head = `${moment(closedAt)} ${installation} ${endInWords(end)}:`;
  const [first = '', ...others] = clean(says).split('\n').map(oneLine).filter((line) => line !== '');
  return others.length === 0 ? [`${head} ${first}`] : [head, ...[first, ...others].map((line) => `  ${line}`)];
}

function unanswered({ installation, unanswered: { why, build } }: Extract<Standing, { kind: 'unanswered' }>): string {
  switch (why) {
    case 'no-worker': return `${installation}: no worker is running; nothing moves until one does`;
    case 'build-gone': return `${installation}: no worker of build ${build} is running, which began it; \`lockkeeper doctor\` says what to do`;
    case 'stuck': return `${installation}: its worker cannot go on; \`lockkeeper doctor\` says why`;
  }
}

function viewLines(before: UpgradeView | null, after: UpgradeView): readonly string[] {
  const known = new Set((before?.timeline ?? []).map(keyOf));
  const open = new Set((before?.waitingFor ?? []).map((wait) => wait.id));
  return [
    ...(before?.phase === after.phase ? [] : [`${after.installation}: ${after.phase}`]),
    ...gapLines(before, after),
    ...after.timeline.filter((entry) => !known.has(keyOf(entry))).map(entryLine),
    ...holdLines(before, after),
    ...after.waitingFor.filter((wait) => !open.has(wait.id)).flatMap((wait) => [
      `waiting for a person since ${moment(wait.since)}: ${wait.kind} ${wait.id}: ${oneLine(wait.asks)}`,
      ...typedAnswer(after.installation, wait).map(({ lockkeeper }) => `  ${lockkeeper}`),
    ]),
  ];
}

/** A view holds the last entries only: when none of them was there before, others may have been in between. */
function gapLines(before: UpgradeView | null, { timeline, installation }: UpgradeView): readonly string[] {
  const last = before?.timeline.at(-1);
  if (last === undefined || timeline.some((entry) => keyOf(entry) === keyOf(last))) return [];
  return [`Not all that was done meanwhile is shown here; the rest: lockkeeper report ${installation}`];
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

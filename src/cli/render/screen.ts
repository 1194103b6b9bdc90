/**
 * An upgrade as one screen: `status` prints it, `watch` keeps repainting it.
 *
 * What a person must answer comes last, where it is nearest to the prompt and never scrolled away. Tables are cut to the
 * width; sentences are wrapped; commands are left whole, so that they can be copied.
 */
import { typedAnswer } from '../../upgrade/answers.ts';
import type { Finding } from '../../upgrade/plan.ts';
import type { HostView, TimelineEntry, UpgradeView, Wait } from '../../upgrade/view.ts';
import type { Standing } from '../standing.ts';
import type { Terminal } from '../terminal.ts';
import { planLines } from './plan.ts';
import { clean, clock, columns, cutTo, lasting, moment, oneLine, wrap } from './text.ts';
import { buildGoneWayOut, endInWords, productName, watchInWords } from './words.ts';

export interface Page {
  readonly columns: number;
  /** Lines the screen may have; without it, all is shown. */
  readonly rows?: number | undefined;
  readonly colours: Terminal['colours'];
  readonly now: Date;
}

type Of<K extends Standing['kind']> = Extract<Standing, { kind: K }>;

export function screen(standing: Standing, page: Page): string {
  switch (standing.kind) {
    case 'open': return openScreen(standing, page);
    case 'unanswered': return unansweredScreen(standing, page);
    case 'closed': return closedScreen(standing, page);
  }
}

function openScreen({ view, startedAt }: Of<'open'>, page: Page): string {
  const { colours } = page;
  const head = [
    colours.bold(cutTo(`${view.installation}  ${productName(view.product)} ${view.from ?? '?'} → ${view.to}  ${view.phase}  for ${lasting(startedAt, page.now)}`, page.columns)),
    ...aborting(view, page),
    ...held(view, page),
    '',
    ...hosts(view.hosts, page),
  ];
  const tail = [
    ...findings(view.findings, page),
    ...(view.eta === null ? [] : ['', `Expected end ${moment(view.eta)}, time for people not counted.`]),
    ...view.waitingFor.flatMap((wait) => waiting(view, wait, page)),
  ];
  const room = page.rows === undefined ? TIMELINE_SHOWN : Math.min(TIMELINE_SHOWN, page.rows - head.length - tail.length - 3);
  return [...head, ...timeline(view.timeline, room, page), ...tail].join('\n');
}

const TIMELINE_SHOWN = 10; // entries: what happened last; `report` has all

function aborting(view: UpgradeView, { colours, columns: width, now }: Page): readonly string[] {
  if (view.aborting === null) return [];
  const { since, by, reason } = view.aborting;
  return wrap(`ABORTING since ${moment(since)} (${lasting(since, now)}), by ${by}${reason ? `: ${reason}` : ''}; it stops at the next safe point`, width).map(colours.red);
}

function held(view: UpgradeView, { colours, columns: width, now }: Page): readonly string[] {
  if (view.held === null) return [];
  const { since, by, reason } = view.held;
  const after = view.held.now ? 'after the step in hand' : 'after the host in hand';
  return [
    ...wrap(`ON HOLD ${after} since ${moment(since)} (${lasting(since, now)}), by ${by}${reason ? `: ${reason}` : ''}`, width).map(colours.yellow),
    `  lockkeeper resume ${view.installation}`,
  ];
}

/** Where there is no room for all, those at work are shown, and how many others there are. */
function hosts(every: readonly HostView[], page: Page): readonly string[] {
  const { columns: width, colours, now, rows: room } = page;
  const fit = room === undefined ? every.length : Math.max(4, Math.floor(room / 2));
  const all = every.length <= fit ? every : [...every].sort((a, b) => Number(isIdle(a)) - Number(isIdle(b))).slice(0, fit - 1);
  const left = every.filter((host) => !all.includes(host));
  const rows = all.map((host) => [host.name, host.roles.join(', '), host.version ?? '?', host.state, host.state === 'upgraded' ? '' : oneLine(host.step ?? ''), lasting(host.since, now)]);
  const [header = '', ...lines] = columns([['HOST', 'ROLES', 'VERSION', 'STATE', 'STEP', 'FOR'], ...rows], width, [0, 1, 4]);
  const upgraded = left.filter(({ state }) => state === 'upgraded').length;
  return [
    colours.dim(header),
    ...lines.map((line, row) => paint(all[row]?.state, colours)(line)),
    ...(left.length === 0 ? [] : [colours.dim(`and ${left.length} more hosts, ${upgraded} of them upgraded`)]),
  ];
}

function isIdle({ state }: HostView): boolean {
  return state === 'waiting' || state === 'upgraded' || state === 'left-stopped';
}

function paint(state: HostView['state'] | undefined, colours: Page['colours']): (line: string) => string {
  if (state === 'upgraded') return colours.green;
  if (state === 'left-stopped') return colours.yellow;
  return state === 'waiting' ? colours.dim : state === 'unknown' ? colours.red : String;
}

function timeline(entries: readonly TimelineEntry[], room: number, { columns: width, colours }: Page): readonly string[] {
  if (room < 1 || entries.length === 0) return [];
  const rows = entries.slice(-room).map((entry) => [clock(entry.at), entry.host ?? '', oneLine(entry.step), oneLine(entry.outcome), oneLine(entry.by ?? '')]);
  return ['', colours.dim('LATEST STEPS (UTC)'), ...columns(rows, width, [1, 2, 3, 4])];
}

/** Preflight's findings, but for those that are fine. */
function findings(all: readonly Finding[], { columns: width }: Page): readonly string[] {
  const notable = all.filter((finding) => finding.verdict !== 'ok');
  return notable.length === 0 ? [] : ['', ...notable.flatMap((finding) => findingLines(finding, width))];
}

/** "refused  om-2, disk: …": the verdict first, the rest wrapped below itself. */
export function findingLines({ verdict, host, subject, says }: Finding, width: number): readonly string[] {
  const [first = '', ...rest] = wrap(`${host ? `${host}, ` : ''}${subject}: ${says}`, width, ' '.repeat(9));
  return [verdict.padEnd(9) + first.trimStart(), ...rest];
}

function waiting(view: UpgradeView, wait: Wait, page: Page): readonly string[] {
  const { colours, columns: width, now } = page;
  const answers = typedAnswer(view.installation, wait);
  return [
    '',
    ...wrap(`WAITING FOR A PERSON: ${wait.kind} ${wait.id}, since ${moment(wait.since)} (${lasting(wait.since, now)})`, width).map((line) => colours.bold(colours.yellow(line))),
    ...(wait.id === 'start' && view.plan !== null ? planShown(view, page) : []),
    ...wrap(wait.asks, width),
    ...evidence(wait, view, page),
    ...answers.flatMap(({ means, lockkeeper }) => [colours.dim(`  ${means}:`), `    ${colours.cyan(lockkeeper)}`]),
  ];
}

/** The whole plan where there is room for it; the live view says where it is. */
function planShown(view: UpgradeView, page: Page): readonly string[] {
  if (view.plan === null) return [];
  if (page.rows === undefined) return [...planLines(view.plan, page), ''];
  return [`The plan: lockkeeper status ${view.installation}`];
}

const EVIDENCE_LINES = 6; // in the live view: a process line and the end of a log

/** In the live view its end, and where all of it is. */
function evidence({ evidence: text }: Wait, { installation }: UpgradeView, { columns: width, rows }: Page): readonly string[] {
  const lines = clean(text).split('\n').filter((line) => line.trim() !== '');
  if (rows === undefined) return lines.flatMap((line) => evidenceLine(line, width));
  const shown = lines.slice(-EVIDENCE_LINES).map((line) => cutTo(`  | ${line}`, width));
  return lines.length > EVIDENCE_LINES || shown.some((line) => line.endsWith('…')) ? [...shown, `  | all of it: lockkeeper status ${installation}`] : shown;
}

const LONGEST_LINE = 5; // of the screen's, for one of a program's, or a sentence

/** What a person shall type stays whole, to be copied; what a program said is wrapped. */
function evidenceLine(line: string, width: number): readonly string[] {
  if (/^(?:sudo | {2}\S)/.test(line)) return [`    ${line.trim()}`]; // on Windows, where there is no sudo, it stands indented
  if (line.length + 4 <= width) return [`  | ${line}`];
  const all = wrap(line, width - 6);
  const some = all.length <= LONGEST_LINE ? all : [...all.slice(0, LONGEST_LINE - 1), `${all[LONGEST_LINE - 1] ?? ''} …`];
  return some.map((part, index) => cutTo(`  | ${index === 0 ? '' : '  '}${part}`, width));
}

function whyUnanswered({ why, build }: Of<'unanswered'>['unanswered']): string {
  const kept = 'What you say to it meanwhile is kept.';
  switch (why) {
    case 'no-worker': return `No worker is running that can act on it: nothing moves until one does. \`lockkeeper worker\` starts one. ${kept}`;
    case 'build-gone': return `No worker of build ${build} is running, which began it: nothing moves until one does. ${buildGoneWayOut} ${kept}`;
    case 'stuck': return `Its worker cannot go on: the upgrade's workflow task fails again and again. \`lockkeeper doctor\` says why. ${kept}`;
  }
}

function unansweredScreen({ installation, startedAt, unanswered }: Of<'unanswered'>, { columns: width, colours, now }: Page): string {
  const { phase, waitingFor, steps } = unanswered;
  return [
    colours.bold(`${installation}  upgrade since ${moment(startedAt)} (${lasting(startedAt, now)})${phase ? `  ${phase}` : ''}`),
    ...wrap(whyUnanswered(unanswered), width).map(colours.red),
    ...steps.map((step) => cutTo(`In the hands of Temporal: ${step}`, width)),
    ...(waitingFor === undefined ? [] : [`It waits for a person: ${waitingFor}`, ...(isGate(waitingFor) ? [`  lockkeeper approve ${installation} ${waitingFor}`] : [])]),
  ].join('\n');
}

function isGate(id: string): boolean {
  return ['start', 'first-host', 'storage', 'first-installer', 'finish'].includes(id) || id.startsWith('host:');
}

function closedScreen({ installation, startedAt, closedAt, end, summary, says }: Of<'closed'>, page: Page): string {
  const { colours, columns: width } = page;
  const paintEnd = end === 'done' ? colours.green : colours.red;
  return [
    colours.bold(paintEnd(cutTo(`${installation}  ${endInWords(end)}  ${moment(closedAt)}, after ${lasting(startedAt, new Date(closedAt))}`, width))),
    ...(summary?.refusals ? summary.refusals.flatMap((finding) => findingLines(finding, width)) : wrap(says, width)),
    ...(summary === null || summary.hosts.length === 0 ? [] : ['', ...hosts(summary.hosts, page)]),
    ...(summary?.watch && end !== 'done' ? ['', ...wrap(watchInWords(summary.watch), width)] : []),
    ...(end === 'terminated' ? ['', ...wrap('Locks and running commands may be left on the hosts: `lockkeeper doctor FILE` shows them, the next start goes on from what the hosts show.', width)] : []),
    '',
    `Report: lockkeeper report ${installation}`,
  ].join('\n');
}

/** The steps of a report: each scheduled activity with what came of it. Pure. */
import type { Recorded } from './recorded.ts';
import { asArray, asRecord, asText } from './shape.ts';
import type { WatchSummary } from './view.ts';

export interface ReportedStep {
  readonly activity: string;
  readonly title: string;
  /** Absent when the step is about the installation as a whole. */
  readonly host?: string | undefined;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** A `StepOutcome`'s outcome; `seen` for a look that has none; `running`; `cancelled`. */
  readonly outcome: string;
  readonly evidence: string;
  /** How often Temporal tried it: more than one after a lost connection or worker, or while time had to pass. */
  readonly attempts: number;
  /** What the last attempt but one ended with. */
  readonly lastFailure?: string | undefined;
  /** Which try of the step this was, by the number at the end of its job's token; what is only done when something came back begins with 2 there, and is the first. */
  readonly decidedTry?: number | undefined;
}

type Scheduled = Extract<Recorded, { what: 'step-scheduled' }>;
type Begun = Extract<Recorded, { what: 'step-begun' }>;
type Ended = Extract<Recorded, { what: 'step-ended' }>;

/** The watch runs beside all other steps and is reported by its sums, not as a step. */
const WATCH = 'watchService';
/** Looked at anew by plan: its tokens differ so that each look has a canary job of its own, and nobody decided on it. */
const PREFLIGHTS = ['preflight', 'preflightServers'];
export const isPreflight = ({ activity }: { readonly activity: string }): boolean => PREFLIGHTS.includes(activity);

export function foldSteps(recorded: readonly Recorded[]): readonly ReportedStep[] {
  const begun = new Map(recorded.flatMap((entry) => (entry.what === 'step-begun' ? [[entry.step, entry] as const] : [])));
  const ended = new Map(recorded.flatMap((entry) => (entry.what === 'step-ended' ? [[entry.step, entry] as const] : [])));
  const steps = recorded.filter((entry) => entry.what === 'step-scheduled').filter((entry) => entry.activity !== WATCH);
  const firsts = new Map<string, number>();
  for (const { step, number } of steps.flatMap((entry) => tokenOf(entry) ?? [])) firsts.set(step, Math.min(number, firsts.get(step) ?? number));
  return steps.map((entry) => {
    const token = tokenOf(entry);
    return { ...reported(entry, begun.get(entry.step), ended.get(entry.step)), ...(token === null ? {} : { decidedTry: token.number - (firsts.get(token.step) ?? 1) + 1 }) };
  });
}

/** Whose try it was, and its number. */
function tokenOf(scheduled: Scheduled): { readonly step: string; readonly number: number } | null {
  const [, step, number] = /^(.*)#(\d+)$/.exec(asText(asRecord(asRecord(scheduled.input)['attempt'])['token']) ?? '') ?? [];
  return step === undefined || isPreflight(scheduled) ? null : { step, number: Number(number) };
}

function reported(scheduled: Scheduled, begun: Begun | undefined, ended: Ended | undefined): ReportedStep {
  const input = asRecord(scheduled.input);
  return {
    activity: scheduled.activity,
    title: scheduled.title ?? inWords(scheduled.activity),
    host: asText(input['host']) ?? asText(asRecord(input['host'])['name']),
    startedAt: scheduled.at,
    endedAt: ended?.at ?? null,
    ...whatCameOf(ended),
    attempts: begun?.attempt ?? 1,
    lastFailure: begun?.lastFailure,
  };
}

function whatCameOf(ended: Ended | undefined): { readonly outcome: string; readonly evidence: string } {
  if (ended === undefined) return { outcome: 'running', evidence: '' };
  if (ended.how === 'timed-out') return { outcome: 'unknown', evidence: ended.failure ?? '' };
  if (ended.how === 'failed') return { outcome: 'failed', evidence: ended.failure ?? '' };
  if (ended.how === 'cancelled') return { outcome: 'cancelled', evidence: '' };
  return answered(asRecord(ended.answer));
}

/** Acts answer with a `StepOutcome`; looks with what they saw. */
function answered(answer: Readonly<Record<string, unknown>>): { readonly outcome: string; readonly evidence: string } {
  const outcome = asText(answer['outcome']);
  if (outcome !== undefined) return { outcome, evidence: asText(answer['evidence']) ?? '' };
  if ('down' in answer) return { outcome: answer['down'] === 'yes' ? 'seen' : 'not seen', evidence: fullStop(answer) };
  if ('why' in answer) {
    const why = asText(answer['why']);
    return why === undefined ? { outcome: 'seen', evidence: 'nothing speaks against it' } : { outcome: 'not now', evidence: why };
  }
  if ('findings' in answer) return { outcome: 'seen', evidence: findingsCounted(asArray(answer['findings'])) };
  if ('is' in answer) return { outcome: 'seen', evidence: `${asText(answer['host']) ?? '?'}: ${asText(answer['says']) ?? ''}` };
  return { outcome: 'seen', evidence: asText(answer['says']) ?? asText(answer['evidence']) ?? asArray(answer['says']).flatMap((line) => asText(line) ?? []).join('\n') };
}

/** Who was not down, what else kept it from being proven, what was looked at. */
function fullStop({ notDown, why, says }: Readonly<Record<string, unknown>>): string {
  const alive = asArray(notDown).map(asRecord).map((each) => `${asText(each['host']) ?? '?'}: ${asText(each['says']) ?? ''}`);
  return [...alive, asText(why) ?? '', asText(says) ?? ''].filter((line) => line !== '').join('\n');
}

function findingsCounted(findings: readonly unknown[]): string {
  const verdicts = findings.map((finding) => asText(asRecord(finding)['verdict']));
  return ['ok', 'warning', 'unknown', 'refused']
    .map((verdict) => ({ verdict, count: verdicts.filter((given) => given === verdict).length }))
    .filter(({ count, verdict }) => count > 0 || verdict === 'ok')
    .map(({ verdict, count }) => `${count} ${verdict}`)
    .join(', ');
}

/** The newest sums of the watch through the load balancer: as it ended, or as they were handed on to the next one. */
export function watchSeen(recorded: readonly Recorded[]): WatchSummary | null {
  const watches = new Set<string>();
  let newest: WatchSummary | null = null;
  for (const entry of recorded) {
    if (entry.what === 'step-scheduled' && entry.activity === WATCH) {
      watches.add(entry.step);
      newest = sums(asRecord(entry.input)['soFar']) ?? newest;
    }
    if (entry.what === 'step-ended' && watches.has(entry.step)) newest = sums(entry.answer) ?? newest;
  }
  return newest;
}

function sums(value: unknown): WatchSummary | null {
  return typeof asRecord(value)['probes'] === 'number' ? (value as WatchSummary) : null;
}

/** `stopBackupDaemon` → `stop backup daemon`: for steps whose title was not recorded. */
function inWords(activity: string): string {
  return activity.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

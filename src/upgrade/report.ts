/**
 * The report of an upgrade: a fold over what Temporal recorded, so it is the same for open, closed and terminated
 * runs and needs no worker. Pure.
 *
 *   1. The newest start says which installation and target.
 *   2. Every scheduled activity is a step; its end brings outcome and evidence.
 *   3. Every message is something a person said; approvals are matched with the moment their gate was passed.
 *   4. The close, if there is one, brings the summary; without a summary the headline is told from the steps.
 */
import type { Recorded } from './recorded.ts';
import { foldPeople, type Approval, type HoldTime, type Saying } from './report-people.ts';
import { foldSteps, isPreflight, watchSeen, type ReportedStep } from './report-steps.ts';
import { asArray, asRecord, asText } from './shape.ts';
import type { HostView, UpgradeSummary, WatchSummary } from './view.ts';

export type { Approval, HoldTime, ReportedStep, Saying };

export type ReportEnd = 'running' | 'done' | 'refused' | 'aborted' | 'failed' | 'terminated' | 'cancelled' | 'timed-out';

export interface Report {
  readonly headline: string;
  readonly installation: string;
  readonly product: string;
  readonly from: string | null;
  readonly to: string;
  readonly end: ReportEnd;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Hosts as the runbook last summed them up; empty when it could not. */
  readonly hosts: readonly HostView[];
  readonly steps: readonly ReportedStep[];
  readonly approvals: readonly Approval[];
  readonly holds: readonly HoldTime[];
  /** Everything people said, in order of time. */
  readonly people: readonly Saying[];
  readonly watch: WatchSummary | null;
  /** False when Temporal has already removed the first part of the history. */
  readonly complete: boolean;
}

/** The report over all that was recorded; `complete` says whether the list reaches back to the start. */
export function foldReport(recorded: readonly Recorded[], complete: boolean): Report {
  const started = recorded.find((entry) => entry.what === 'started');
  const closed = recorded.findLast((entry) => entry.what === 'closed');
  const installation = asRecord(started?.input);
  const summary = summaryOf(closed);
  const steps = foldSteps(recorded);
  const facts = {
    installation: asText(installation['installation']) ?? 'unknown',
    product: asText(installation['product']) ?? 'unknown',
    to: summary?.to ?? asText(asRecord(installation['target'])['version']) ?? 'unknown',
    from: summary?.from ?? fromVersion(recorded),
    end: endOf(closed, summary),
    startedAt: started?.at ?? '',
    endedAt: closed?.at ?? null,
  };
  const said = summary?.headline ?? headlineWithout(facts, closed);
  return {
    headline: withFullStop(withReadOnly(said, facts.end, hostsBetween(installation, steps, recorded)), summary !== null || facts.end === 'running', steps),
    ...facts,
    hosts: summary?.hosts ?? [],
    steps,
    ...foldPeople(recorded, installation),
    watch: summary?.watch ?? watchSeen(recorded),
    complete,
  };
}

type Closed = Extract<Recorded, { what: 'closed' }>;

/** A finished upgrade returns its summary; one that ended otherwise carries it in its failure's details. */
function summaryOf(closed: Closed | undefined): UpgradeSummary | null {
  const carried = closed?.how === 'completed' ? closed.result : closed?.failure?.details[0];
  const shape = asRecord(carried);
  return asText(shape['headline']) === undefined ? null : (carried as UpgradeSummary);
}

function endOf(closed: Closed | undefined, summary: UpgradeSummary | null): ReportEnd {
  if (closed === undefined) return 'running';
  if (closed.how === 'completed') return 'done';
  if (closed.how !== 'failed') return closed.how;
  const phase = summary?.phase ?? closed.failure?.type.toLowerCase();
  return phase === 'refused' || phase === 'aborted' ? phase : 'failed';
}

type Facts = Pick<Report, 'installation' | 'to' | 'end' | 'startedAt'>;

function headlineWithout(facts: Facts, closed: Closed | undefined): string {
  const upgrade = `The upgrade of ${facts.installation} to ${facts.to}`;
  if (closed === undefined) return `${upgrade} is not finished: it runs since ${facts.startedAt}.`;
  if (closed.how === 'terminated') {
    const by = closed.by ? ` by ${closed.by}` : '';
    const reason = closed.reason ? ` ("${closed.reason}")` : '';
    return `${upgrade} was terminated at ${closed.at}${by}${reason}. Its locks may still be on the hosts, and a command may still run there.`;
  }
  if (closed.how === 'completed') return `${upgrade} is done.`;
  return `${upgrade} ended at ${closed.at}: ${closed.failure?.message || closed.how}.`;
}

/** Whoever reads one line of the report must learn that users can no longer write and nothing is backed up. */
function withReadOnly(headline: string, end: ReportEnd, between: boolean): string {
  if (end === 'running' || end === 'done' || !between || /read-only/i.test(headline)) return headline;
  return `${headline} Ops Manager stays read-only and backups are not running until the upgrade is finished.`;
}

/** An upgrade of UrbanCode Deploy that could not say any more what it left switched off. */
function withFullStop(headline: string, told: boolean, steps: readonly ReportedStep[]): string {
  if (told || !steps.some(({ activity }) => ['switchMaintenanceOn', 'disableAutostart', 'stopServer'].includes(activity))) return headline;
  return `${headline} Servers may be down, out of the load balancer and with what starts them by itself switched off, and maintenance mode may be on: start the upgrade again, which goes on from what the hosts show and puts all back.`;
}

/** Do some application hosts stand on the target and others not? */
function hostsBetween(installation: Readonly<Record<string, unknown>>, steps: readonly ReportedStep[], recorded: readonly Recorded[]): boolean {
  const application = asArray(installation['hosts']).map(asRecord)
    .filter((host) => asArray(host['roles']).includes('application'))
    .map((host) => asText(host['name']));
  const started = new Set(steps.filter((step) => step.activity === 'startApplication' && step.outcome !== 'failed').map((step) => step.host));
  for (const host of asArray(asRecord(lastPreflight(recorded))['hosts']).map(asRecord)) {
    if (host['finished'] === true) started.add(asText(host['name']));
  }
  const upgraded = application.filter((name) => started.has(name)).length;
  return upgraded > 0 && upgraded < application.length;
}

function fromVersion(recorded: readonly Recorded[]): string | null {
  return asText(asRecord(asRecord(lastPreflight(recorded))['plan'])['from']) ?? null;
}

function lastPreflight(recorded: readonly Recorded[]): unknown {
  const scheduled = new Set(recorded.flatMap((entry) => (entry.what === 'step-scheduled' && isPreflight(entry) ? [entry.step] : [])));
  const seen = recorded.findLast((entry) => entry.what === 'step-ended' && entry.how === 'answered' && scheduled.has(entry.step));
  return seen?.what === 'step-ended' ? seen.answer : undefined;
}

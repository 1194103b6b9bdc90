/**
 * Where an upgrade stands, whether or not a worker runs.
 *
 *   1. Temporal describes it: is there one, since when, is it closed?
 *   2. Closed: its result or its failure carries the summary.
 *   3. Open: a worker answers the query `status` within 2 s.
 *   4. Else no worker runs, or the upgrade's own code is stuck: what Temporal itself knows is all there is.
 */
import { WorkflowFailedError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { PHASE_ATTRIBUTE, WAITING_FOR_ATTRIBUTE } from '../upgrade/search-attributes.ts';
import { asRecord, asText } from '../upgrade/shape.ts';
import type { UpgradeSummary, UpgradeView } from '../upgrade/view.ts';
import { EXIT, Stop, type ExitCode } from './exit.ts';
import { GRPC, grpcFailure, isNotFound } from './explain.ts';

export type End = 'done' | 'refused' | 'aborted' | 'failed' | 'terminated' | 'cancelled' | 'timed-out';

/** What Temporal knows of an upgrade whose worker does not answer. */
export interface Unanswered {
  /**
   * `stuck`: a worker is there, but the upgrade's workflow task fails again and again. `build-gone`: the build that began
   * it does not answer, and new upgrades begin on another.
   */
  readonly why: 'no-worker' | 'build-gone' | 'stuck';
  /** The build that began it: a worker of this build, or one that takes it over, is what it needs. */
  readonly build?: string | undefined;
  readonly phase?: string | undefined;
  readonly waitingFor?: string | undefined;
  /** Steps that Temporal holds in its hands: "installPackage, attempt 2". */
  readonly steps: readonly string[];
}

interface Known { readonly installation: string; readonly runId: string; readonly startedAt: string }

export type Standing =
  | (Known & { readonly kind: 'open'; readonly view: UpgradeView })
  | (Known & { readonly kind: 'unanswered'; readonly unanswered: Unanswered })
  | (Known & { readonly kind: 'closed'; readonly end: End; readonly closedAt: string; readonly summary: UpgradeSummary | null; readonly says: string });

export function workflowIdOf(installation: string): string {
  return `upgrade/${installation}`;
}

const QUERY_WITHIN = 2_000; // ms: a running worker answers in some 20; a person looks at the screen meanwhile

/** Throws `Stop` when there never was an upgrade of that installation. */
export async function lookAt(client: Client, installation: string): Promise<Standing> {
  const description = await describe(client, installation);
  const known: Known = { installation, runId: description.runId, startedAt: description.startTime.toISOString() };
  if (description.status.name !== 'RUNNING' && description.status.name !== 'PAUSED') return { ...known, ...(await closed(client, description)) };
  const handle = client.workflow.getHandle(description.workflowId);
  try {
    const view = await client.withDeadline(Date.now() + QUERY_WITHIN, () => handle.query<UpgradeView>('status'));
    return { ...known, kind: 'open', view };
  } catch (error) {
    const failure = grpcFailure(error);
    if (failure?.code === GRPC.unavailable) throw error;
    const taskFailed = /Workflow Task in failed state/i.test(failure?.details ?? '');
    return { ...known, kind: 'unanswered', unanswered: await unanswered(client, description, taskFailed) };
  }
}

async function describe(client: Client, installation: string): Promise<WorkflowExecutionDescription> {
  try {
    return await client.workflow.getHandle(workflowIdOf(installation)).describe();
  } catch (error) {
    if (isNotFound(error)) throw noUpgrade(installation);
    throw error;
  }
}

export function noUpgrade(installation: string): Stop {
  return new Stop(`There is no upgrade of "${installation}". \`lockkeeper list\` shows all there are, \`lockkeeper start FILE\` begins one.`, EXIT.usage);
}

const ENDS: Readonly<Record<string, End>> = { TERMINATED: 'terminated', CANCELLED: 'cancelled', TIMED_OUT: 'timed-out' };

async function closed(client: Client, { workflowId, runId, status, closeTime }: WorkflowExecutionDescription): Promise<Omit<Extract<Standing, { kind: 'closed' }>, keyof Known>> {
  const closedAt = (closeTime ?? new Date(0)).toISOString();
  try {
    const result: unknown = await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
    const summary = summaryIn(result);
    return { kind: 'closed', end: 'done', closedAt, summary, says: summary?.headline ?? 'The upgrade is done.' };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const cause = error.cause instanceof ApplicationFailure ? error.cause : undefined;
    const summary = summaryIn(cause?.details?.[0]);
    const end = ENDS[status.name] ?? endOf(summary?.phase ?? cause?.type);
    return { kind: 'closed', end, closedAt, summary, says: summary?.headline ?? error.cause?.message ?? error.message };
  }
}

function endOf(type: string | null | undefined): End {
  const word = type?.toLowerCase();
  return word === 'refused' || word === 'aborted' ? word : 'failed';
}

function summaryIn(value: unknown): UpgradeSummary | null {
  return asText(asRecord(value)['headline']) === undefined ? null : (value as UpgradeSummary);
}

/** One more attempt at a workflow task comes of a worker that was lost; more of them come of code that fails. */
async function unanswered(client: Client, description: WorkflowExecutionDescription, taskFailed: boolean): Promise<Unanswered> {
  const { raw, searchAttributes, taskQueue } = description;
  const stuck = taskFailed || (raw.pendingWorkflowTask?.attempt ?? 0) > 2 || searchAttributes['TemporalReportedProblems'] !== undefined;
  const build = buildOf(description);
  const gone = !stuck && build !== undefined && build !== (await currentBuild(client, taskQueue));
  return {
    why: stuck ? 'stuck' : gone ? 'build-gone' : 'no-worker',
    build,
    phase: textIn(searchAttributes[PHASE_ATTRIBUTE]),
    waitingFor: textIn(searchAttributes[WAITING_FOR_ATTRIBUTE]),
    steps: (raw.pendingActivities ?? []).map((step) => `${step.activityType?.name ?? 'step'}, attempt ${step.attempt ?? 1}`),
  };
}

/** The build that an upgrade stays with; none before its first workflow task. */
function buildOf({ raw }: WorkflowExecutionDescription): string | undefined {
  const info = raw.workflowExecutionInfo?.versioningInfo;
  return (info?.versioningOverride?.pinned?.version ?? info?.deploymentVersion)?.buildId ?? undefined;
}

/** The build on which new upgrades of this task queue begin. */
async function currentBuild(client: Client, taskQueue: string): Promise<string | undefined> {
  const WORKFLOWS = 1; // the server's enumeration TASK_QUEUE_TYPE_WORKFLOW
  const { namespace } = client.options;
  const { versioningInfo } = await client.withDeadline(Date.now() + QUERY_WITHIN, () =>
    client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType: WORKFLOWS }));
  return versioningInfo?.currentDeploymentVersion?.buildId ?? undefined;
}

function textIn(values: unknown): string | undefined {
  return Array.isArray(values) ? asText(values[0]) : asText(values);
}

/** What `status` and `wait` end with: the answer for scripts. */
export function exitCodeOf(standing: Standing): ExitCode {
  switch (standing.kind) {
    case 'closed': return standing.end === 'done' ? EXIT.done : EXIT.failed;
    case 'unanswered': return standing.unanswered.waitingFor === undefined ? EXIT.noWorker : EXIT.waiting;
    case 'open': return waitsForPerson(standing) ? EXIT.waiting : EXIT.done;
  }
}

/** An upgrade on hold waits for the person who resumes it. */
export function waitsForPerson(standing: Standing): boolean {
  return standing.kind === 'open' && (standing.view.waitingFor.length > 0 || standing.view.held !== null);
}

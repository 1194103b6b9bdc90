/**
 * Worker versions: each build of the workflow code is a version of the deployment `lockkeeper`, and an upgrade stays on
 * the version it began with. A worker that starts
 *
 *   1. makes its own version the one on which new upgrades begin;
 *   2. looks at the open upgrades of other versions, replays each against its own code,
 *   3. moves those that replay clean, and names the others: they wait for a worker of their build.
 */
import type { Client } from '@temporalio/client';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { cut } from '../src/upgrade/outcome.ts';
import { setTimeout as pause } from 'node:timers/promises';

export const DEPLOYMENT = 'lockkeeper';

/** A value of the server's enumeration. */
const PINNED = 1;
/**
 * gRPC's codes for what passes by itself: the server does not know the version yet (5 not found, 9 failed precondition)
 * or is busy or starting (4 deadline exceeded, 8 resource exhausted, 10 aborted, 14 unavailable).
 */
const PASSES: readonly number[] = [4, 5, 8, 9, 10, 14];

/** The server knows a version about 0.1 s after its first poll; a loaded machine needs more. */
const KNOWN_WITHIN = 30_000;

export interface Version {
  readonly client: Client;
  readonly taskQueue: string;
  readonly buildId: string;
  readonly bundle: WorkflowBundle;
}

/** An open upgrade of another build. */
export interface OtherBuild {
  readonly workflowId: string;
  readonly runId: string;
  readonly buildId: string;
}

/** Makes this build the one on which new upgrades begin. The worker must be polling already. */
export async function makeCurrent({ client, buildId }: Pick<Version, 'client' | 'buildId'>): Promise<void> {
  const { namespace } = client.options;
  const deadline = Date.now() + KNOWN_WITHIN;
  for (;;) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace, deploymentName: DEPLOYMENT, buildId, identity: client.options.identity, ignoreMissingTaskQueues: true,
      });
      return;
    } catch (error) {
      const code = Number((error as { code?: unknown }).code);
      if (!PASSES.includes(code) || Date.now() > deadline) throw error;
      await pause(50);
    }
  }
}

/** Moves open upgrades of other builds to this one where their history replays clean. Returns what was moved and what was not. */
export async function takeOver(version: Version): Promise<{ readonly moved: readonly OtherBuild[]; readonly kept: readonly (OtherBuild & { why: string })[] }> {
  const moved: OtherBuild[] = [];
  const kept: (OtherBuild & { why: string })[] = [];
  for await (const upgrade of openOnOtherBuilds(version)) {
    const why = await carryOn(version, upgrade).then(() => null, reason);
    if (why === null) moved.push(upgrade);
    else kept.push({ ...upgrade, why });
  }
  return { moved, kept };
}

async function* openOnOtherBuilds({ client, taskQueue, buildId }: Version): AsyncIterable<OtherBuild> {
  const query = `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    const info = raw.workflowExecutionInfo?.versioningInfo;
    const at = info?.versioningOverride?.pinned?.version ?? info?.deploymentVersion;
    if (at?.buildId && at.buildId !== buildId) yield { workflowId, runId, buildId: at.buildId };
  }
}

/** Replays the upgrade against this build's code and moves it to this build. Throws when it does not fit. */
async function carryOn(version: Version, { workflowId, runId }: OtherBuild): Promise<void> {
  const { client, buildId, bundle } = version;
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, workflowId);
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowExecutionOptions: {
      versioningOverride: { pinned: { behavior: PINNED, version: { deploymentName: DEPLOYMENT, buildId } } },
    },
    updateMask: { paths: ['versioning_override'] },
  });
}

/** The sentence that matters in the SDK's message about a replay: which event the code no longer fits. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /Nondeterminism error: ([^"]+)/.exec(message)?.[1] ?? cut(message, 300);
}

/**
 * One Lockkeeper worker: environment → configuration → ports → activities → worker.
 *
 *   1. Connect to Temporal; build or load the workflow code.
 *   2. Put the activities together, or take those that were given (tests).
 *   3. Poll; make this build current; take over open upgrades of other builds that this code can carry on.
 *   4. Answer the health check.
 *
 * Guarantees: `stop` returns within `forceTime` and a second, even when an activity ignores its cancellation.
 */
import { hostname } from 'node:os';
import { NativeConnection, Worker, type WorkerStatus } from '@temporalio/worker';
import { createOpsManagerActivities } from '../activities/ops-manager.ts';
import type { Hosts } from '../src/ssh/port.ts';
import { connect, connectionSettings, type Connected, type Where } from '../src/temporal/connect.ts';
import { ownBuild, type Build } from './bundle.ts';
import { readConfig, type WorkerConfig } from './config.ts';
import { allowList, type Redact } from './failures.ts';
import { serveHealth, type Health, type HealthCheck } from './health.ts';
import { patience } from './patience.ts';
import { opsManagerPorts } from './ports.ts';
import { log, quietRuntime } from './runtime.ts';
import { DEPLOYMENT, makeCurrent, takeOver } from './versions.ts';

export interface WorkerSettings {
  /** Where Temporal is; default: `TEMPORAL_*` and profiles. */
  readonly where?: Where;
  /** Default: read from the environment. */
  readonly config?: Partial<WorkerConfig>;
  /** Workflow code; default: this package's own. */
  readonly build?: Build;
  /** Hosts to use in place of those reached by SSH. */
  readonly hosts?: Hosts;
  /** Activities in place of the real ones. */
  readonly activities?: object;
  /** How long a stopped worker lets activities end by themselves, and after what it no longer waits for them. ms. */
  readonly graceTime?: number;
  readonly forceTime?: number;
}

export interface RunningWorker {
  readonly buildId: string;
  readonly taskQueue: string;
  /** Port of the health check, when there is one. */
  readonly healthPort: number | undefined;
  health(): Promise<Health>;
  /** Settles when the worker has ended; rejects when it ended by a fault of its own. */
  readonly ended: Promise<void>;
  /** Takes no new work, lets running steps end, closes connections. Remote jobs go on by themselves. */
  stop(): Promise<void>;
}

/** Starts a worker that has made its build current when this returns. Throws `BadConfig` or `TemporalUnreachable`. */
export async function startWorker(settings: WorkerSettings = {}): Promise<RunningWorker> {
  const config: WorkerConfig = { ...readConfig(), ...settings.config };
  quietRuntime(config.logLevel);
  const temporal = await connect(settings.where);
  const { activities, redact, close } = settings.activities ? given(settings.activities) : await real(config, temporal, settings.hosts);
  const build = settings.build ?? (await ownBuild());
  const buildId = config.buildId ?? build.buildId;

  const connection = await NativeConnection.connect(connectionSettings(settings.where).options);
  const worker = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue: config.taskQueue,
    workflowBundle: build.bundle,
    activities,
    interceptors: { activity: [allowList({ redact, patience: patience(config.unreachableFor) })] },
    identity: `lockkeeper@${hostname()}#${process.pid}`,
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: DEPLOYMENT, buildId },
      defaultVersioningBehavior: 'PINNED',
    },
    stickyQueueScheduleToStartTimeout: '3s', // after kill -9 the next message waits this long; default 10 s
    maxHeartbeatThrottleInterval: '5s', // heartbeat details are never older; cancellation arrives as fast
    shutdownGraceTime: settings.graceTime ?? 10_000,
    shutdownForceTime: settings.forceTime ?? 30_000, // without it an activity that ignores cancellation blocks for ever
  });

  const ended = run(worker).finally(async () => {
    await close();
    await connection.close();
    await temporal.close();
  });
  // Whoever waits for `ended` sees its fault; until somebody does, it must not end the process unexplained.
  ended.catch((error: unknown) => log('ERROR', `the worker ended: ${error instanceof Error ? error.message : String(error)}`));

  const health = () => look({ worker, temporal, buildId, taskQueue: config.taskQueue });
  const stop = async (check?: HealthCheck) => {
    await check?.close();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  };
  try {
    await takeOffice({ temporal, build, buildId, taskQueue: config.taskQueue });
    const check = config.health ? await serveHealth(config.health, health) : undefined;
    return { buildId, taskQueue: config.taskQueue, healthPort: check?.port, health, ended, stop: () => stop(check) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the worker does when work arrives, how it hides secrets, and what it closes at its end. */
interface Work { readonly activities: object; readonly redact: Redact; close(): Promise<void> }

function given(activities: object): Work {
  return { activities, redact: (text) => text, close: async () => undefined };
}

async function real(config: WorkerConfig, temporal: Connected, hosts: Hosts | undefined): Promise<Work> {
  const ports = await opsManagerPorts(config, temporal, hosts);
  return { activities: createOpsManagerActivities(ports), redact: ports.secrets.redact, close: () => ports.hosts.close() };
}

/** Runs until shut down. A step that did not end in time is no fault: Temporal gives it to the next worker. */
async function run(worker: Worker): Promise<void> {
  try {
    await worker.run();
  } catch (error) {
    if (!(error instanceof Error) || !gaveUpWaiting(error)) throw error;
    log('WARN', 'a step did not end in time; it is given to the next worker, and its job on the host goes on');
  }
}

/** The SDK throws the first when `shutdownForceTime` has passed, and the second as it then tidies up around the step. */
function gaveUpWaiting({ name, message }: Error): boolean {
  return name === 'GracefulShutdownPeriodExpiredError' || (name === 'IllegalStateError' && message.startsWith('Worker still in use'));
}

interface Office { temporal: Connected; build: Build; buildId: string; taskQueue: string }

async function takeOffice({ temporal, build, buildId, taskQueue }: Office): Promise<void> {
  const { client } = temporal;
  await makeCurrent({ client, buildId });
  log('INFO', `build ${buildId} takes new upgrades from task queue ${taskQueue} of ${temporal.address}`);
  const { moved, kept } = await takeOver({ client, taskQueue, buildId, bundle: build.bundle });
  for (const { workflowId, buildId: other } of moved) log('INFO', `${workflowId} was begun by build ${other} and goes on with this one`);
  for (const { workflowId, buildId: other, why } of kept) {
    log('WARN', `${workflowId} was begun by build ${other} and this code cannot carry it on (${why}): start a worker of build ${other}`);
  }
}

async function look({ worker, temporal, buildId, taskQueue }: { worker: Worker; temporal: Connected; buildId: string; taskQueue: string }): Promise<Health> {
  const polls = polling(worker.getStatus());
  const answers = await temporal.connection
    .withDeadline(Date.now() + 2_000, () => temporal.connection.workflowService.getSystemInfo({}))
    .then(() => true, () => false);
  const says = !polls ? 'the worker does not poll' : !answers ? `Temporal does not answer at ${temporal.address}` : 'polling';
  return { healthy: polls && answers, says, buildId, taskQueue };
}

function polling({ runState, workflowPollerState, activityPollerState }: WorkerStatus): boolean {
  return runState === 'RUNNING' && workflowPollerState === 'POLLING' && activityPollerState === 'POLLING';
}

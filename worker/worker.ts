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
import { NativeConnection, Worker, type ActivityInterceptorsFactory, type WorkerOptions, type WorkerStatus } from '@temporalio/worker';
import { createOpsManagerActivities } from '../activities/ops-manager/activities.ts';
import { createUrbancodeDeployActivities } from '../activities/urbancode-deploy/activities.ts';
import type { Hosts } from '../src/ssh/port.ts';
import { connect, connectionSettings, type Connected, type Where } from '../src/temporal/connect.ts';
import { ownBuild, type Build } from './bundle.ts';
import { readConfig, type WorkerConfig } from './config.ts';
import { allowList, type Redact } from './failures.ts';
import { serveHealth, type Health, type HealthCheck } from './health.ts';
import { knowSecrets } from './known-secrets.ts';
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
  const open: { close(): Promise<void> }[] = [];
  const closeAll = async () => { for (const each of open.splice(0).reverse()) await each.close(); };
  try {
    const temporal = await connect(settings.where);
    open.push(temporal);
    const work = settings.activities ? given(settings.activities) : await real(config, temporal, settings.hosts);
    open.push(work);
    const build = settings.build ?? (await ownBuild());
    const connection = await NativeConnection.connect(connectionSettings(settings.where).options);
    open.push(connection);
    const post: Post = { temporal, build, buildId: config.buildId ?? build.buildId, config };
    return await employ(await Worker.create(options({ ...post, connection, work, settings })), post, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** What a worker stands for: this build, on this task queue of this Temporal. */
interface Post { readonly temporal: Connected; readonly build: Build; readonly buildId: string; readonly config: WorkerConfig }

interface Tools extends Post { readonly connection: NativeConnection; readonly work: Work; readonly settings: WorkerSettings }

function options({ temporal, build, buildId, config, connection, work, settings }: Tools): WorkerOptions {
  return {
    connection,
    namespace: temporal.namespace,
    taskQueue: config.taskQueue,
    workflowBundle: build.bundle,
    activities: work.activities,
    interceptors: { activity: [allowList({ redact: work.redact, patience: patience(config.unreachableFor) }), ...work.interceptors] },
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
  };
}

async function employ(worker: Worker, post: Post, closeAll: () => Promise<void>): Promise<RunningWorker> {
  const { buildId, config: { taskQueue, health: at } } = post;
  const ended = run(worker).finally(closeAll);
  // Whoever waits for `ended` sees its fault; until somebody does, it must not end the process unexplained.
  ended.catch((error: unknown) => log('ERROR', `the worker ended: ${text(error)}`));

  let check: HealthCheck | undefined;
  const health = () => look(worker, post);
  const stop = async () => {
    await check?.close();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended;
  };
  try {
    await takeOffice(post);
    if (at) check = await serveHealth(at, health);
  } catch (error) {
    await stop();
    throw error;
  }
  return { buildId, taskQueue, healthPort: check?.port, health, ended, stop };
}

/** What the worker does when work arrives, how it hides secrets, and what it closes at its end. */
interface Work { readonly activities: object; readonly redact: Redact; readonly interceptors: readonly ActivityInterceptorsFactory[]; close(): Promise<void> }

function given(activities: object): Work {
  return { activities, redact: (text) => text, interceptors: [], close: async () => undefined };
}

async function real(config: WorkerConfig, temporal: Connected, hosts: Hosts | undefined): Promise<Work> {
  const ports = await opsManagerPorts(config, temporal, hosts);
  return {
    activities: { ...createOpsManagerActivities(ports), ...createUrbancodeDeployActivities(ports) }, redact: ports.secrets.redact,
    interceptors: [knowSecrets(temporal, ports.secrets)], close: () => ports.hosts.close(),
  };
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

/** Makes the build current and looks after open upgrades of other builds. What goes wrong with those stops no worker. */
async function takeOffice({ temporal, build, buildId, config: { taskQueue } }: Post): Promise<void> {
  const { client } = temporal;
  await makeCurrent({ client, buildId });
  log('INFO', `build ${buildId} takes new upgrades from task queue ${taskQueue} of ${temporal.address}`);
  try {
    const { moved, kept } = await takeOver({ client, taskQueue, buildId, bundle: build.bundle });
    for (const { workflowId, buildId: other } of moved) log('INFO', `${workflowId} was begun by build ${other} and goes on with this one`);
    for (const { workflowId, buildId: other, why } of kept) {
      log('WARN', `${workflowId} was begun by build ${other} and this code cannot carry it on (${why}): start a worker of build ${other}`);
    }
  } catch (error) {
    log('WARN', `open upgrades of other builds could not be looked for (${text(error)}); if one stands still, start this worker again`);
  }
}

async function look(worker: Worker, { temporal, buildId, config: { taskQueue } }: Post): Promise<Health> {
  const polls = polling(worker.getStatus());
  const answers = await temporal.connection
    .withDeadline(Date.now() + 2_000, () => temporal.connection.workflowService.getSystemInfo({}))
    .then(() => true, () => false);
  const says = !polls ? 'the worker does not poll' : !answers ? `Temporal does not answer at ${temporal.address}` : 'polling';
  return { healthy: polls && answers, says, buildId, taskQueue };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function polling({ runState, workflowPollerState, activityPollerState }: WorkerStatus): boolean {
  return runState === 'RUNNING' && workflowPollerState === 'POLLING' && activityPollerState === 'POLLING';
}

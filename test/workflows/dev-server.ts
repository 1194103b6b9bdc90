/**
 * Runs runbooks on Temporal's dev server, in real time, many at once: for what the time-skipping server cannot do
 * (continue-as-new, reset, pause, search attributes) or gets stuck at. Whatever ran is replayed at the end.
 */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { WorkflowHandle, WorkflowStartOptions } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { findTemporalCli } from '../../src/temporal/find-program.ts';
import { FakeInstallation } from './fake-installation.ts';
import type { FakeWorld } from './fake-world.ts';
import { begin, installation, notWronged, PATIENCE, quiet, TASK_QUEUE, type RunningUpgrade } from './harness.ts';
import { workflowBuild } from './one-build.ts';
import { Fakes, replayed, type Ran } from './fakes-at-work.ts';

/** Waits of the policy that would be waited for in real time. */
export const QUICK = { soak: '1s', backupDaemons: { for: '1h', attempts: 2, every: '1s', settle: '1s' } };

/** Two application hosts and a daemon host: small, so that a whole upgrade takes some seconds. */
export function small(policy: object = {}, changes: object = {}, ofEveryHost: object = {}): FakeInstallation {
  return new FakeInstallation(installation({ ...QUICK, ...policy }, { ...changes, hosts: [
    { name: 'om-1', address: '10.0.0.1', platform: 'debian', roles: ['application', 'backup-daemon'] },
    { name: 'om-2', address: '10.0.0.2', platform: 'debian', roles: ['application'] },
    { name: 'bkp-1', address: '10.0.0.4', platform: 'debian', roles: ['backup-daemon'] },
  ].map((host) => ({ ...host, ...ofEveryHost })) }));
}

/** By day every other point, or so, and these; by night (LOCKKEEPER_TEST_NIGHT=yes npm test) all. */
export function tellable(points: readonly string[], always: readonly string[], every = 2): readonly string[] {
  return process.env['LOCKKEEPER_TEST_NIGHT'] === 'yes' ? points : points.filter((point, index) => index % every === 0 || always.includes(point));
}

/** Arguments of the dev server that make it suggest continue-as-new after so many events, not after thousands. */
export function continuingAsNewAfter(events: number): readonly string[] {
  return ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${events}`];
}

interface Employed { end(): Promise<void> }
type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

export class RealTime {
  readonly server: DevServer;
  readonly temporal: Connected;
  readonly #connection: NativeConnection;
  readonly #fakes = new Fakes();
  readonly #ran: Ran[] = [];
  #decides: Employed | undefined;
  #works: Employed | undefined;

  private constructor(server: DevServer, temporal: Connected, connection: NativeConnection) {
    this.server = server;
    this.temporal = temporal;
    this.#connection = connection;
  }

  static async begin(extra: readonly string[] = []): Promise<RealTime> {
    quiet();
    const server = await startDevServer({ uiPort: false, extra });
    const where = { address: server.address };
    const realTime = new RealTime(server, await connect(where), await NativeConnection.connect(where));
    await realTime.startDeciding();
    await realTime.startWorking();
    return realTime;
  }

  /** One worker decides, another does the steps, so that either can be away. */
  async startDeciding(): Promise<void> {
    this.#decides = await this.#employ({ workflowBundle: (await workflowBuild()).bundle, stickyQueueScheduleToStartTimeout: '3s' });
  }

  async stopDeciding(): Promise<void> {
    await this.#decides?.end();
    this.#decides = undefined;
  }

  async startWorking(more: Partial<WorkerOptions> = {}): Promise<void> {
    this.#works = await this.#employ({ activities: this.#fakes.activities(), maxHeartbeatThrottleInterval: '1s', ...more });
  }

  async stopWorking(): Promise<void> {
    await this.#works?.end();
    this.#works = undefined;
  }

  async #employ(options: Partial<WorkerOptions>): Promise<Employed> {
    const worker = await Worker.create({ connection: this.#connection, taskQueue: TASK_QUEUE, shutdownGraceTime: '100ms', shutdownForceTime: '2s', ...options });
    const ended = worker.run();
    return { end: async () => { worker.shutdown(); await ended; } };
  }

  /** Runs Temporal's own command line; returns what it printed. */
  async cli(...words: string[]): Promise<string> {
    const { path } = await findTemporalCli({ environment: process.env });
    return (await promisify(execFile)(path, [...words, '--address', this.server.address])).stdout;
  }

  async begin<World extends FakeWorld>(fake: World, options: Partial<WorkflowStartOptions> = {}): Promise<RunningUpgrade<World>> {
    this.#fakes.serve(fake);
    return begin({ client: this.temporal.client, passTime: async () => { await pause(50); } }, fake, options);
  }

  /** Starts an upgrade of the fake and runs the test against it. The fake must not have been wronged. */
  async upgrading<World extends FakeWorld>(fake: World, test: (upgrade: RunningUpgrade<World>) => Promise<void>, options: Partial<WorkflowStartOptions> = {}): Promise<void> {
    const upgrade = await this.begin(fake, options);
    try {
      await test(upgrade);
    } finally {
      await upgrade.handle.terminate('the test is over').catch(() => undefined);
      await this.keep(upgrade);
    }
    notWronged(fake);
  }

  /** Runs an upgrade of the fake and says something while the activity is at work for the first time. */
  async saying<World extends FakeWorld>(fake: World, at: string, say: (upgrade: RunningUpgrade<World>) => Promise<unknown>, test: (upgrade: RunningUpgrade<World>) => Promise<void>): Promise<void> {
    let begun: (upgrade: RunningUpgrade<World>) => void = () => {};
    const running = new Promise<RunningUpgrade<World>>((resolve) => { begun = resolve; });
    fake.fault(at, async (times) => { if (times === 1) await say(await running); });
    await this.upgrading(fake, async (upgrade) => {
      begun(upgrade);
      await test(upgrade);
    });
    if (fake.times(at) === 0) throw new Error(`${at} was never reached`);
  }

  /** Keeps the histories of all its runs for the replay. */
  async keep(upgrade: RunningUpgrade<FakeWorld>): Promise<void> {
    for (const history of await this.runsOf(upgrade)) this.#ran.push({ workflowId: upgrade.handle.workflowId, history });
  }

  /** The history of every run of an upgrade, from the first on: continue-as-new makes a new one. */
  async runsOf({ handle }: RunningUpgrade<FakeWorld>): Promise<readonly History[]> {
    const runs: History[] = [];
    for (let runId: string | null | undefined = handle.firstExecutionRunId; runId;) {
      const history: History = await this.temporal.client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
      runs.push(history);
      runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    }
    return runs;
  }

  async end(): Promise<void> {
    await this.stopWorking();
    await this.stopDeciding();
    await this.#connection.close();
    await this.temporal.close();
    await this.server.stop();
    await replayed(this.#ran);
  }
}

type PendingActivity = NonNullable<Awaited<ReturnType<WorkflowHandle['describe']>>['raw']['pendingActivities']>[number];

/** What Temporal holds of a step that is under way, once it is so. */
export async function pending({ handle }: RunningUpgrade<FakeWorld>, activity: string, isSo: (step: PendingActivity) => boolean): Promise<PendingActivity> {
  const giveUp = Date.now() + PATIENCE;
  for (;;) {
    const { raw } = await handle.describe();
    const found = raw.pendingActivities?.find((each) => each.activityType?.name === activity && isSo(each));
    if (found) return found;
    if (Date.now() > giveUp) throw new Error(`${activity} never came to it; under way are ${JSON.stringify(raw.pendingActivities)}`);
    await pause(50);
  }
}

/** The activity of the step, once a worker is at it. */
export async function atWork(upgrade: RunningUpgrade<FakeWorld>, activity: string): Promise<string> {
  return (await pending(upgrade, activity, (each) => Boolean(each.lastStartedTime))).activityId ?? '';
}

/** Returns when nothing is under way: no step is scheduled, and no decision of the runbook is due. */
export async function atRest({ handle }: RunningUpgrade<FakeWorld>): Promise<void> {
  for (;;) {
    const { raw } = await handle.describe();
    if ((raw.pendingActivities ?? []).length === 0 && !raw.pendingWorkflowTask) return;
    await pause(50);
  }
}

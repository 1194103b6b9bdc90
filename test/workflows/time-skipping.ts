/**
 * Runs runbooks on the time-skipping server, one server for all tests of a file; every upgrade has its
 * own fake installation. Whatever ran is replayed when the file's tests are over.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { findTestServer } from '../../src/temporal/find-program.ts';
import type { FakeWorld } from './fake-world.ts';
import { Fakes, replayed, type Ran } from './fakes-at-work.ts';
import { begin, notWronged, quiet, TASK_QUEUE, type RunningUpgrade, type Where } from './harness.ts';
import { workflowBuild } from './one-build.ts';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Starts an upgrade of the fake and runs the test against it. The fake must not have been wronged. */
export async function upgrading<World extends FakeWorld>(server: TimeSkippingServer, fake: World, test: (upgrade: RunningUpgrade<World>) => Promise<void>): Promise<void> {
  const where = await server.serve(fake);
  const upgrade = await begin(where, fake);
  try {
    await test(upgrade);
  } finally {
    await upgrade.handle.terminate('the test is over').catch(() => undefined);
    await server.finished(upgrade.handle);
  }
  notWronged(fake);
}

export async function timeSkipping(): Promise<TimeSkippingServer> {
  quiet();
  return new TimeSkippingServer(await Running.begin());
}

export class TimeSkippingServer {
  #running: Running;
  /** The next upgrade needs a new server. */
  #spent = false;
  readonly #histories: Ran[] = [];

  constructor(running: Running) {
    this.#running = running;
  }

  /** Where the fake's upgrade can be started. */
  async serve(fake: FakeWorld): Promise<Where> {
    if (this.#spent) {
      await this.#running.end();
      this.#running = await Running.begin();
      this.#spent = false;
    }
    return this.#running.serve(fake);
  }

  /**
   * Keeps the history for the replay. An activity that runs while it is cancelled, or while its upgrade is closed, may
   * leave the server unable to skip time ever again (seen with 1.40).
   */
  async finished(handle: WorkflowHandle): Promise<void> {
    const history = await handle.fetchHistory();
    this.#histories.push({ workflowId: handle.workflowId, history });
    if (cutsAnActivity(history)) this.#spent = true;
  }

  /** Ends server and worker, then replays whatever ran. */
  async teardown(): Promise<void> {
    await this.#running.end();
    await replayed(this.#histories);
  }
}

/** A server with its worker. */
class Running {
  readonly #server: TestWorkflowEnvironment;
  readonly #fakes: Fakes;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;

  private constructor(server: TestWorkflowEnvironment, worker: Worker, fakes: Fakes) {
    this.#server = server;
    this.#fakes = fakes;
    this.#worker = worker;
    this.#ended = worker.run();
  }

  static async begin(): Promise<Running> {
    const { path } = await findTestServer();
    const server = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
    const fakes = new Fakes();
    const worker = await Worker.create({
      connection: server.nativeConnection, taskQueue: TASK_QUEUE, workflowBundle: (await workflowBuild()).bundle, activities: fakes.activities(),
      // A failed test may leave an activity behind that waits for ever.
      shutdownGraceTime: '100ms', shutdownForceTime: '2s',
    });
    return new Running(server, worker, fakes);
  }

  serve(fake: FakeWorld): Where {
    this.#fakes.serve(fake);
    return { client: this.#server.client, passTime: (milliseconds) => this.#server.sleep(milliseconds) };
  }

  async end(): Promise<void> {
    this.#worker.shutdown();
    await this.#ended;
    await this.#server.teardown();
  }
}

function cutsAnActivity({ events }: History): boolean {
  const open = new Set<string>();
  for (const event of events ?? []) {
    if (event.activityTaskCancelRequestedEventAttributes) return true;
    if (event.activityTaskScheduledEventAttributes) open.add(String(event.eventId));
    const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes
      ?? event.activityTaskTimedOutEventAttributes ?? event.activityTaskCanceledEventAttributes;
    if (ended) open.delete(String(ended.scheduledEventId));
  }
  return open.size > 0;
}

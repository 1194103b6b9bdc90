/** Runs runbooks on the time-skipping server over a fake installation; every finished run is replayed. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defineSignal } from '@temporalio/workflow';
import { WorkflowFailedError, type WorkflowHandle, type WorkflowStartOptions } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { checkInstallation } from '../../src/installation/check.ts';
import { findTestServer } from '../../src/temporal/find-program.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { MessageName, Taken } from '../../src/upgrade/messages.ts';
import type { UpgradeSummary, UpgradeView } from '../../src/upgrade/view.ts';
import type { FakeInstallation } from './fake-installation.ts';

export const TASK_QUEUE = 'lockkeeper';
/**
 * Client calls in tests have deadlines, well under vitest's own: one that hangs must fail the test that made it, and
 * that test must still end its upgrade and its worker, so that it fails alone.
 */
const DEADLINE = 20_000;
/** An upgrade that does not come to what a test waits for is given up after this. */
const PATIENCE = 20_000;

let bundle: Promise<WorkflowBundle> | undefined;

export function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  return bundle;
}

export async function timeSkipping(): Promise<TimeSkippingServer> {
  const { path } = await findTestServer();
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
  const create = () => TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  return new TimeSkippingServer(create, await create());
}

/**
 * The time-skipping server of a test file. An upgrade that is terminated while an activity runs leaves it unable to
 * skip time ever again (seen with 1.40), so the next upgrade gets a new server.
 */
export class TimeSkippingServer implements Where {
  readonly #create: () => Promise<TestWorkflowEnvironment>;
  #server: TestWorkflowEnvironment;
  #spent = false;
  readonly supportsTimeSkipping = true;

  constructor(create: () => Promise<TestWorkflowEnvironment>, server: TestWorkflowEnvironment) {
    this.#create = create;
    this.#server = server;
  }

  get client() { return this.#server.client; }
  get nativeConnection() { return this.#server.nativeConnection; }
  readonly sleep = (milliseconds: number): Promise<void> => this.#server.sleep(milliseconds);
  teardown(): Promise<void> { return this.#server.teardown(); }

  spend(): void { this.#spent = true; }

  async ready(): Promise<void> {
    if (!this.#spent) return;
    await this.#server.teardown();
    this.#server = await this.#create();
    this.#spent = false;
  }
}

/** How an upgrade ended that did not go well. */
export interface Ended { readonly type: string; readonly message: string; readonly summary: UpgradeSummary | undefined }

/** A running upgrade that a test talks to. */
export class RunningUpgrade {
  readonly handle: WorkflowHandle;
  readonly fake: FakeInstallation;
  /** Lets the server's time pass; on a server with real time it only waits a moment. */
  readonly #passTime: (milliseconds: number) => Promise<void>;

  constructor(handle: WorkflowHandle, fake: FakeInstallation, passTime: (milliseconds: number) => Promise<void>) {
    this.handle = handle;
    this.fake = fake;
    this.#passTime = passTime;
  }

  status(): Promise<UpgradeView> {
    return inTime(this.handle.query<UpgradeView>('status'), 'status');
  }

  /** Lets time pass until the view is so. */
  async until(isSo: (view: UpgradeView) => boolean, what: string): Promise<UpgradeView> {
    const giveUp = Date.now() + PATIENCE;
    for (let step = 1_000; ; step = Math.min(step * 2, 60_000)) {
      const seen = await this.status();
      if (isSo(seen)) return seen;
      if (Date.now() > giveUp) {
        throw new Error(`it never came to ${what}; it shows ${JSON.stringify({ phase: seen.phase, waits: seen.waitingFor.map((each) => each.id), timeline: seen.timeline.slice(-12) }, null, 1)}`);
      }
      await this.#passTime(step);
    }
  }

  /** Waits until the upgrade waits for this gate or a question that begins so; returns its full id. */
  async waitsFor(id: string): Promise<string> {
    const find = (view: UpgradeView) => view.waitingFor.find((each) => each.id === id || each.id.startsWith(`${id}:`))?.id;
    return find(await this.until((view) => find(view) !== undefined, `waiting for ${id}`)) ?? '';
  }

  async passes(milliseconds: number): Promise<void> {
    await this.#passTime(milliseconds);
  }

  async signal(name: MessageName, ...message: readonly unknown[]): Promise<void> {
    await inTime(this.handle.signal(defineSignal<unknown[]>(name), ...message), `signal ${name}`);
  }

  update(name: MessageName, ...message: unknown[]): Promise<Taken> {
    return inTime(this.handle.executeUpdate<Taken, [unknown]>(name, { args: message as [unknown] }), `update ${name}`);
  }

  approve(gate: string): Promise<void> {
    return this.signal('approve', { gate, by: 'tester' });
  }

  abort(reason = 'a test'): Promise<void> {
    return this.signal('abort', { by: 'tester', reason });
  }

  /** Waits for the question and answers it. */
  async answer(question: string, choice: string, more: object = {}): Promise<string> {
    const id = await this.waitsFor(question);
    await this.signal('answer', { question: id, choice, by: 'tester', ...more });
    await this.until((view) => !view.waitingFor.some((wait) => wait.id === id), `${id} being answered`).catch((error: unknown) => {
      if (!/completed|closed/.test(String(error))) throw error;
    });
    return id;
  }

  /** The end of an upgrade that must go well. */
  done(): Promise<UpgradeSummary> {
    return inTime(this.handle.result() as Promise<UpgradeSummary>, 'result');
  }

  /** The end of an upgrade that must not. */
  async ended(): Promise<Ended> {
    try {
      await inTime(this.handle.result(), 'result');
    } catch (error) {
      const cause = error instanceof WorkflowFailedError ? error.cause as { type?: string; message: string; details?: unknown[] } | undefined : undefined;
      if (!cause) throw error;
      return { type: cause.type ?? '', message: cause.message, summary: cause.details?.[0] as UpgradeSummary | undefined };
    }
    throw new Error('the upgrade went well, but was expected to end early');
  }
}

/** Where upgrades of a test run: a server, its client, and how time passes there. */
export interface Where extends Pick<TestWorkflowEnvironment, 'client' | 'nativeConnection'> {
  readonly supportsTimeSkipping: boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The server is of no use after this test. */
  readonly spend?: () => void;
  readonly ready?: () => Promise<void>;
}

/** Starts an upgrade of the fake, runs the test against it, then replays its history. The fake must not have been wronged. */
export async function upgrading(where: Where, fake: FakeInstallation, test: (upgrade: RunningUpgrade) => Promise<void>): Promise<void> {
  await where.ready?.();
  await working(where, fake, async () => {
    const upgrade = await begin(where, fake);
    try {
      await test(upgrade);
    } finally {
      await upgrade.handle.terminate('the test is over').catch(() => undefined);
      if (hasOpenActivity(await upgrade.handle.fetchHistory())) where.spend?.();
    }
    await replayed(upgrade.handle);
  });
  if (fake.violations.length > 0) throw new Error(`The hosts were wronged:\n${fake.violations.join('\n')}`);
}

function hasOpenActivity({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): boolean {
  const open = new Set<string>();
  for (const event of events ?? []) {
    if (event.activityTaskScheduledEventAttributes) open.add(String(event.eventId));
    const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes
      ?? event.activityTaskTimedOutEventAttributes ?? event.activityTaskCanceledEventAttributes;
    if (ended) open.delete(String(ended.scheduledEventId));
  }
  return open.size > 0;
}

/** Runs a worker over the fake for as long as the work takes. */
export async function working<T>({ nativeConnection }: Where, fake: FakeInstallation, work: () => Promise<T>): Promise<T> {
  const worker = await Worker.create({
    connection: nativeConnection, taskQueue: TASK_QUEUE, workflowBundle: await workflowBundle(), activities: { ...fake.activities() },
  });
  return worker.runUntil(work);
}

export async function begin({ client, sleep, supportsTimeSkipping }: Where, fake: FakeInstallation, options: Partial<WorkflowStartOptions> = {}): Promise<RunningUpgrade> {
  const handle = await client.workflow.start('opsManagerUpgrade', {
    taskQueue: TASK_QUEUE, workflowId: `upgrade/${fake.installation.installation}`, args: [fake.installation], ...options,
  } as WorkflowStartOptions);
  const passTime = supportsTimeSkipping ? (milliseconds: number) => sleep(milliseconds) : async () => { await pause(50); };
  return new RunningUpgrade(handle, fake, passTime);
}

export async function replayed(handle: WorkflowHandle): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, await handle.fetchHistory(), handle.workflowId);
}

export async function inTime<T>(call: Promise<T>, what: string): Promise<T> {
  const deadline = new AbortController();
  const late = pause(DEADLINE, undefined, { signal: deadline.signal }).then(() => { throw new Error(`${what}: no answer within ${DEADLINE / 1000} s`); });
  late.catch(() => undefined);
  try {
    return await Promise.race([call, late]);
  } finally {
    deadline.abort();
  }
}

let serial = 0;

/** A small installation, three application hosts and a daemon host, by the real schema. */
export function installation(policy: object = {}, changes: object = {}): OpsManagerInstallation {
  serial += 1;
  const checked = checkInstallation({
    installation: `om-${process.pid}-${serial}`, product: 'ops-manager',
    target: { version: '4.4.18', packages: { debian: { file: 'mms.deb', sha256: 'a'.repeat(64) } } },
    ssh: { user: 'ops', knownHostsFile: 'known_hosts' },
    hosts: [
      { name: 'om-1', address: '10.0.0.1', platform: 'debian', roles: ['application', 'backup-daemon'] },
      { name: 'om-2', address: '10.0.0.2', platform: 'debian', roles: ['application'] },
      { name: 'om-3', address: '10.0.0.3', platform: 'debian', roles: ['application'] },
      { name: 'bkp-1', address: '10.0.0.4', platform: 'debian', roles: ['backup-daemon'] },
    ],
    applicationDatabase: { uri: { env: 'OM_APPDB_URI' }, backups: [{ host: 'om-1', command: 'mongodump', verify: 'true', maxAge: '4h' }] },
    loadBalancers: [{ none: 'a test' }],
    policy: { approve: [], ...policy },
    ...changes,
  });
  if ('problems' in checked) throw new Error(checked.problems.map((problem) => JSON.stringify(problem)).join('\n'));
  return checked.installation as OpsManagerInstallation;
}

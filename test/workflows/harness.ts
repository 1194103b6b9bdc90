/** Runs runbooks on the time-skipping server over a fake installation; every finished run is replayed. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { checkInstallation } from '../../src/installation/check.ts';
import { findTestServer } from '../../src/temporal/find-program.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { UpgradeSummary, UpgradeView } from '../../src/upgrade/view.ts';
import type { FakeInstallation } from './fake-installation.ts';

const TASK_QUEUE = 'lockkeeper';
/** Client calls in tests have deadlines: one that hangs must fail the test that made it, not the whole run. */
const DEADLINE = 20_000;

let bundle: Promise<WorkflowBundle> | undefined;

export function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  return bundle;
}

export async function timeSkipping(): Promise<TestWorkflowEnvironment> {
  const { path } = await findTestServer();
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
}

/** A running upgrade that a test talks to. */
export class RunningUpgrade {
  readonly handle: WorkflowHandle;
  readonly fake: FakeInstallation;

  constructor(handle: WorkflowHandle, fake: FakeInstallation) {
    this.handle = handle;
    this.fake = fake;
  }

  status(): Promise<UpgradeView> {
    return inTime(this.handle.query<UpgradeView>('status'), 'status');
  }

  /** Waits until the upgrade waits for this gate or a question that begins so; returns its full id. */
  async waitsFor(id: string): Promise<string> {
    let seen: UpgradeView | undefined;
    for (let tries = 0; tries < 400; tries += 1) {
      seen = await this.status();
      const wait = seen.waitingFor.find((each) => each.id === id || each.id.startsWith(`${id}:`));
      if (wait) return wait.id;
      await pause(25);
    }
    throw new Error(`never waited for ${id}; it shows ${JSON.stringify({ phase: seen?.phase, waits: seen?.waitingFor.map((each) => each.id), timeline: seen?.timeline.slice(-8) }, null, 1)}`);
  }

  async approve(gate: string): Promise<void> {
    await inTime(this.handle.signal('approve', { gate, by: 'tester' }), `approve ${gate}`);
  }

  /** Waits for the question and answers it. */
  async answer(question: string, choice: string, more: object = {}): Promise<string> {
    const id = await this.waitsFor(question);
    await inTime(this.handle.signal('answer', { question: id, choice, by: 'tester', ...more }), `answer ${id}`);
    return id;
  }

  /** The end of an upgrade that must go well. */
  done(): Promise<UpgradeSummary> {
    return inTime(this.handle.result() as Promise<UpgradeSummary>, 'result');
  }

  /** The end of an upgrade that must not: its type and message. */
  async ended(): Promise<{ type: string; message: string; summary: UpgradeSummary | undefined }> {
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

/** Starts an upgrade of the fake, runs the test against it, then replays its history. */
export async function upgrading(
  env: TestWorkflowEnvironment, fake: FakeInstallation, test: (upgrade: RunningUpgrade) => Promise<void>,
): Promise<void> {
  const worker = await Worker.create({
    connection: env.nativeConnection, taskQueue: TASK_QUEUE, workflowBundle: await workflowBundle(), activities: { ...fake.activities() },
  });
  const workflowId = `upgrade/${fake.installation.installation}`;
  await worker.runUntil(async () => {
    const handle = await env.client.workflow.start('opsManagerUpgrade', { taskQueue: TASK_QUEUE, workflowId, args: [fake.installation] });
    const upgrade = new RunningUpgrade(handle, fake);
    try {
      await test(upgrade);
    } finally {
      await handle.terminate('the test is over').catch(() => undefined);
    }
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, await handle.fetchHistory(), workflowId);
  });
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

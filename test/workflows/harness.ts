/** How tests talk to an upgrade over a fake installation: the same words on the time-skipping server and on the dev server. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineSignal } from '@temporalio/workflow';
import { WorkflowFailedError, type Client, type WorkflowHandleWithFirstExecutionRunId, type WorkflowStartOptions } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { checkInstallation } from '../../src/installation/check.ts';
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { MessageName, Taken } from '../../src/upgrade/messages.ts';
import type { Phase, UpgradeSummary, UpgradeView } from '../../src/upgrade/view.ts';
import type { FakeInstallation } from './fake-installation.ts';
import type { FakeWorld } from './fake-world.ts';

export const TASK_QUEUE = 'lockkeeper';
/**
 * Client calls in tests have deadlines, well under vitest's own: one that hangs must fail the test that made it, and
 * that test must still end its upgrade and its worker, so that it fails alone.
 */
const DEADLINE = 20_000;
/** An upgrade that does not come to what a test waits for is given up after this. */
export const PATIENCE = 40_000;
/** A whole upgrade, of fifty hosts too, on a machine that does much else. */
const WHOLE_UPGRADE = 100_000;

/** How an upgrade ended that did not go well. */
export interface Ended { readonly type: string; readonly message: string; readonly summary: UpgradeSummary | undefined }

const CLOSED: readonly Phase[] = ['done', 'refused', 'aborted'];

/** A running upgrade that a test talks to. */
export class RunningUpgrade<World extends FakeWorld = FakeInstallation> {
  readonly handle: WorkflowHandleWithFirstExecutionRunId;
  readonly fake: World;
  readonly #passTime: PassTime;

  constructor(handle: WorkflowHandleWithFirstExecutionRunId, fake: World, passTime: PassTime) {
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

  /** A signal whose payload no client would make. */
  async signalRaw(signalName: MessageName, { metadata, data }: { readonly metadata: Readonly<Record<string, string>>; readonly data: string }): Promise<void> {
    const { client, workflowId } = this.handle;
    const payload = { metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value)])), data: Buffer.from(data) };
    await client.workflowService.signalWorkflowExecution({
      namespace: client.options.namespace, workflowExecution: { workflowId }, signalName, input: { payloads: [payload] },
    });
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
    await this.until((view) => !view.waitingFor.some((wait) => wait.id === id), `${id} being answered`).catch(unlessClosed);
    return id;
  }

  /** Answers whatever is asked until nothing will be any more: the first of these choices that is offered. Gates are approved. */
  async throughAll(...choices: readonly string[]): Promise<void> {
    const answered = new Set<string>();
    for (;;) {
      const view = await this.until(({ phase, waitingFor }) => CLOSED.includes(phase) || waitingFor.some(({ id }) => !answered.has(id)), 'a question or the end');
      const wait = view.waitingFor.find(({ id }) => !answered.has(id));
      if (!wait) return;
      answered.add(wait.id);
      const choice = choices.find((each) => wait.choices.some((offered) => offered === each));
      if (wait.kind === 'question' && choice === undefined) throw new Error(`${wait.id} offers ${wait.choices.join(', ')}: ${wait.asks}`);
      await this.signal(wait.kind === 'gate' ? 'approve' : 'answer', { gate: wait.id, question: wait.id, choice, by: 'tester' });
    }
  }

  /** The end of an upgrade that must go well. */
  done(): Promise<UpgradeSummary> {
    return inTime(this.handle.result() as Promise<UpgradeSummary>, 'result', WHOLE_UPGRADE);
  }

  /** The end of an upgrade that must not. */
  async ended(): Promise<Ended> {
    try {
      await inTime(this.handle.result(), 'result', WHOLE_UPGRADE);
    } catch (error) {
      const cause = error instanceof WorkflowFailedError ? error.cause as { type?: string; message: string; details?: unknown[] } | undefined : undefined;
      if (!cause) throw error;
      return { type: cause.type ?? '', message: cause.message, summary: cause.details?.[0] as UpgradeSummary | undefined };
    }
    throw new Error('the upgrade went well, but was expected to end early');
  }
}

function unlessClosed(error: unknown): void {
  if (!/completed|closed|not found/i.test(String(error))) throw error;
}

/** Lets the server's time pass; on a server with real time it only waits a moment. */
export type PassTime = (milliseconds: number) => Promise<void>;

/** Where an upgrade of a test runs, and how time passes there. */
export interface Where { readonly client: Client; readonly passTime: PassTime }

export async function begin<World extends FakeWorld>({ client, passTime }: Where, fake: World, options: Partial<WorkflowStartOptions> = {}): Promise<RunningUpgrade<World>> {
  const handle = await client.workflow.start(fake.runbook, {
    taskQueue: TASK_QUEUE, workflowId: upgradeId(fake), args: [fake.installation], ...options,
  } as WorkflowStartOptions);
  return new RunningUpgrade(handle, fake, passTime);
}

export function upgradeId(fake: FakeWorld): string {
  return `upgrade/${fake.installation.installation}`;
}

/** Core and its activities' failures are quiet: tests look at what the upgrade says. */
export function quiet(): void {
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'OFF', forward: {} } } });
}

export function notWronged(fake: FakeWorld): void {
  if (fake.violations.length > 0) throw new Error(`The hosts were wronged:\n${fake.violations.join('\n')}`);
}

export async function inTime<T>(call: Promise<T>, what: string, within = DEADLINE): Promise<T> {
  const deadline = new AbortController();
  const late = pause(within, undefined, { signal: deadline.signal }).then(() => { throw new Error(`${what}: no answer within ${within / 1000} s`); });
  late.catch(() => undefined);
  try {
    return await Promise.race([call, late]);
  } finally {
    deadline.abort();
  }
}

let serial = 0;

/** An installation by the real schema, under a name of its own. */
export function checked<Of extends Installation>(prefix: string, file: object): Of {
  serial += 1;
  const seen = checkInstallation({ installation: `${prefix}-${process.pid}-${serial}`, ...file });
  if ('problems' in seen) throw new Error(seen.problems.map((problem) => JSON.stringify(problem)).join('\n'));
  return seen.installation as Of;
}

/** A small installation, three application hosts and a daemon host. */
export function installation(policy: object = {}, changes: object = {}): OpsManagerInstallation {
  return checked<OpsManagerInstallation>('om', {
    product: 'ops-manager',
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
}

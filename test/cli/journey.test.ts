/** The command line against a real Temporal and the real runbook, over a fake installation. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { google } from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { connect } from '../../src/temporal/connect.ts';
import { freePort } from '../../src/temporal/free-port.ts';
import type { UpgradeView } from '../../src/upgrade/view.ts';
import type { Build } from '../../worker/bundle.ts';
import { workflowBuild } from '../workflows/one-build.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';
import { FakeInstallation } from '../workflows/fake-installation.ts';
import { installation } from '../workflows/harness.ts';
import { FakeTerminal, type Said } from './terminal.ts';

vi.setConfig({ testTimeout: 120_000 }); // whole upgrades, on machines that do other things too

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-cli-'));
let server: DevServer;
let build: Build;
const workers: RunningWorker[] = [];

beforeAll(async () => {
  server = await startDevServer({ uiPort: false });
  build = await workflowBuild();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A world of its own for each test: an installation, its file, a task queue that only its worker serves. */
class World {
  readonly fake: FakeInstallation;
  readonly name: string;
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(policy: object = {}) {
    this.fake = new FakeInstallation(installation({
      approve: ['start', 'each-host'], soak: '1s', backupDaemons: { for: '1s', attempts: 1, every: '1s', settle: '1s' }, ...policy,
    }));
    this.name = this.fake.installation.installation;
    this.file = join(folder, `${this.name}.json`);
    this.environment = { LOCKKEEPER_TASK_QUEUE: this.name };
    writeFileSync(this.file, JSON.stringify(this.fake.installation));
  }

  async worker(): Promise<RunningWorker> {
    const worker = await startWorker({
      where: { address: server.address }, build, activities: this.fake.activities(), config: { taskQueue: this.name, logLevel: 'ERROR' },
      graceTime: 100, forceTime: 2_000,
    });
    workers.push(worker);
    return worker;
  }

  /** Runs a command that talks to this test's Temporal. */
  async say(...words: string[]): Promise<Said> {
    const terminal = new FakeTerminal(this.environment);
    const code = await runCli([...words, '--address', server.address], terminal);
    return { code, out: terminal.out, err: terminal.err };
  }

  /** Starts the upgrade and lets everything through until it is closed. */
  async untilClosed(): Promise<Said> {
    for (;;) {
      const waited = await this.say('wait', this.name);
      if (waited.code !== 3) return waited;
      const command = /lockkeeper (approve|answer) .*/.exec(waited.out)?.[0];
      if (command === undefined) throw new Error(`nothing to answer in: ${waited.out}`);
      expect((await this.say(...command.split(' ').slice(1))).code).toBe(0);
    }
  }
}

async function handleOf<T>(name: string, use: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
  const { client, close } = await connect({ address: server.address });
  try {
    return await use(client.workflow.getHandle(`upgrade/${name}`));
  } finally {
    await close();
  }
}

describe('one upgrade from the command line', () => {
  it('waits at gates with exit code 3, takes approvals and answers, and ends with a report of every step and person', async () => {
    const world = new World();
    world.fake.host('bkp-1').busy = Infinity;
    await world.worker();

    const started = await world.say('start', world.file);
    expect(started).toMatchObject({ code: 0, err: '' });
    expect(started.out).toContain(`lockkeeper watch ${world.name}`);

    const gate = await world.say('wait', world.name);
    expect(gate.code).toBe(3);
    expect(gate.out).toContain(`lockkeeper approve ${world.name} start`);
    expect((await world.say('status', world.name)).code).toBe(3);

    const lines = new FakeTerminal(world.environment);
    const watched = runCli(['watch', world.name, '--address', server.address], lines);

    const early = await world.say('approve', world.name, 'host:om-3', '--by', 'anna', '--note', 'change 4711');
    expect(early).toMatchObject({ code: 0 });
    expect(early.out).toContain('not open yet');
    expect((await world.say('approve', world.name, 'start', '--by', 'anna')).code).toBe(0);

    const question = await world.say('wait', world.name);
    expect(question.out).toMatch(/question backup-daemons:1/);
    expect((await world.say('answer', world.name, 'backup-daemons:1', 'stop', '--by', 'bert')).code).toBe(0);
    expect(await world.untilClosed()).toMatchObject({ code: 0 });

    expect(await watched).toBe(0);
    expect(lines.out).toMatch(/waiting for a person since .*: gate start/);
    expect(lines.out).toMatch(new RegExp(`${world.name} done: `));
    const { timeline } = await handleOf(world.name, (handle) => handle.query<UpgradeView>('status'));
    const told = lines.out.split('\n').filter((line) => /^\d\d:\d\d:\d\d {2}/.test(line)).map((line) => line.split('  ').slice(1).join('  '));
    expect(told.slice(-timeline.length), 'every line once, to the last one').toEqual(timeline.map(({ host, step, outcome, by }) =>
      [host, step, outcome, by === undefined ? undefined : `by ${by}`].filter((word) => word !== undefined).join('  ')));
    expect(new Set(told.filter((line) => / install {2}done/.test(line))).size).toBe(4);

    const report = await world.say('report', world.name);
    expect(report.code).toBe(0);
    expect(report.out.split('\n')[0]).toContain('done on 4 hosts');
    expect(report.out).toContain('change 4711');
    expect(report.out).toMatch(/bert \| answered stop to backup-daemons:1/);
    expect(report.out).toMatch(/Monitoring was reachable in 10 of 10 probes/);
    const { approvals, steps, end } = JSON.parse((await world.say('report', world.name, '-o', 'json')).out) as { approvals: { gate: string; by: string; approvedAt: string; passedAt: string; waitedSince: string | null }[]; steps: { activity: string; host: string; outcome: string; evidence: string }[]; end: string };
    const om3 = approvals.find(({ gate: id }) => id === 'host:om-3');
    expect(om3).toMatchObject({ by: 'anna', waitedSince: null });
    expect((om3?.passedAt ?? '') > (om3?.approvedAt ?? '')).toBe(true);
    expect(steps.filter(({ activity }) => activity === 'installPackage').map(({ host, outcome }) => `${host} ${outcome}`))
      .toEqual(['om-1 done', 'om-2 done', 'om-3 done', 'bkp-1 done']);
    expect(end).toBe('done');
    expect((await world.say('status', world.name)).code).toBe(0);
  });
});

describe('without a worker', () => {
  it('start, approve and status end with 5, and what was said is done once a worker runs', async () => {
    const world = new World({ approve: ['start'] });
    const started = await world.say('start', world.file);
    expect(started.code).toBe(5);
    expect(started.out).toMatch(/recorded; no worker is running to act on it/);

    const status = await world.say('status', world.name);
    expect(status.code).toBe(5);
    expect(status.out).toMatch(/No worker is running/);

    const again = await world.say('start', world.file);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.err).toMatch(new RegExp(`^Not started: an upgrade of ${world.name} runs since .* lockkeeper status ${world.name}\\n$`));

    const approved = await world.say('approve', world.name, 'start');
    expect(approved.code).toBe(5);
    expect(approved.out).toMatch(/recorded; no worker is running/);

    await world.worker();
    expect(await world.untilClosed()).toMatchObject({ code: 0 });
    expect(world.fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'om-3': 1, 'bkp-1': 1 });
    const { approvals } = JSON.parse((await world.say('report', world.name, '-o', 'json')).out) as { approvals: unknown[] };
    expect(approvals).toHaveLength(1);
  });

  it('plan says that nobody looked, and leaves nothing behind', async () => {
    const world = new World();
    expect(await world.say('plan', world.file)).toMatchObject({ code: 5, out: '', err: expect.stringMatching(/^No worker is running/) as string });
    const { client, close } = await connect({ address: server.address });
    expect((await client.workflow.getHandle(`plan/${world.name}`).describe()).status.name).toBe('TERMINATED');
    await close();
  });
});

describe('where something is missing', () => {
  it('watch says when no worker answers and when one does again, and tells nothing twice', async () => {
    const world = new World({ approve: ['start'] });
    const worker = await world.worker();
    await world.say('start', world.file);
    await world.say('wait', world.name);
    const lines = new FakeTerminal(world.environment);
    const watched = runCli(['watch', world.name, '--address', server.address], lines);
    while (!lines.out.includes('gate start')) await pause(50);
    await worker.stop();
    expect((await world.say('hold', world.name)).code).toBe(5);
    while (!lines.out.includes('no worker is running')) await pause(50);
    await world.worker();
    while (!lines.out.includes('a worker answers')) await pause(50);
    expect((await world.say('abort', world.name)).code).toBe(0);
    expect(await watched).toBe(1);
    expect(lines.out.match(/preflight before start/g)).toHaveLength(1);
    expect(lines.out.match(/: gate start: /g)).toHaveLength(1);
  });

  it('start warns once where the search attributes are not registered, and starts without them', async () => {
    const namespace = 'bare';
    const { connection, close } = await connect({ address: server.address });
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: google.protobuf.Duration.fromObject({ seconds: 86_400 }) });
    await close();
    const world = new World();
    for (let tries = 0; tries < 100 && /namespace/i.test((await world.say('list', '--namespace', namespace)).err); tries += 1) await pause(200); // a new one is known after a while
    const started = await world.say('start', world.file, '--namespace', namespace);
    expect(started.code).toBe(5);
    expect(started.err.match(/search attributes are not registered/g)).toHaveLength(1);
    expect((await world.say('status', world.name, '--namespace', namespace)).code).toBe(5);
  });

  it('watch outlives a restart of Temporal, and shows what came after', async () => {
    const options = { dbFile: join(folder, 'restarted.db'), port: await freePort(), uiPort: false as const };
    const address = `127.0.0.1:${options.port}`;
    let own = await startDevServer(options);
    const world = new World({ approve: ['start'] });
    const say = async (...words: string[]): Promise<number> => runCli([...words, '--address', address], new FakeTerminal(world.environment));
    expect(await say('start', world.file)).toBe(5);
    const lines = new FakeTerminal(world.environment);
    const watched = runCli(['watch', world.name, '--address', address], lines);
    while (!lines.out.includes('no worker is running')) await pause(50);
    await own.stop();
    own = await startDevServer(options);
    await say('abort', world.name, '--by', 'anna');
    const worker = await startWorker({ where: { address }, build, activities: world.fake.activities(), config: { taskQueue: world.name, logLevel: 'ERROR' }, graceTime: 100, forceTime: 2_000 });
    expect(await watched).toBe(1);
    expect(lines.out).toMatch(/aborted: Aborted/);
    await worker.stop();
    await own.stop();
  });
});

describe('what goes another way', () => {
  it('refused: ends with 1, names every reason, and the plan says so beforehand', async () => {
    const world = new World();
    world.fake.findings = [
      { host: 'om-2', subject: 'disk', verdict: 'refused', says: '100 MB are free, 2 GB are needed. Make room in /opt.' },
      { host: 'om-3', subject: 'clock', verdict: 'refused', says: 'It is 9 s behind om-1. Look at its time service.' },
    ];
    await world.worker();
    const plan = await world.say('plan', world.file);
    expect(plan.code).toBe(1);
    expect(plan.out).toMatch(/sudo dpkg -i/);
    expect(plan.out).toMatch(/refused +om-2, disk: 100 MB are free/);
    await world.say('start', world.file);
    const waited = await world.say('wait', world.name);
    expect(waited.code).toBe(1);
    expect(waited.out).toMatch(/refused, nothing was touched:\n {2}om-2: 100 MB are free.* Make room in \/opt\.\n {2}om-3: It is 9 s behind om-1\. .*\n$/);
    expect((await world.say('status', world.name)).code).toBe(1);
  });

  it('aborted after the first host: the report says first that Ops Manager stays read-only and backups are not running', async () => {
    const world = new World();
    await world.worker();
    await world.say('start', world.file);
    await world.say('approve', world.name, 'start');
    expect((await world.say('wait', world.name)).out).toContain('host:om-2');
    expect((await world.say('abort', world.name, '--note', 'storage is down')).code).toBe(0);
    expect((await world.say('wait', world.name)).code).toBe(1);
    const report = await world.say('report', world.name);
    expect(report.code).toBe(1);
    expect(report.out.split('\n')[0]).toMatch(/read-only.*backups are not running/);
    expect(report.out).toContain('storage is down');
  });

  it('terminated after the first host: status and report say what is left behind, without a worker', async () => {
    const world = new World();
    const worker = await world.worker();
    await world.say('start', world.file);
    await world.say('approve', world.name, 'start');
    await world.say('wait', world.name);
    const lines = new FakeTerminal(world.environment);
    const watched = runCli(['watch', world.name, '--address', server.address], lines);
    while (!lines.out.includes('gate host:om-2')) await pause(20);
    await worker.stop();
    await handleOf(world.name, (handle) => handle.terminate('by mistake'));
    expect(await watched).toBe(1);
    expect(lines.out).toMatch(new RegExp(`No worker tells what was done last: lockkeeper report ${world.name}\\n.* terminated: .*\\n$`));
    const status = await world.say('status', world.name);
    expect(status.code).toBe(1);
    expect(status.out).toMatch(/lockkeeper doctor FILE/);
    const report = await world.say('report', world.name);
    expect(report.out.split('\n')[0]).toMatch(/terminated .*"by mistake".*read-only.*backups are not running/);
  });

  it('held and resumed: wait says who holds it, and both are in the report', async () => {
    const world = new World();
    await world.worker();
    await world.say('start', world.file);
    await world.say('wait', world.name);
    expect((await world.say('hold', world.name, '--by', 'anna', '--note', 'storage team')).code).toBe(0);
    expect((await world.say('status', world.name)).out).toMatch(/ON HOLD [^]* by\s+anna:\s+storage\s+team/);
    expect((await world.say('resume', world.name, '--by', 'bert')).code).toBe(0);
    expect((await world.say('hold', world.name, '--by', 'anna')).code).toBe(0);
    expect((await world.say('status', world.name)).out).toMatch(/ON HOLD/);
    await world.say('resume', world.name, '--by', 'bert');
    const { holds } = JSON.parse((await world.say('report', world.name, '-o', 'json')).out) as { holds: object[] };
    expect(holds).toMatchObject([{ by: 'anna', reason: 'storage team', resumedBy: 'bert' }, { by: 'anna', resumedBy: 'bert' }]);
    await world.say('abort', world.name);
  });

  it('a message that fits nothing: one sentence and 2', async () => {
    const world = new World();
    await world.worker();
    await world.say('start', world.file);
    await world.say('wait', world.name);
    expect(await world.say('approve', world.name, 'host:om-9')).toMatchObject({ code: 2, err: expect.stringMatching(/There is no gate "host:om-9"/) as string });
    expect(await world.say('answer', world.name, 'stop:om-1:7', 'retry')).toMatchObject({ code: 2, err: expect.stringMatching(/^Not taken: /) as string });
    await world.say('abort', world.name);
    expect((await world.say('wait', world.name)).code).toBe(1);
    expect(await world.say('approve', world.name, 'start')).toMatchObject({ code: 2, err: expect.stringMatching(/ended at .* \(aborted\)/) as string });
    for (const run of ['last week', '00000000-0000-4000-8000-000000000000']) {
      expect(await world.say('report', world.name, '--run', run)).toMatchObject({ code: 2, err: expect.stringContaining(`no upgrade with the run id "${run}"`) as string });
    }
  });

  it('an upgrade that never was: one sentence and 2', async () => {
    const world = new World();
    for (const words of [['status', 'no-such'], ['report', 'no-such'], ['approve', 'no-such', 'start'], ['wait', 'no-such']]) {
      expect(await world.say(...words)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^There is no upgrade of "no-such"/) as string });
    }
  });

  it('list shows what waits for whom', async () => {
    const world = new World();
    await world.worker();
    await world.say('start', world.file);
    await world.say('wait', world.name);
    let listed = await world.say('list');
    for (let looks = 0; looks < 50 && !/ start /.test(listed.out); looks += 1) { // lists lag behind by up to a second
      await pause(100);
      listed = await world.say('list');
    }
    expect(listed.out).toMatch(new RegExp(`${world.name} +preflight +start +\\d{4}-`));
    await world.say('abort', world.name);
  });
});

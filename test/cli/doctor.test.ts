/** Doctor, against a real Temporal and against simulated hosts that answer real SSH. */
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { loadInstallation } from '../../src/installation/load.ts';
import { createSecrets } from '../../src/secrets/secrets.ts';
import { writeInstallationFile } from '../../src/simulation/installation-file.ts';
import { startSimulatedInstallation, type SimulatedInstallation } from '../../src/simulation/simulated-installation.ts';
import { createHosts } from '../../src/ssh/hosts.ts';
import type { HostLock, HostSession, Hosts } from '../../src/ssh/port.ts';
import { clusterId } from '../../src/temporal/cluster.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { freePort } from '../../src/temporal/free-port.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { startWorker } from '../../worker/worker.ts';
import { FakeTerminal, type Said } from './terminal.ts';

let server: DevServer;
let temporal: Connected;
let simulation: SimulatedInstallation;
let hosts: Hosts;
let file: string;

beforeAll(async () => {
  server = await startDevServer({ uiPort: false });
  temporal = await connect({ address: server.address });
  simulation = await startSimulatedInstallation({ installSeconds: 1, jobSeconds: 600 });
  file = writeInstallationFile(simulation);
  hosts = createHosts({ folder: simulation.folder, env: process.env, secrets: createSecrets({ folder: simulation.folder, env: process.env }) });
});
afterAll(async () => {
  await hosts?.close();
  await simulation?.close();
  await temporal?.close();
  await server?.stop();
});

async function doctor(...words: string[]): Promise<Said> {
  const terminal = new FakeTerminal({ ...process.env, LOCKKEEPER_FOLDER: simulation.folder });
  const code = await runCli(['doctor', ...words, '--address', server.address], terminal);
  return { code, out: terminal.out.replaceAll(/\s+/g, ' '), err: terminal.err };
}

async function session(name: string): Promise<HostSession> {
  const loaded = await loadInstallation(file);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  const host = loaded.installation.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return hosts.session(host);
}

/** A lock of an upgrade of that name, which is started if it is to be open. */
async function lockOf(workflowId: string, more: Partial<HostLock> = {}): Promise<HostLock> {
  const handle = await temporal.client.workflow.start('opsManagerUpgrade', { workflowId, taskQueue: 'nobody', args: [{}] });
  return { clusterId: await clusterId(temporal), namespace: 'default', workflowId, firstExecutionRunId: handle.firstExecutionRunId, stepNumber: 7, ...more };
}

describe('doctor on Temporal', () => {
  it('says that no worker runs and which upgrades nobody answers for, each with the way out', async () => {
    const { firstExecutionRunId, workflowId } = await lockOf('upgrade/om-alone');
    let said = await doctor();
    for (let looks = 0; looks < 50 && !said.out.includes('om-alone'); looks += 1) { // lists lag behind by up to a second
      await pause(100);
      said = await doctor();
    }
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/ok Temporal: Version [\d.]+ answers at/);
    expect(said.out).toMatch(/ok search attributes: They are registered/);
    expect(said.out).toMatch(/wrong worker: None has asked task queue lockkeeper .* lockkeeper worker/);
    expect(said.out).toMatch(/wrong upgrade of om-alone: No worker answers for it/);
    await temporal.client.workflow.getHandle(workflowId, firstExecutionRunId).terminate();
  });

  it('finds the upgrade whose workflow task fails, and says why; status says the same, and does not blame a missing worker', async () => {
    const build = await bundleWorkflows(fileURLToPath(new URL('stuck-workflow.ts', import.meta.url)));
    const worker = await startWorker({ where: { address: server.address }, build, activities: { none: async () => undefined }, config: { taskQueue: 'stuck', logLevel: 'ERROR' } });
    const handle = await temporal.client.workflow.start('opsManagerUpgrade', { workflowId: 'upgrade/om-stuck', taskQueue: 'stuck', args: [{}] });
    try {
      for (;;) {
        const { raw } = await handle.describe();
        if ((raw.pendingWorkflowTask?.attempt ?? 0) > 2) break;
        await pause(100);
      }
      const terminal = new FakeTerminal(process.env);
      await runCli(['status', 'om-stuck', '--address', server.address], terminal);
      expect(terminal.out).toMatch(/worker cannot go on/);
      expect((await doctor()).out).toMatch(/wrong upgrade of om-stuck: Its workflow task fails: no such word in this runbook/);
    } finally {
      await handle.terminate();
      await worker.stop();
    }
  });
});

describe('doctor on hosts', () => {
  it('sees hosts without locks', async () => {
    expect((await doctor(file)).out).toMatch(/ok lock on om-1: There is none\. .*ok lock on bkp-1: There is none\./);
  });

  it('tells the lock of an open upgrade from one of an ended upgrade and one of another Temporal', async () => {
    const open = await lockOf('upgrade/om-open');
    const ended = await lockOf('upgrade/om-ended');
    await temporal.client.workflow.getHandle('upgrade/om-ended').terminate();
    await (await session('om-1')).takeLock(open);
    await (await session('om-2')).takeLock(ended);
    await (await session('om-3')).takeLock({ ...open, clusterId: 'b7b5b1a0-0000-4000-8000-000000000000' });
    const { code, out } = await doctor(file);
    expect(code).toBe(1);
    expect(out).toMatch(/ok lock on om-1: It is held by upgrade\/om-open, run \S+, at its step 7\. That upgrade is open: the lock is right\./);
    expect(out).toMatch(/wrong lock on om-2: It is held by upgrade\/om-ended, .* has ended: the next `lockkeeper start` takes the lock over by itself\./);
    expect(out).toMatch(/wrong lock on om-3: .* belongs to another Temporal \(cluster b7b5b1a0/);
  });

  it('clears a lock only by explicit word, never the one of an open upgrade', async () => {
    expect((await doctor(file, '--clear-lock', 'om-1')).out).toMatch(/Not cleared: upgrade\/om-open is open and at work\. End it first: lockkeeper abort om-open/);
    expect(await (await session('om-1')).readLock()).not.toBeNull();
    expect((await doctor(file, '--clear-lock', 'om-3')).out).toMatch(/Cleared\. It was held by upgrade\/om-open/);
    expect(await (await session('om-3')).readLock()).toBeNull();
    expect(await doctor(file, '--clear-lock', 'om-9')).toMatchObject({ code: 2, err: expect.stringMatching(/has no host "om-9"\. Its hosts: om-1, om-2, om-3, bkp-1\./) as string });
    expect(await doctor('--clear-lock', 'om-1')).toMatchObject({ code: 2, err: expect.stringMatching(/needs the installation file/) as string });
  });

  it('shows locks without Temporal, too, and then ends with 4', async () => {
    const terminal = new FakeTerminal({ ...process.env, LOCKKEEPER_FOLDER: simulation.folder });
    const code = await runCli(['doctor', file, '--address', `127.0.0.1:${await freePort()}`], terminal);
    expect(code).toBe(4);
    expect(terminal.out.replaceAll(/\s+/g, ' ')).toMatch(/wrong Temporal: Temporal does not answer .* lock on om-2: It is held by upgrade\/om-ended, .* could not be seen here/);
  });

  it('says which host cannot be reached, and looks at the others', async () => {
    const broken = join(simulation.folder, 'broken.yaml');
    const loaded = await loadInstallation(file);
    if ('problems' in loaded) throw new Error('the file is fine');
    const port = await freePort();
    writeFileSync(broken, JSON.stringify({ ...loaded.installation, hosts: loaded.installation.hosts.map((host) => (host.name === 'bkp-1' ? { ...host, ssh: { ...host.ssh, port } } : host)) }));
    const { out, code } = await doctor(broken);
    expect(code).toBe(1);
    expect(out).toMatch(/unknown lock on bkp-1: It could not be read: /);
    expect(out).toMatch(/lock on om-1: It is held by/);
  });
});

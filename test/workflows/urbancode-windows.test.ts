/** Upgrades of UrbanCode Deploy with a Windows node: a person types there what is shown, and only what is seen counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealTime } from './dev-server.ts';
import { servers, type FakeServers } from './fake-servers.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(); });
afterAll(async () => { await env?.end(); });

const PACKAGE = { file: 'ucd.zip', sha256: 'a'.repeat(64) };
const host = (name: string, address: string, role = 'server') => ({ name, address, platform: 'linux', roles: [role], installDir: '/opt/ucd/server', runAs: 'ucd' });
const WINDOWS = { ...host('ucd-w', '10.0.1.9'), platform: 'windows', installDir: 'C:\\ucd\\server', service: { name: 'ucd' } };
const LINUX = [host('ucd-1', '10.0.1.1'), host('ucd-3', '10.0.1.3', 'standby')] as const;

/** A Linux server, a Windows server, a Linux standby; or the Windows server first. */
function mixed(policy: object = {}, hosts: readonly object[] = [LINUX[0], WINDOWS, LINUX[1]]): FakeServers {
  return servers(policy, { hosts, target: { version: '7.3.2.1', packages: { linux: PACKAGE, windows: PACKAGE } } });
}

/** What a person does at the Windows node. */
function typed(fake: FakeServers, what: 'stop' | 'install' | 'start'): void {
  const at = fake.host('ucd-w');
  if (what === 'stop') Object.assign(at, { alive: null, pidFile: false });
  if (what === 'install') [at.installed, fake.database] = [fake.target, fake.target];
  if (what === 'start') Object.assign(at, { alive: at.installed, pidFile: true });
}

const asked = async (upgrade: RunningUpgrade<FakeServers>, id: string) => {
  const full = await upgrade.waitsFor(id);
  return (await upgrade.status()).waitingFor.find((each) => each.id === full);
};

/** Done, and said so. */
async function does(upgrade: RunningUpgrade<FakeServers>, what: 'stop' | 'install' | 'start', id = `${what}:ucd-w`): Promise<void> {
  const full = await upgrade.waitsFor(id);
  typed(upgrade.fake, what);
  await upgrade.answer(full, 'done-by-hand');
}

describe('a Windows node', () => {
  it.concurrent.each([['after a Linux node', [LINUX[0], WINDOWS, LINUX[1]]], ['first of all', [WINDOWS, LINUX[0], LINUX[1]]]])('%s is stopped, installed and started by a person; what is claimed and not so is asked again, and no installer begins on it', async (_, hosts) => {
    const fake = mixed({}, hosts);
    await env.upgrading(fake, async (upgrade) => {
      for (const what of ['stop', 'install', 'start'] as const) {
        expect(await asked(upgrade, `${what}:ucd-w`)).toMatchObject({ asks: expect.stringMatching(/^Please .*ucd-w.*, as shown below\. "done-by-hand" has it checked\.$/) as string, choices: expect.arrayContaining(['done-by-hand', 'wait']) as string[], evidence: expect.stringContaining('type: ') as string });
        await upgrade.answer(`${what}:ucd-w:1`, 'done-by-hand');
        await upgrade.waitsFor(`${what}:ucd-w:2`);
        if (what === 'stop') expect(fake.installs).toEqual({});
        await does(upgrade, what);
      }
      await upgrade.done();
    });
    expect([fake.serving(), fake.installs]).toEqual([{ 'ucd-1': fake.target, 'ucd-w': fake.target, 'ucd-3': null }, { 'ucd-1': 1, 'ucd-3': 1 }]);
    expect(fake.acts.filter((act) => act.endsWith('Autostart:ucd-w'))).toEqual([]);
  });

  it.concurrent('may be started before anybody says that it is installed: that is no server beside the installer', async () => {
    const fake = mixed();
    await env.upgrading(fake, async (upgrade) => {
      await does(upgrade, 'stop');
      const id = await upgrade.waitsFor('install:ucd-w');
      typed(fake, 'install');
      typed(fake, 'start');
      await upgrade.answer(id, 'done-by-hand');
      await upgrade.done();
      expect((await upgrade.status()).timeline.filter(({ step, host: name }) => name === 'ucd-w' && /again|question|intruder/.test(step))).toEqual([]);
      expect((await upgrade.status()).timeline).toContainEqual(expect.objectContaining({ step: 'install', host: 'ucd-w', outcome: 'not so yet' }));
    });
    expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-w': fake.target, 'ucd-3': null });
  });

  it.concurrent('that lives again keeps every installer from beginning, whatever is claimed', async () => {
    const fake = mixed({ approve: ['first-installer'] });
    await env.upgrading(fake, async (upgrade) => {
      await does(upgrade, 'stop');
      await upgrade.waitsFor('first-installer');
      typed(fake, 'start');
      await upgrade.approve('first-installer');
      expect(await asked(upgrade, 'full-stop')).toMatchObject({ asks: expect.stringContaining('one lives on ucd-w') as string });
      await upgrade.answer('full-stop', 'stop');
      await upgrade.answer('stop-again:ucd-w', 'done-by-hand');
      await upgrade.waitsFor('stop-again:ucd-w:2');
      expect(fake.installs).toEqual({});
      await does(upgrade, 'stop', 'stop-again:ucd-w');
      await does(upgrade, 'install');
      await does(upgrade, 'start');
      await upgrade.done();
    });
  });
});

describe('an abort with a Windows node', () => {
  it.concurrent('that nobody has stopped yet puts it back in service like the others', async () => {
    const fake = mixed();
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('stop:ucd-w');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toContain('before the first installer: all is as it was.');
    });
    expect(fake.serving()).toEqual({ 'ucd-1': fake.from, 'ucd-w': fake.from, 'ucd-3': null });
  });

  it.concurrent('that was stopped starts the others, and says that a person must start it and put it back', async () => {
    const fake = mixed({ approve: ['first-installer'] });
    await env.upgrading(fake, async (upgrade) => {
      await does(upgrade, 'stop');
      await upgrade.waitsFor('first-installer');
      await upgrade.abort();
      const { message } = await upgrade.ended();
      expect(message).toContain('the old version is whole, but not all is as it was. Not everything could be put in order: a person must start ucd-w again by its service, then put it back in the load balancer.');
      expect(message).not.toContain('still off');
    });
    expect([fake.alive(), fake.serving()]).toEqual([{ 'ucd-1': fake.from, 'ucd-w': null, 'ucd-3': null }, { 'ucd-1': fake.from, 'ucd-w': null, 'ucd-3': null }]);
  });

  it.concurrent('at whose first installer it waits starts no old server, now or in the next upgrade, for a person may have begun it', async () => {
    const fake = mixed({}, [WINDOWS, ...LINUX]);
    await env.upgrading(fake, async (upgrade) => {
      await does(upgrade, 'stop');
      expect(await asked(upgrade, 'install:ucd-w')).toMatchObject({ choices: ['done-by-hand', 'wait', 'abort'] });
      await upgrade.answer('install:ucd-w', 'abort');
      expect((await upgrade.ended()).message).toMatch(/The installer on ucd-w may still run, or has ended half-way.* The database may be 7\.3\.2\.1 already: never start an old server on it/);
    });
    expect(fake.alive()).toEqual({ 'ucd-1': null, 'ucd-w': null, 'ucd-3': null });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('install:ucd-w');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toContain('never start an old server on it');
    });
    expect(fake.alive()).toEqual({ 'ucd-1': null, 'ucd-w': null, 'ucd-3': null });
    await env.upgrading(fake, async (upgrade) => {
      await does(upgrade, 'install');
      await does(upgrade, 'start');
      await upgrade.done();
    });
    expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-w': fake.target, 'ucd-3': null });
  });
});

it.concurrent('a Windows node may be left stopped, proven down, which Windows itself may end; the next upgrade goes on with it', async () => {
  const fake = mixed();
  await env.upgrading(fake, async (upgrade) => {
    await does(upgrade, 'stop');
    expect(await asked(upgrade, 'install:ucd-w')).toMatchObject({ choices: ['done-by-hand', 'wait', 'leave-stopped', 'abort'] });
    typed(fake, 'start'); // somebody else: it is the old one
    await upgrade.answer('install:ucd-w', 'leave-stopped');
    await does(upgrade, 'stop', 'stop-again:ucd-w');
    const { headline } = await upgrade.done();
    expect(headline).toContain('done on 2 of 3 hosts. Left stopped: ucd-w (7.0.5.1). Windows may start the service of ucd-w at its next boot: set it to manual. Never start an old server');
  });
  expect(fake.alive()).toEqual({ 'ucd-1': fake.target, 'ucd-w': null, 'ucd-3': null });
  await env.upgrading(fake, async (upgrade) => {
    await does(upgrade, 'install');
    await does(upgrade, 'start');
    expect((await upgrade.done()).headline).toContain('done on 3 of 3 hosts');
  });
  expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-w': fake.target, 'ucd-3': null });
});

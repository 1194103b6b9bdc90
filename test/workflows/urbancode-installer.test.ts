/** An upgrade of UrbanCode Deploy from its first installer on: what comes up beside it, how it ends, and how servers start. */
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { continuingAsNewAfter, RealTime } from './dev-server.ts';
import { failed } from './fake-outcomes.ts';
import { servers, type FakeServers } from './fake-servers.ts';

let env: RealTime;
/** Few enough events that upgrades continue as new on the way. */
beforeAll(async () => { env = await RealTime.begin(continuingAsNewAfter(60)); });
afterAll(async () => { await env?.end(); });

const RESTORE = { database: { backups: [{ host: 'ucd-1', command: 'backup', verify: 'true', maxAge: '4h' }], restore: [{ host: 'ucd-1', command: 'restore-all' }] } };
const DOWN = { 'ucd-1': null, 'ucd-2': null, 'ucd-3': null };

function upgraded(fake: FakeServers): void {
  expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-2': fake.target, 'ucd-3': null });
  expect([...fake.hosts.values()].map(({ installed, autostart, locked }) => [installed, autostart, locked])).toEqual([[fake.target, true, null], [fake.target, true, null], [fake.target, true, null]]);
  expect(fake.maintenance).toBe(false);
}

/** Installer tokens of a host, by the number of the decided try. */
const tries = (fake: FakeServers, host: string) => fake.tokens.filter((token) => token.includes(`/install:${host}#`)).map((token) => token.split('#')[1]);

/** Something starts the old server of ucd-2 while the first installer runs, which goes on until that is stopped. */
function intruded(): FakeServers {
  const fake = servers();
  fake.whileInstalling = async (name) => {
    if (name !== 'ucd-1') return;
    Object.assign(fake.host('ucd-2'), { alive: fake.from, pidFile: true });
    while (fake.host('ucd-2').alive !== null) await pause(20);
  };
  return fake;
}

describe('a server that comes up beside the installer', () => {
  it.concurrent('is stopped at once and asked about before anything is started; a person\'s word stands in the report', async () => {
    const fake = intruded();
    await env.upgrading(fake, async (upgrade) => {
      const id = await upgrade.waitsFor('intruder:ucd-2');
      const wait = (await upgrade.status()).waitingFor.find((each) => each.id === id);
      expect(wait).toMatchObject({ choices: ['keep-mine', 'abort'], asks: expect.stringContaining('may have damaged the database') as string });
      await upgrade.until(() => fake.host('ucd-1').installed === fake.target, 'the end of the installer');
      expect([fake.alive(), fake.mostBesideFirstInstaller, fake.acts.includes('startServer:ucd-1')]).toEqual([DOWN, 1, false]);
      await upgrade.answer('intruder:ucd-2', 'keep-mine');
      expect((await upgrade.done()).headline).toContain('A server lived on ucd-2 beside the installer on ucd-1; tester has looked at the database.');
    });
    upgraded(fake);
    expect(fake.installs).toEqual({ 'ucd-1': 1, 'ucd-2': 1, 'ucd-3': 1 });
  });

  it.concurrent('and answered with abort: the installer is seen to its end, nothing is started, and the state is told', async () => {
    const fake = intruded();
    let finish = () => {};
    const stopped = fake.whileInstalling;
    fake.whileInstalling = async (name) => { await stopped(name); await new Promise<void>((resolve) => { finish = resolve; }); };
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('intruder:ucd-2', 'abort');
      expect((await upgrade.status()).phase).toBe('upgrading');
      finish();
      expect((await upgrade.ended()).message).toMatch(/The database may be 7\.3\.2\.1 already: never start an old server on it\..*nobody has looked at the database\. ucd-1: 7\.3\.2\.1/);
    });
    expect([fake.host('ucd-1').installed, fake.alive(), fake.locks()]).toEqual([fake.target, DOWN, [null, null, null]]);
  });

  it.concurrent('and comes again while a person is asked is stopped again, and what brings it up is switched off; the person is asked once', async () => {
    const fake = servers();
    const ucd2 = fake.host('ucd-2');
    fake.whileInstalling = async (name) => {
      for (let times = 0; name === 'ucd-1' && times < 2; times += 1) {
        Object.assign(ucd2, { alive: fake.from, pidFile: true, autostart: true });
        while (ucd2.alive !== null) await pause(20);
      }
    };
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('intruder:ucd-2');
      await upgrade.until(() => fake.host('ucd-1').installed === fake.target, 'the end of the installer');
      expect([fake.alive(), ucd2.autostart]).toEqual([DOWN, false]);
      await upgrade.answer('intruder:ucd-2:1', 'keep-mine');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('and cannot be stopped keeps nobody from seeing, and stopping, another one meanwhile', async () => {
    const fake = servers();
    const [ucd2, ucd3] = [fake.host('ucd-2'), fake.host('ucd-3')];
    fake.whileInstalling = async (name) => {
      if (name !== 'ucd-1') return;
      Object.assign(ucd2, { alive: fake.from, pidFile: true, obeys: 'nothing' });
      while ([ucd2, ucd3].some(({ alive }) => alive !== null)) await pause(20);
    };
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('stop-again:ucd-2');
      Object.assign(ucd3, { alive: fake.from, pidFile: true });
      await upgrade.waitsFor('intruder:ucd-3');
      expect(fake.alive()).toEqual({ ...DOWN, 'ucd-2': fake.from });
      await upgrade.answer('intruder:ucd-3', 'keep-mine');
      ucd2.obeys = 'script';
      await upgrade.answer('stop-again:ucd-2', 'retry');
      await upgrade.answer('intruder:ucd-2', 'keep-mine');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('in its last moment is found before the first server starts; a watch that broke is begun again', async () => {
    const fake = servers();
    fake.fault('watchForServers', (times) => { if (times === 1) throw ApplicationFailure.nonRetryable('the parser was surprised'); });
    let finish = () => {};
    fake.whileInstalling = (name) => (name === 'ucd-1' ? new Promise<void>((resolve) => { finish = resolve; }) : Promise.resolve());
    fake.fault('lookAtFullStop', (times) => { if (times === 3) fake.host('ucd-2').alive = fake.from; });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.until(({ timeline }) => timeline.some(({ outcome }) => outcome === 'ended early, and is begun again: the parser was surprised'), 'the end of the watch');
      finish();
      await upgrade.waitsFor('intruder:ucd-2');
      expect([fake.alive(), fake.acts.includes('startServer:ucd-1')]).toEqual([DOWN, false]);
      await upgrade.answer('intruder:ucd-2', 'keep-mine');
      await upgrade.done();
    });
    upgraded(fake);
  });
});

describe('an installer that ends half-way', () => {
  it.concurrent('is run again, under a new token, only after the file\'s commands or a person restored what it left', async () => {
    const fake = servers({}, RESTORE);
    fake.ending = (name, times) => (name === 'ucd-1' && times < 3 ? 'half-way' : 'well');
    await env.upgrading(fake, async (upgrade) => {
      const id = await upgrade.waitsFor('install:ucd-1:1');
      const wait = (await upgrade.status()).waitingFor.find((each) => each.id === id);
      expect(wait).toMatchObject({ choices: ['restore', 'run-again', 'done-by-hand', 'abort'], asks: expect.stringMatching(/ended half-way: the database and \/opt\/ucd\/server may be half new\. "restore" runs/) as string });
      await upgrade.answer('install:ucd-1:1', 'done-by-hand'); // it is looked at, and is not so
      await upgrade.answer('install:ucd-1:2', 'restore');
      await upgrade.waitsFor('install:ucd-1:3');
      expect([fake.database, fake.installs]).toEqual([fake.from, { 'ucd-1': 1 }]);
      await upgrade.answer('install:ucd-1:3', 'run-again');
      await upgrade.waitsFor('install:ucd-1:4');
      fake.restore();
      await upgrade.answer('install:ucd-1:4', 'run-again');
      await upgrade.done();
      expect([fake.installs, tries(fake, 'ucd-1')]).toEqual([{ 'ucd-1': 3, 'ucd-2': 1, 'ucd-3': 1 }, ['1', '2', '3']]);
    });
    upgraded(fake);
  });

  it.concurrent('and is left so by an abort is told with what a restore takes; the next upgrade asks, and runs none before a person\'s word', async () => {
    const fake = servers({}, RESTORE);
    fake.ending = (_, times) => (times === 1 ? 'half-way' : 'well');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('install:ucd-1', 'abort');
      expect((await upgrade.ended()).message).toMatch(/The installer on ucd-1 may still run, or has ended half-way.*stop every server, then run the file's restore commands \(ucd-1: restore-all\).*still off on ucd-1, ucd-2, ucd-3/);
    });
    expect([fake.alive(), fake.locks(), fake.maintenance]).toEqual([DOWN, [null, null, null], true]);
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('install:ucd-1');
      expect(fake.installs).toEqual({ 'ucd-1': 1 });
      await upgrade.abort();
      await upgrade.ended();
      expect([fake.alive(), [...fake.hosts.values()].map(({ autostart }) => autostart)]).toEqual([DOWN, [false, false, false]]);
    });
    fake.restore();
    fake.ending = () => 'well';
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('install:ucd-1', 'run-again');
      await upgrade.done();
      expect(fake.installs).toMatchObject({ 'ucd-1': 2 });
    });
    upgraded(fake);
  });

  it.concurrent('on a later host leaves that one stopped, if a person says so, and out of the others\' way to the end', async () => {
    const fake = servers({ approve: ['finish'] }, RESTORE);
    fake.ending = (name, times) => (name === 'ucd-2' && times === 1 ? 'half-way' : 'well');
    await env.upgrading(fake, async (upgrade) => {
      const id = await upgrade.waitsFor('install:ucd-2');
      const wait = (await upgrade.status()).waitingFor.find((each) => each.id === id);
      expect(wait).toMatchObject({ choices: ['run-again', 'done-by-hand', 'leave-stopped', 'abort'], asks: expect.stringContaining('The database is new already and stays so.') as string }); // no restore beneath ucd-1
      await upgrade.answer('install:ucd-2', 'leave-stopped');
      await upgrade.waitsFor('finish');
      expect((await upgrade.status()).hosts.map(({ state }) => state)).toEqual(['upgraded', 'left-stopped', 'upgraded']);
      fake.host('ucd-2').alive = fake.from;
      await upgrade.approve('finish');
      await upgrade.waitsFor('on-target:ucd-2');
      fake.host('ucd-2').alive = null;
      await upgrade.answer('on-target:ucd-2', 'retry');
      expect((await upgrade.done()).headline).toMatch(/done on 2 of 3 hosts\. Left stopped, and nothing starts it: ucd-2 \(7\.0\.5\.1\)/);
    });
    expect([fake.serving(), fake.host('ucd-2')]).toMatchObject([{ 'ucd-1': fake.target, 'ucd-2': null }, { autostart: false, noted: { autostartOff: true, installing: true }, locked: null }]);
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('install:ucd-2', 'run-again');
      await upgrade.approve('finish');
      await upgrade.done();
      expect(fake.installs).toEqual({ 'ucd-1': 1, 'ucd-2': 2, 'ucd-3': 1 });
    });
    upgraded(fake);
  });
});

describe('an installer of which nothing is heard', () => {
  it.concurrent('is looked at, never run again: its mark is believed, its half-way end is asked about, and while it may run there is only waiting', async () => {
    const fake = servers({}, RESTORE);
    fake.ending = (name) => (name === 'ucd-1' ? 'half-way, unheard' : 'well, unheard');
    fake.fault('installServer:ucd-1', (times) => {
      if (times > 1) return;
      Object.assign(fake.host('ucd-1'), { installing: true, noted: { ...fake.host('ucd-1').noted, installing: true } }); // its job runs, its worker is lost
      throw ApplicationFailure.nonRetryable('the worker was lost');
    });
    await env.upgrading(fake, async (upgrade) => {
      const offered = async (id: string) => { await upgrade.waitsFor(id); return (await upgrade.status()).waitingFor.find((each) => each.id === id)?.choices; };
      expect(await offered('install:ucd-1:1')).toEqual(['wait', 'done-by-hand', 'abort']);
      fake.host('ucd-1').installing = false;
      await upgrade.answer('install:ucd-1:1', 'wait', { for: '1s' });
      expect(await offered('install:ucd-1:2')).toEqual(['restore', 'run-again', 'done-by-hand', 'abort']);
      await upgrade.answer('install:ucd-1:2', 'run-again');
      expect(await offered('install:ucd-1:3')).toEqual(['restore', 'run-again', 'done-by-hand', 'abort']);
      fake.ending = () => 'well, unheard';
      await upgrade.answer('install:ucd-1:3', 'restore');
      await upgrade.answer('install:ucd-1:4', 'run-again');
      await upgrade.done();
      expect([fake.installs, tries(fake, 'ucd-2')]).toEqual([{ 'ucd-1': 2, 'ucd-2': 1, 'ucd-3': 1 }, ['1']]);
    });
    upgraded(fake);
  });

  it.concurrent('because it was seen not to have begun leaves the way back open: an abort starts the old servers again', async () => {
    const fake = servers();
    fake.fault('installServer:ucd-1', () => failed('no room in /tmp'));
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('install:ucd-1');
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ choices: ['retry', 'wait', 'done-by-hand', 'abort'], asks: 'The installer did not run on ucd-1. What now?' });
      await upgrade.answer('install:ucd-1', 'abort');
      expect((await upgrade.ended()).message).toContain('before the first installer: all is as it was.');
    });
    expect(fake.serving()).toEqual({ 'ucd-1': fake.from, 'ucd-2': fake.from, 'ucd-3': null });
  });
});

describe('a server that does not come up', () => {
  it.concurrent('is waited for, or stopped and started again by its script, as a person says', async () => {
    const fake = servers({ health: { within: '1s', every: '1s', consecutive: 1 } });
    fake.hangs.add('ucd-1');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('serving:ucd-1', 'wait', { for: '1s' });
      await upgrade.waitsFor('serving:ucd-1:2');
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ choices: ['wait', 'retry', 'abort'], asks: 'ucd-1 does not serve 7.3.2.1 yet. Wait on, or stop it and start it again?' });
      fake.hangs.clear();
      await upgrade.answer('serving:ucd-1:2', 'retry');
      await upgrade.throughAll('wait'); // one second is short on a busy machine
      await upgrade.done();
      expect(fake.acts.filter((act) => /^(stop|start)Server:ucd-1/.test(act))).toEqual(['stopServer:ucd-1', 'startServer:ucd-1', 'stopServer:ucd-1', 'startServer:ucd-1']);
    });
    upgraded(fake);
  });

  it.concurrent('or dies is asked about; a later one may be left stopped, the first may not', async () => {
    const fake = servers();
    fake.dies.add('ucd-1').add('ucd-2');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start:ucd-1');
      expect((await upgrade.status()).waitingFor[0]?.choices).toEqual(['retry', 'wait', 'done-by-hand', 'abort']);
      fake.dies.delete('ucd-1');
      fake.fault('awaitServer:ucd-1', (times) => { if (times === 1) fake.host('ucd-1').alive = null; });
      await upgrade.answer('start:ucd-1', 'retry');
      await upgrade.waitsFor('serving:ucd-1');
      expect((await upgrade.status()).waitingFor[0]?.asks).toBe('ucd-1 does not serve 7.3.2.1: its process is gone. Start it again?');
      await upgrade.answer('serving:ucd-1', 'retry');
      await upgrade.answer('start:ucd-2', 'leave-stopped');
      expect((await upgrade.done()).headline).toContain('Left stopped, and nothing starts it: ucd-2 (7.3.2.1).');
    });
    fake.dies.clear();
    await env.upgrading(fake, async (upgrade) => { await upgrade.done(); });
    upgraded(fake);
    expect(fake.installs).toEqual({ 'ucd-1': 1, 'ucd-2': 1, 'ucd-3': 1 });
  });
});

/** An upgrade of UrbanCode Deploy up to its first installer, and how it goes when all goes well. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Work } from '../../src/upgrade/urbancode-work.ts';
import { atRest, RealTime } from './dev-server.ts';
import { failed } from './fake-outcomes.ts';
import { servers, type FakeServers } from './fake-servers.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(); });
afterAll(async () => { await env?.end(); });

type Running = RunningUpgrade<FakeServers>;
const DEPLOYMENT: Work = { id: 'w-1', kind: 'application', name: 'Deploy shop', since: '2026-11-22T01:00:00Z', by: 'anna' };
const LATER: Work = { id: 'w-2', kind: 'generic', name: 'nightly' };
const WITHOUT_TOKEN = { api: undefined };

function upgraded(fake: FakeServers): void {
  expect(fake.installs).toEqual({ 'ucd-1': 1, 'ucd-2': 1, 'ucd-3': 1 });
  expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-2': fake.target, 'ucd-3': null });
  expect([...fake.hosts.values()].map(({ autostart, locked, quiesced }) => [autostart, locked, quiesced])).toEqual([[true, null, false], [true, null, false], [true, null, false]]);
  expect([fake.maintenance, fake.mostBesideFirstInstaller]).toEqual([false, 0]);
}

/** Aborted before the first installer: as if it had never been started. */
function untouched(fake: FakeServers): void {
  expect(fake.installs).toEqual({});
  expect(fake.serving()).toEqual({ 'ucd-1': fake.from, 'ucd-2': fake.from, 'ucd-3': null });
  expect([...fake.hosts.values()].map(({ autostart, locked }) => [autostart, locked])).toEqual([[true, null], [true, null], [true, null]]);
  expect(fake.maintenance).toBe(false);
}

const wait = async (upgrade: Running, id: string) => {
  const full = await upgrade.waitsFor(id);
  return (await upgrade.status()).waitingFor.find((each) => each.id === full);
};

describe('an upgrade that goes well', () => {
  it.concurrent('goes in the guide\'s order, through its gates, and puts back what it switched off; a standby is never started', async () => {
    const fake = servers({ approve: ['start', 'first-installer', 'each-host', 'finish'] }, {}, { quiesce: { before: 'quiet', after: 'loud' } });
    fake.agentsAway = ['old-1'];
    fake.fault('startServer:ucd-1', () => { fake.agentsAway = ['old-1', 'web-2']; });
    await env.upgrading(fake, async (upgrade) => {
      const opened: string[] = [];
      for (const gate of ['start', 'first-installer', 'host:ucd-2', 'host:ucd-3', 'finish']) {
        await upgrade.waitsFor(gate);
        opened.push(`${gate}: installed ${Object.keys(fake.installs).join(' ') || 'none'}, alive ${Object.entries(fake.alive()).filter(([, alive]) => alive).map(([name]) => name).join(' ') || 'none'}`);
        await upgrade.approve(gate);
      }
      const { headline, hosts } = await upgrade.done();
      expect(opened).toEqual([
        'start: installed none, alive ucd-1 ucd-2', 'first-installer: installed none, alive none', 'host:ucd-2: installed ucd-1, alive ucd-1',
        'host:ucd-3: installed ucd-1 ucd-2, alive ucd-1 ucd-2', 'finish: installed ucd-1 ucd-2 ucd-3, alive ucd-1 ucd-2',
      ]);
      const inOrder = fake.acts.map((act) => act.replace(/(stage|disable|drain|stop|restore|clean|quiesce|unquiesce)(\w*):.*/, '$1$2')).filter((act, index, all) => act !== all[index - 1]);
      expect(inOrder).toEqual([
        'takeLocks', 'stageServer', 'backUp:ucd-1', 'quiesceHost', 'switchMaintenanceOn', 'disableAutostart', 'drain', 'stopServer',
        'installServer:ucd-1', 'startServer:ucd-1', 'putBack:ucd-1', 'installServer:ucd-2', 'startServer:ucd-2', 'putBack:ucd-2', 'installServer:ucd-3',
        'restoreAutostart', 'switchMaintenanceOff', 'unquiesceHost', 'cleanUpServer', 'releaseLocks',
      ]);
      expect(headline).toContain('7.0.5.1 → 7.3.2.1 done on 3 of 3 hosts. The patch a.jar is off. Agents: 1 of 3 online. Online before and not now, and perhaps still reconnecting: web-2 (OFFLINE). Agents and agent relays were not upgraded, and agent relays could not be seen');
      expect(hosts.map(({ state, version }) => [state, version])).toEqual([['upgraded', '7.3.2.1'], ['upgraded', '7.3.2.1'], ['upgraded', '7.3.2.1']]);
    });
    upgraded(fake);
  });

  it.concurrent.each([['first', 1], ['after-stop', 1], ['both', 2]])('backs up %s, as the policy says, and lets no installer run on a backup that is too old', async (backup, times) => {
    const fake = servers({ backup });
    let tooOld = true;
    fake.backupTooOld = () => tooOld;
    await env.upgrading(fake, async (upgrade) => {
      expect(await wait(upgrade, 'backup-age')).toMatchObject({ asks: expect.stringContaining('Back up again before the first installer runs?') as string });
      const before = fake.acts.filter((act) => act === 'backUp:ucd-1').length;
      expect([before, fake.acts.indexOf('backUp:ucd-1') < fake.acts.indexOf('stopServer:ucd-1')]).toEqual([times, backup !== 'after-stop']);
      tooOld = false;
      await upgrade.answer('backup-age', 'run-again');
      await upgrade.done();
      expect(fake.acts.filter((act) => act === 'backUp:ucd-1')).toHaveLength(times + 1);
    });
    upgraded(fake);
  });
});

describe('work that runs for people', () => {
  it.concurrent('is waited for; after the policy\'s time a person is shown it, and cancels exactly that', async () => {
    const fake = servers({ drain: { for: '1s' } });
    fake.work = [DEPLOYMENT];
    await env.upgrading(fake, async (upgrade) => {
      const first = await wait(upgrade, 'drain');
      expect(first).toMatchObject({ choices: ['wait', 'cancel', 'abort'], asks: '1 process still runs after 1s. Wait on, cancel each, or abort?' });
      expect(first?.evidence).toContain('application process Deploy shop, since 2026-11-22 01:00 UTC, started by anna');
      await upgrade.answer('drain', 'wait', { for: '2s' });
      expect(await wait(upgrade, 'drain')).toMatchObject({ asks: expect.stringContaining('after 2s') as string });
      fake.work = [DEPLOYMENT, LATER];
      await upgrade.answer('drain', 'cancel');
      await upgrade.waitsFor('drain');
      expect([fake.cancelled, fake.maintenance, fake.acts.includes('stopServer:ucd-1')]).toEqual([['w-1'], true, false]);
      fake.work = [];
      await upgrade.answer('drain', 'wait');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('can be left alone by an abort, which takes maintenance mode back', async () => {
    const fake = servers({ drain: { for: '1s' } });
    fake.work = [DEPLOYMENT];
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('drain', 'abort');
      expect((await upgrade.ended()).message).toContain('before the first installer: all is as it was.');
    });
    untouched(fake);
    expect(fake.work).toEqual([DEPLOYMENT]);
  });

  it.concurrent('that begins between the look and the stop is waited for again, and nothing is stopped meanwhile', async () => {
    const fake = servers({ drain: { for: '1s' } });
    fake.fault('drain:ucd-2', () => { fake.work = [LATER]; });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('drain');
      expect(fake.acts.filter((act) => act.startsWith('stopServer'))).toEqual([]);
      fake.work = [];
      await upgrade.answer('drain', 'wait');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('that begins while the upgrade is held right before the stops is waited for, too', async () => {
    const fake = servers({ drain: { for: '1s' } });
    let looks = 0;
    await env.saying(fake, 'lookAtWork', (upgrade) => upgrade.update('hold', { by: 'anna', now: true }), async (upgrade) => {
      await upgrade.until((view) => view.held !== null, 'the hold');
      await atRest(upgrade);
      looks = fake.times('lookAtWork');
      expect(fake.acts.filter((act) => act.startsWith('stopServer'))).toEqual([]);
      fake.work = [LATER];
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.waitsFor('drain');
      expect([fake.times('lookAtWork') > looks, fake.acts.filter((act) => act.startsWith('stopServer'))]).toEqual([true, []]);
      fake.work = [];
      await upgrade.answer('drain', 'wait');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('is a person\'s word where there is no token; no server is asked', async () => {
    const fake = servers({}, WITHOUT_TOKEN);
    await env.upgrading(fake, async (upgrade) => {
      expect(await wait(upgrade, 'drain')).toMatchObject({ choices: ['done-by-hand', 'abort'], evidence: expect.stringContaining('https://10.0.1.1:8443, https://10.0.1.2:8443') as string });
      await upgrade.answer('drain', 'done-by-hand');
      await upgrade.done();
      expect([fake.times('lookAtWork'), fake.times('awaitIdle'), fake.acts.includes('switchMaintenanceOn')]).toEqual([0, 0, false]);
    });
    upgraded(fake);
  });
});

describe('the full stop', () => {
  it.concurrent('waits for a server that does not stop, and signals its JVM only when a person says so; its pid file goes once nothing lives', async () => {
    const fake = servers();
    fake.host('ucd-2').obeys = 'signal';
    await env.upgrading(fake, async (upgrade) => {
      expect(await wait(upgrade, 'stop:ucd-2')).toMatchObject({ choices: ['wait', 'stop', 'retry', 'done-by-hand', 'abort'], means: { stop: 'Signal the server\'s own JVM (TERM, then KILL)' } });
      await upgrade.answer('stop:ucd-2', 'wait', { for: '1s' });
      await upgrade.waitsFor('stop:ucd-2:2');
      expect(fake.acts).not.toContain('signalServer:ucd-2');
      await upgrade.answer('stop:ucd-2:2', 'stop');
      await upgrade.done();
      const [signal, remove, install] = ['signalServer:ucd-2', 'removePidFile:ucd-2', 'installServer:ucd-1'].map((act) => fake.acts.indexOf(act));
      expect(signal).toBeGreaterThan(0);
      expect(remove).toBeGreaterThan(signal ?? 0);
      expect(install).toBeGreaterThan(remove ?? 0);
    });
    upgraded(fake);
  });

  it.concurrent('that hangs can be aborted: whoever was stopped or killed serves again, his stale pid file out of the way', async () => {
    const fake = servers();
    fake.host('ucd-1').obeys = 'nothing';
    fake.host('ucd-2').obeys = 'signal';
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('stop:ucd-2', 'stop');
      await upgrade.answer('stop:ucd-1', 'abort');
      expect((await upgrade.ended()).message).toContain('all is as it was.');
    });
    untouched(fake);
  });

  it.concurrent('is not proven by what cannot be seen, by a session of a forgotten server, or while one lives', async () => {
    const fake = servers();
    fake.sessions = 2;
    fake.fault('lookAtFullStop', (times) => { if (times === 1) fake.host('ucd-2').alive = fake.from; });
    await env.upgrading(fake, async (upgrade) => {
      expect(await wait(upgrade, 'full-stop:1')).toMatchObject({ choices: ['stop', 'wait', 'abort'], means: { stop: 'Stop it by its service script' }, asks: expect.stringContaining('one lives on ucd-2') as string });
      fake.unseen.add('ucd-3');
      await upgrade.answer('full-stop:1', 'stop');
      expect(await wait(upgrade, 'full-stop:2')).toMatchObject({ choices: ['retry', 'abort'], asks: expect.stringContaining('ucd-3 is not proven') as string });
      fake.unseen.clear();
      await upgrade.answer('full-stop:2', 'retry');
      expect(await wait(upgrade, 'full-stop:3')).toMatchObject({ asks: 'The database has 2 sessions. Look again once that has changed?' });
      fake.sessions = 0;
      await upgrade.answer('full-stop:3', 'retry');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('is proven again right before the first installer, however long its gate waited', async () => {
    const fake = servers({ approve: ['first-installer'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('first-installer');
      fake.host('ucd-2').alive = fake.from;
      await upgrade.approve('first-installer');
      await upgrade.waitsFor('full-stop');
      expect(fake.installs).toEqual({});
      await upgrade.answer('full-stop', 'stop');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('is not begun while a hold is on: users go on working', async () => {
    const fake = servers();
    await env.saying(fake, 'disableAutostart:ucd-2', (upgrade) => upgrade.update('hold', { by: 'anna' }), async (upgrade) => {
      await upgrade.until(() => !fake.host('ucd-2').autostart, 'autostart off');
      await upgrade.until(({ timeline }) => timeline.filter(({ step }) => step === 'autostart-off').length === 3, 'autostart off everywhere');
      await atRest(upgrade);
      expect(fake.serving()).toMatchObject({ 'ucd-1': fake.from, 'ucd-2': fake.from });
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.done();
    });
    upgraded(fake);
  });
});

describe('the old layout of below 6.1.1.5', () => {
  const old = () => Object.assign(servers({ approve: ['storage'] }), { layout: 'below-install-dir' });

  it.concurrent('is moved by a person who is shown how, and proven before the first installer', async () => {
    const fake = old();
    await env.upgrading(fake, async (upgrade) => {
      expect(await wait(upgrade, 'storage')).toMatchObject({ kind: 'gate', evidence: 'mv /opt/ucd/server/var/repository /mnt/ucd/appdata/var/' });
      expect(fake.alive()).toEqual({ 'ucd-1': null, 'ucd-2': null, 'ucd-3': null });
      await upgrade.approve('storage');
      await upgrade.waitsFor('storage:1');
      expect(fake.installs).toEqual({});
      fake.moved = true;
      await upgrade.answer('storage:1', 'done-by-hand');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('may have been moved as soon as it was shown: an abort starts no old server, and says what to do', async () => {
    const fake = old();
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('storage');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toMatch(/Application data may have been moved.*put it back.*Whatever started servers by itself is still off on ucd-1, ucd-2, ucd-3.*Maintenance mode may still be on/);
    });
    const leftDown = [{ 'ucd-1': null, 'ucd-2': null, 'ucd-3': null }, [null, null, null], [false, false, false]];
    const standing = () => [fake.alive(), fake.locks(), [...fake.hosts.values()].map(({ autostart }) => autostart)];
    expect(standing()).toEqual(leftDown);
    fake.moved = true;
    // Another run that is aborted before it comes that far knows it, too.
    await env.upgrading(fake, async (upgrade) => {
      fake.fault('backUp:ucd-1', async () => { await upgrade.abort(); });
      await upgrade.ended();
      fake.fault('backUp:ucd-1', () => undefined);
    });
    expect(standing()).toEqual(leftDown);
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.throughAll();
      await upgrade.done();
    });
    upgraded(fake);
  });
});

describe('a step that fails before anything is down', () => {
  it.concurrent('is asked about, and tried again under a token of its own', async () => {
    const fake = servers();
    fake.fault('stageServer:ucd-2', (times) => (times === 1 ? failed('no room') : undefined));
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('stage:ucd-2', 'retry');
      await upgrade.done();
      expect(fake.tokens.filter((token) => token.includes('/stage:ucd-2#')).map((token) => token.split('#')[1])).toEqual(['1', '2']);
    });
    upgraded(fake);
  });
});

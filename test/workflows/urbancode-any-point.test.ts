/**
 * Hold, abort and results typed by hand at every point of an upgrade of UrbanCode Deploy, which continues as new again and
 * again meanwhile: whatever a step is doing, no old server lives on a new database, and what can serve does.
 */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atRest, continuingAsNewAfter, RealTime, tellable } from './dev-server.ts';
import { servers, type FakeServers } from './fake-servers.ts';
import { TypedByHand } from './fake-world.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
/** Few enough events that every upgrade continues as new several times. */
beforeAll(async () => { env = await RealTime.begin(continuingAsNewAfter(80)); });
afterAll(async () => { await env?.end(); });

/** Steps in the middle of which something is said. Those of all hosts at once are said of one. */
const PREPARING = ['takeLocks', 'stageServer:ucd-2', 'backUp:ucd-1', 'switchMaintenanceOn', 'awaitIdle'];
const STOPPING = ['disableAutostart:ucd-2', 'drain:ucd-1', 'lookAtWork', 'stopServer:ucd-2', 'lookAtFullStop', 'checkBackupAge'];
const FIRST = ['installServer:ucd-1', 'startServer:ucd-1', 'awaitServer:ucd-1', 'putBack:ucd-1'];
const OTHERS = ['installServer:ucd-2', 'startServer:ucd-2', 'putBack:ucd-2'];
/** Every host is upgraded: what is left is done, and that is sooner in order than any way back. */
const TOO_LATE = ['installServer:ucd-3', 'lookAtServer:ucd-1', 'restoreAutostart:ucd-1', 'switchMaintenanceOff', 'cleanUpServer:ucd-3', 'releaseLocks'];
/** From here the upgrade is also started again. */
const CONTINUED = ['stopServer:ucd-2', 'installServer:ucd-1', 'putBack:ucd-1', 'installServer:ucd-2'];

const quiet = { quiesce: { before: 'quiet', after: 'loud' } };

function upgraded(fake: FakeServers): void {
  expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-2': fake.target, 'ucd-3': null });
  expect([...fake.hosts.values()].map(({ autostart, quiesced }) => [autostart, quiesced])).toEqual([[true, false], [true, false], [true, false]]);
  expect([fake.maintenance, fake.mostBesideFirstInstaller, fake.installs]).toEqual([false, 0, { 'ucd-1': 1, 'ucd-2': 1, 'ucd-3': 1 }]);
}

/** All as before, or: nothing old lives, what is upgraded serves, and what is still off is told. */
function inOrder(fake: FakeServers, message: string): void {
  expect(fake.locks()).toEqual([null, null, null]);
  expect([...fake.hosts.values()].some(({ quiesced }) => quiesced)).toBe(false);
  const changed = fake.database !== fake.from;
  const starting = (name: string) => (changed ? (fake.host(name).installed === fake.target && fake.acts.includes(`startServer:${name}`) ? fake.target : null) : fake.from);
  expect(fake.serving()).toEqual({ 'ucd-1': starting('ucd-1'), 'ucd-2': starting('ucd-2'), 'ucd-3': null });
  const off = [...fake.hosts.values()].filter(({ autostart }) => !autostart).map(({ name }) => name);
  expect(off).toEqual(changed ? ['ucd-1', 'ucd-2', 'ucd-3'].filter((name) => starting(name) === null) : []);
  if (off.length > 0) expect(message).toContain(`Whatever started servers by itself is still off on ${off.join(', ')}.`);
  expect(message.includes('never start an old server on it')).toBe(changed);
  expect(fake.maintenance).toBe(message.includes('Maintenance mode may still be on'));
}

describe('an abort', () => {
  it.concurrent.each(tellable([...PREPARING, ...STOPPING, ...FIRST, ...OTHERS, ...TOO_LATE], CONTINUED, 4))('during %s leaves nothing old on a new database, serves with what it can, says what state all is in, and can be continued', async (point) => {
    const fake = servers({}, {}, quiet);
    await env.saying(fake, point, (upgrade) => upgrade.abort(), async (upgrade) => {
      const { type, message } = await upgrade.ended().catch(async () => ({ type: 'done', message: (await upgrade.done()).headline }));
      expect(type).toBe(TOO_LATE.includes(point) ? 'done' : 'Aborted');
      if (type === 'done') upgraded(fake);
      else inOrder(fake, message);
    });
    if (!CONTINUED.includes(point)) return;
    const served = fake.serving()['ucd-1'] === fake.target;
    const before = fake.acts.length;
    await env.upgrading(fake, async (upgrade) => { await upgrade.done(); });
    upgraded(fake);
    expect(fake.acts.slice(before).includes('stopServer:ucd-1')).toBe(!served); // who serves the target goes on serving
  });
});

describe('a hold with `now`', () => {
  it.concurrent.each(tellable(['drain:ucd-2', 'stageServer:ucd-2', 'awaitIdle', 'stopServer:ucd-1', 'putBack:ucd-1'], [], 4))('during %s begins nothing more until resume, and then all of it', async (point) => {
    const fake = servers();
    let said = 0;
    const hold = (upgrade: RunningUpgrade<FakeServers>) => {
      said = fake.acts.length;
      return upgrade.update('hold', { by: 'anna', now: true });
    };
    await env.saying(fake, point, hold, async (upgrade) => {
      await upgrade.until((view) => view.held !== null, 'the hold');
      await atRest(upgrade);
      const after = fake.acts.slice(said).filter((act) => act.split(':')[0] !== point.split(':')[0]);
      expect(after).toEqual([]);
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.done();
    });
    upgraded(fake);
  });
});

describe('an upgrade that continues as new', () => {
  it.concurrent('does every step once, keeps early approvals and the tokens of its first run, and asks again for nothing that was done', async () => {
    // So many backups that it continues as new among them, too, when all is down.
    const backups = Array.from({ length: 12 }, () => ({ host: 'ucd-1', command: 'backup', verify: 'true', maxAge: '4h' }));
    const fake = servers({ approve: ['start', 'first-installer', 'each-host', 'finish'], backup: 'after-stop' }, { database: { backups } }, quiet);
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      for (const gate of ['first-installer', 'host:ucd-2', 'host:ucd-3', 'finish', 'start']) await upgrade.approve(gate);
      await upgrade.done();
      expect((await env.runsOf(upgrade)).length).toBeGreaterThan(3);
      expect(new Set(fake.tokens).size).toBe(fake.tokens.length);
      expect(new Set(fake.tokens.map((token) => token.split('/')[0]))).toEqual(new Set([upgrade.handle.firstExecutionRunId]));
      expect(fake.times('preflightServers')).toBe(2);
      const whileDown = fake.calls.slice(fake.calls.indexOf('stopServer:ucd-1'));
      expect(whileDown.filter((call) => ['lookAtWork', 'awaitIdle', 'switchMaintenanceOn'].includes(call))).toEqual([]);
      const sinceServing = fake.calls.slice(fake.calls.indexOf('awaitServer:ucd-1'));
      expect(sinceServing.filter((call) => call.startsWith('installServer'))).toEqual(['installServer:ucd-2', 'installServer:ucd-3']);
    });
    upgraded(fake);
  });

  it.concurrent('and was terminated when all was down goes on when it is started again, and switches on what the ended one switched off', async () => {
    const fake = servers();
    await env.saying(fake, 'checkBackupAge', (upgrade) => upgrade.handle.terminate('a test'), async (upgrade) => { await upgrade.handle.result().catch(() => undefined); });
    expect([fake.serving(), fake.maintenance]).toEqual([{ 'ucd-1': null, 'ucd-2': null, 'ucd-3': null }, true]);
    await env.upgrading(fake, async (upgrade) => { await upgrade.done(); });
    upgraded(fake);
  });
});

describe('an upgrade that is started again', () => {
  it.concurrent('puts every server back in service, also one that an ended run started and did not put back', async () => {
    const fake = servers();
    await env.saying(fake, 'awaitServer:ucd-1', (upgrade) => upgrade.handle.terminate('a test'), async (upgrade) => { await upgrade.handle.result().catch(() => undefined); });
    expect([fake.alive()['ucd-1'], fake.serving()['ucd-1']]).toEqual([fake.target, null]);
    await env.upgrading(fake, async (upgrade) => { await upgrade.done(); });
    upgraded(fake);
  });

  it.concurrent('after an installer that ended half-way backs nothing up: that would take the place of the only way back', async () => {
    const fake = servers({ backup: 'both' });
    fake.ending = (name, times) => (name === 'ucd-1' && times === 1 ? 'half-way' : 'well');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('install:ucd-1', 'abort');
      await upgrade.ended();
    });
    const before = fake.times('backUp:ucd-1');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('install:ucd-1');
      fake.restore();
      await upgrade.answer('install:ucd-1', 'run-again');
      expect((await upgrade.done()).phase).toBe('done');
    });
    expect([before, fake.times('backUp:ucd-1')]).toEqual([2, 2]);
  });
});

describe('steps that end otherwise than they should', () => {
  it.concurrent('by an error that nobody knows never end an upgrade as failed: each is looked at, or a person is asked', async () => {
    // With all that a file may ask for, so that every kind of step is taken; files are restored only after an installer that ended half-way.
    const fake = Object.assign(servers({ drain: { for: '1s' } }, {}, quiet), { layout: 'below-install-dir' as const, moved: true, work: [{ id: 'w-1', kind: 'application', name: 'Deploy' }] });
    fake.host('ucd-2').obeys = 'signal';
    const thrown = new Set<string>(); // once for every kind of step
    fake.everywhere((name) => {
      if (thrown.has(name)) return;
      thrown.add(name);
      throw ApplicationFailure.nonRetryable('the parser was surprised', 'TypeError');
    });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.throughAll('cancel', 'stop', 'retry', 'run-again', 'done-by-hand');
      expect(await upgrade.done()).toMatchObject({ phase: 'done', headline: expect.stringContaining('ucd-1 may still be quiesced') as string });
    });
    fake.host('ucd-1').quiesced = false; // by hand: a site's command is not repeated, it is told
    upgraded(fake);
    expect([...thrown, 'restoreBackup'].sort()).toEqual(Object.keys(fake.activities()).sort());
  });

  const FORGED = { outcome: 'done', evidence: 'x', token: 'forged', down: 'yes', notDown: [{ host: 'ucd-9' }], host: 'ucd-9', is: 'alive', says: 7, why: 7, idle: 'yes', tooOld: 'no' };

  it.concurrent('by hand in the Temporal UI are never believed: each is looked at, or a person is asked', async () => {
    const fake = servers();
    fake.everywhere(() => new TypedByHand(FORGED));
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.throughAll('retry', 'done-by-hand', 'wait');
      expect((await upgrade.done()).phase).toBe('done');
    });
    upgraded(fake);
  });
});

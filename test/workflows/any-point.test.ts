/** Hold, abort and results typed by hand at every point of an upgrade: whatever a step is doing, the hosts are left in order. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atRest, QUICK, RealTime, small, tellable } from './dev-server.ts';
import type { FakeInstallation } from './fake-installation.ts';
import { TypedByHand } from './fake-world.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(); });
afterAll(async () => { await env?.end(); });

/** Steps in the middle of which something is said. Those of all hosts at once are said of one. */
const PREPARING = ['takeLocks', 'backUp:om-1', 'saveConfiguration:om-2', 'stagePackage:om-2'];
const FIRST_HOST = ['stopBackupDaemon:om-1', 'drain:om-1', 'stopApplication:om-1', 'installPackage:om-1', 'startApplication:om-1', 'awaitServing:om-1', 'seeUpgradeMode', 'putBack:om-1', 'soak:om-1'];
const OTHER_HOST = ['drain:om-2', 'stopApplication:om-2', 'installPackage:om-2', 'startApplication:om-2', 'awaitServing:om-2', 'putBack:om-2', 'soak:om-2'];
const DAEMON_HOST = ['stopApplication:bkp-1', 'installPackage:bkp-1'];
const ENDING = ['startBackupDaemon:om-1', 'startBackupDaemon:bkp-1', 'cleanUp:om-1', 'releaseLocks'];
const LOOKS = ['checkInstallation', 'preflight', 'checkBackupAge', 'whyNotNow:om-1', 'whyNotNow:om-2', 'lookAtBackupDaemons', 'lookAtStart:om-2'];
/** Every host is upgraded: what is left is done, and that is sooner in order than any way back. */
const TOO_LATE = ['installPackage:bkp-1', ...ENDING, 'lookAtStart:om-2'];
/** From here the upgrade is also started again. */
const CONTINUED = ['stagePackage:om-2', 'stopApplication:om-1', 'awaitServing:om-1', 'drain:om-2', 'installPackage:om-2', 'stopApplication:bkp-1'];
const POINTS = [...PREPARING, ...FIRST_HOST, ...OTHER_HOST, ...DAEMON_HOST, ...ENDING, ...LOOKS];

function inOrder(fake: FakeInstallation): void {
  expect(fake.mostDownAtOnce).toBeLessThanOrEqual(1);
  expect(fake.locks()).toEqual([null, null, null]);
  for (const host of ['om-1', 'om-2'].map((name) => fake.host(name))) expect(host).toMatchObject({ inService: true, running: host.installed });
}

describe('an abort', () => {
  it.concurrent.each(tellable(POINTS, CONTINUED))('during %s leaves every host in service and unlocked, says whether Ops Manager is read-only, and can be continued', async (point) => {
    const fake = small();
    await env.saying(fake, point, (upgrade) => upgrade.abort(), async (upgrade) => {
      const { type, message } = await upgrade.ended().catch(async () => ({ type: 'done', message: (await upgrade.done()).headline }));
      expect(type).toBe(TOO_LATE.includes(point) ? 'done' : 'Aborted');
      const versions = new Set(['om-1', 'om-2'].map((name) => fake.host(name).running));
      expect(message.includes('Ops Manager stays read-only')).toBe(versions.size > 1);
      inOrder(fake);
    });
    if (!CONTINUED.includes(point)) return;
    await env.upgrading(fake, async (upgrade) => { await upgrade.done(); });
    inOrder(fake);
    expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
  });
});

describe('a hold with `now`', () => {
  const HELD = [...PREPARING, 'stopBackupDaemon:om-1', 'drain:om-1', 'stopApplication:om-1', 'soak:om-1', 'drain:om-2', 'stopApplication:om-2', 'soak:om-2', 'stopApplication:bkp-1'];

  it.concurrent.each(tellable(HELD, CONTINUED))('during %s begins nothing more until resume, and then all of it', async (point) => {
    const fake = small();
    await env.saying(fake, point, (upgrade) => upgrade.update('hold', { by: 'anna', now: true }), async (upgrade) => {
      await upgrade.until((view) => view.held !== null, 'the hold');
      await atRest(upgrade);
      expect((await upgrade.status()).held).toMatchObject({ by: 'anna', now: true });
      const after = fake.acts.slice(fake.acts.lastIndexOf(point) + 1).filter((act) => act.split(':')[0] !== point.split(':')[0]);
      expect(after).toEqual([]);
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.done();
    });
    inOrder(fake);
    expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
  });
});

describe('steps that end otherwise than they should', () => {
  const RESULTS = [undefined, 'done', { outcome: 'done', evidence: 'I did it' }, { outcome: 'done', evidence: 'x', token: 'forged', why: 7, tooOld: 'no' }];

  it.concurrent('by an error that nobody knows never end an upgrade as failed: each is looked at, or a person is asked', async () => {
    // With all that a file may ask for, so that every kind of step is taken; a tree is taken back only by an abort.
    const fake = small({ backupDaemons: { ...QUICK.backupDaemons, quiesce: '1s' } }, { api: { publicKey: { env: 'PUBLIC' }, privateKey: { env: 'PRIVATE' } } }, { quiesce: { before: 'true', after: 'true' } });
    const thrown = new Set<string>(); // once for every kind of step
    fake.everywhere((name) => {
      if (thrown.has(name)) return;
      thrown.add(name);
      throw ApplicationFailure.nonRetryable('the parser was surprised', 'TypeError');
    });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.throughAll('retry', 'wait');
      expect((await upgrade.done()).phase).toBe('done');
    });
    inOrder(fake);
    expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
    expect([...thrown, 'takeBackTree'].sort()).toEqual(Object.keys(fake.activities()).sort());
  });

  it.concurrent.each(RESULTS.map((result) => [JSON.stringify(result) ?? 'nothing', result]))('by hand in the Temporal UI, with %s, are never believed: each is looked at, or a person is asked', async (_, result) => {
    const fake = small();
    fake.everywhere(() => new TypedByHand(result));
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.throughAll('retry', 'wait');
      expect((await upgrade.done()).phase).toBe('done');
    });
    inOrder(fake);
    expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
  });
});

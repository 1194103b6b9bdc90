/** What one upgrade of UrbanCode Deploy leaves to the next, and to the people who read its last words. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { continuingAsNewAfter, RealTime } from './dev-server.ts';
import { failed } from './fake-outcomes.ts';
import { servers, type FakeServers } from './fake-servers.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(continuingAsNewAfter(60)); });
afterAll(async () => { await env?.end(); });

const DOWN = { 'ucd-1': null, 'ucd-2': null, 'ucd-3': null };
const BALANCED = { loadBalancers: [{ haproxy: { host: 'lb-1', socket: '/run/admin.sock', backend: 'ucd', servers: { 'ucd-1': 'u1', 'ucd-2': 'u2' } } }] };
const asked = async (upgrade: RunningUpgrade<FakeServers>, id: string) => {
  const full = await upgrade.waitsFor(id);
  return (await upgrade.status()).waitingFor.find((each) => each.id === full);
};
const upgraded = (fake: FakeServers) => expect(fake.serving()).toEqual({ 'ucd-1': fake.target, 'ucd-2': fake.target, 'ucd-3': null });
/** The first installer ends half-way, and the upgrade there. */
async function leftHalfWay(fake: FakeServers): Promise<string> {
  fake.ending = (name, times) => (name === 'ucd-1' && times === 1 ? 'half-way' : 'well');
  let message = '';
  await env.upgrading(fake, async (upgrade) => {
    await upgrade.answer('install:ucd-1', 'abort');
    ({ message } = await upgrade.ended());
  });
  return message;
}

describe('an installer that is not seen to its end', () => {
  it.concurrent('because its host turns us away meanwhile, may still run: it is not begun again by a retry', async () => {
    const fake = servers();
    fake.fault('installServer:ucd-1', (times) => {
      if (times > 1) return;
      fake.database = 'half new';
      Object.assign(fake.host('ucd-1'), { installing: true, noted: { ...fake.host('ucd-1').noted, installing: true } });
      throw ApplicationFailure.nonRetryable('ucd-1 refuses the login of ops', 'Refused');
    });
    await env.upgrading(fake, async (upgrade) => {
      expect(await asked(upgrade, 'install:ucd-1')).toMatchObject({ choices: ['wait', 'done-by-hand', 'abort'], evidence: expect.stringContaining('refuses the login') as string });
      fake.host('ucd-1').installing = false; // it died half-way
      await upgrade.answer('install:ucd-1', 'wait', { for: '1s' });
      expect(await asked(upgrade, 'install:ucd-1:2')).toMatchObject({ choices: ['run-again', 'done-by-hand', 'abort'] });
      fake.restore();
      await upgrade.answer('install:ucd-1:2', 'run-again');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('because a person ran it and it died closes the way back: nothing old is started by an abort', async () => {
    const fake = servers();
    fake.fault('installServer:ucd-1', (times) => (times === 1 ? failed('the package is not there') : undefined));
    await env.upgrading(fake, async (upgrade) => {
      expect(await asked(upgrade, 'install:ucd-1:1')).toMatchObject({ choices: ['retry', 'wait', 'done-by-hand', 'abort'] });
      fake.database = 'half new';
      await upgrade.answer('install:ucd-1:1', 'done-by-hand');
      expect(await asked(upgrade, 'install:ucd-1:2')).toMatchObject({ choices: ['run-again', 'done-by-hand', 'abort'], evidence: expect.stringContaining('by hand may have left it half new') as string });
      await upgrade.answer('install:ucd-1:2', 'abort');
      expect((await upgrade.ended()).message).toContain('never start an old server on it');
    });
    expect(fake.alive()).toEqual(DOWN);
  });
});

describe('the next upgrade', () => {
  it.concurrent('of what was restored and serves again asks for a person\'s word, backs up anew, and goes back by an abort like any other', async () => {
    const fake = servers({ approve: ['first-installer'] }, BALANCED);
    fake.ending = (name, times) => (name === 'ucd-1' && times === 1 ? 'half-way' : 'well');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.approve('first-installer');
      await upgrade.answer('install:ucd-1', 'abort');
      expect((await upgrade.ended()).message).toContain('Still out of the load balancer: ucd-1, ucd-2.');
    });
    fake.restore();
    for (const name of ['ucd-1', 'ucd-2']) Object.assign(fake.host(name), { alive: fake.from, pidFile: true, inService: true });
    const backups = fake.times('backUp:ucd-1');
    await env.upgrading(fake, async (upgrade) => {
      expect(await asked(upgrade, 'restored')).toMatchObject({ choices: ['done-by-hand', 'abort'], evidence: expect.stringContaining('an installer was begun') as string });
      await upgrade.answer('restored', 'done-by-hand');
      await upgrade.waitsFor('first-installer');
      expect(fake.times('backUp:ucd-1')).toBe(backups + 1);
      await upgrade.abort();
      expect((await upgrade.ended()).message).toContain('before the first installer: all is as it was.');
    });
    expect(fake.serving()).toEqual({ 'ucd-1': fake.from, 'ucd-2': fake.from, 'ucd-3': null });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('restored', 'done-by-hand');
      await upgrade.approve('first-installer');
      await upgrade.done();
    });
    upgraded(fake);
  });

  it.concurrent('that cannot know who restored what is ended by an abort before anything is touched', async () => {
    const fake = servers();
    expect(await leftHalfWay(fake)).not.toContain('Still out of'); // no load balancer
    fake.restore();
    Object.assign(fake.host('ucd-1'), { alive: fake.from, pidFile: true });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('restored', 'abort');
      expect((await upgrade.ended()).message).toContain('before anything was touched');
    });
    expect(fake.alive()).toEqual({ ...DOWN, 'ucd-1': fake.from });
  });

  it.concurrent('of one that was terminated when all was down says by an abort who was down already, and leaves him out of the load balancer', async () => {
    const fake = servers({ approve: ['first-installer'] }, BALANCED);
    await env.saying(fake, 'checkBackupAge', (upgrade) => upgrade.handle.terminate('a test'), async (upgrade) => { await upgrade.handle.result().catch(() => undefined); });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('first-installer');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toMatch(/is as it was when it began, and then ucd-1, ucd-2 were down already: start each by its service script.*Still out of the load balancer: ucd-1, ucd-2/);
    });
    expect([...fake.hosts.values()].map(({ inService }) => inService)).toEqual([false, false, false]);
  });
});

describe('what is said at the end', () => {
  it.concurrent('is not that no backup was made, when this very upgrade made it and continued as new', async () => {
    const fake = servers({ approve: ['finish'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('finish');
      expect((await env.runsOf(upgrade)).length).toBeGreaterThan(1);
      expect((await upgrade.status()).timeline.filter(({ step, outcome }) => step === 'backup' && outcome.startsWith('not made'))).toEqual([]);
      await upgrade.approve('finish');
      await upgrade.done();
    });
  });

  it.concurrent('is not that nothing starts a host that was left stopped, where the file leaves on what does', async () => {
    const fake = servers({ autostart: 'leave' });
    fake.ending = (name) => (name === 'ucd-2' ? 'half-way' : 'well');
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('install:ucd-2', 'leave-stopped');
      const { headline } = await upgrade.done();
      expect(headline).toContain('What starts servers by itself was left on, as the file says: switch it off there.');
      expect(headline).not.toContain('nothing starts it');
    });
  });

  it.concurrent('is a person\'s word of a host that was left stopped and then switched off, which keeps nobody from the end', async () => {
    const fake = servers();
    fake.ending = (name) => (name === 'ucd-2' ? 'half-way' : 'well');
    fake.fault('lookAtServer:ucd-2', () => { throw ApplicationFailure.nonRetryable('nobody answers', 'Unreachable'); });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.answer('install:ucd-2', 'leave-stopped');
      await upgrade.answer('on-target:ucd-2', 'done-by-hand');
      expect((await upgrade.done()).headline).toContain('That ucd-2 is down is the word of tester: it could not be seen.');
    });
  });
});

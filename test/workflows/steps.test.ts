import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failed, notNow, unknown } from './fake-outcomes.ts';
import { FakeInstallation } from './fake-installation.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const acts = (fake: FakeInstallation, act: string) => fake.acts.filter((each) => each === act).length;
const installs = { 'om-1': 1, 'om-2': 1, 'om-3': 1, 'bkp-1': 1 };

describe('a step that ends without a word', () => {
  it('is looked at, not repeated; where the look proves it the upgrade goes on by itself', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('installPackage:om-2', (times) => {
      if (times !== 1) return undefined;
      Object.assign(fake.host('om-2'), { installed: fake.target });
      fake.installs['om-2'] = 1;
      throw ApplicationFailure.nonRetryable('the parser was surprised', 'TypeError');
    });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(acts(fake, 'installPackage:om-2')).toBe(1);
      expect(fake.installs).toEqual(installs);
    });
  });

  it.each([
    ['an error that nobody knows', () => { throw ApplicationFailure.nonRetryable('the parser was surprised', 'TypeError'); }],
    ['a host that is out of reach for too long', () => { throw ApplicationFailure.nonRetryable('no route', 'Unreachable'); }],
    ['a look that saw nothing', () => unknown('the host was rebooted')],
  ])('%s: is a question, never a blind repeat; nothing else is touched meanwhile', async (_, fault) => {
    const fake = new FakeInstallation(installation());
    fake.fault('installPackage:om-2', (times) => (times === 1 ? fault() : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('install:om-2');
      await upgrade.passes(86_400_000);
      const { waitingFor: [wait] } = await upgrade.status();
      expect(wait?.asks).toBe('It is not known whether this happened: install 4.4.18 on om-2. Look at the host before you choose.');
      expect(acts(fake, 'installPackage:om-2')).toBe(1);
      expect(fake.acts.at(-1)).toBe('installPackage:om-2');
      await upgrade.answer('install:om-2', 'retry');
      await upgrade.done();
      expect(fake.installs).toEqual(installs);
    });
  });

  it('an install that is half done is a question that offers repair, and nothing else that would install', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('installPackage:om-2', (times) => (times <= 2 ? { ...unknown('the host was rebooted'), unfinished: true } : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('install:om-2');
      expect((await upgrade.status()).waitingFor[0]?.choices).toEqual(['repair', 'wait', 'done-by-hand', 'abort']);
      await upgrade.answer('install:om-2', 'wait');
      await upgrade.answer('install:om-2', 'repair');
      await upgrade.done();
      expect(acts(fake, 'installPackage:om-2')).toBe(2);
      expect(fake.installs).toEqual(installs);
    });
  });

  it.each(['drain', 'stop'] as const)('a %s that is retried: whether the host may go down is asked again first', async (step) => {
    const fake = new FakeInstallation(installation());
    const act = step === 'drain' ? 'drain:om-2' : 'stopApplication:om-2';
    fake.fault(act, (times) => (times === 1 ? failed('it did not work') : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor(`${step}:om-2`);
      fake.whyNot = (host) => (host === 'om-2' ? 'om-1 is not healthy.' : null); // it died while the question waited
      await upgrade.answer(`${step}:om-2`, 'retry');
      await upgrade.waitsFor(`why-not-${step}:om-2`);
      expect(acts(fake, act)).toBe(1);
      fake.whyNot = () => null;
      await upgrade.answer(`why-not-${step}:om-2`, 'retry');
      await upgrade.done();
    });
  });

  it('refused by a rule of the host after the locks is a question, not the end', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('startApplication:om-1', (times) => { if (times === 1) throw ApplicationFailure.nonRetryable('gen.key is not the saved one', 'Refused'); });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start:om-1');
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ evidence: 'gen.key is not the saved one\nom-1: not seen', choices: ['retry', 'wait', 'done-by-hand', 'abort'] });
      await upgrade.answer('start:om-1', 'retry');
      await upgrade.done();
    });
  });
});

describe('a step that takes long', () => {
  it('is come back to with the same token, as often as it takes', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('installPackage:om-2', (times) => { if (times < 20) throw notNow('dpkg is at work', '37s'); });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(new Set(fake.tokens.filter((token) => token.includes('/install:om-2#'))).size).toBe(1);
      expect(fake.installs).toEqual(installs);
    });
  });

  it('past its limit is a question; its job goes on, and "wait" sees it end', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('stopApplication:om-2', (_, { attempt }) => { if (attempt?.mode === 'act') throw notNow('it still stops', '37s'); });
    await upgrading(env, fake, async (upgrade) => {
      const id = await upgrade.waitsFor('stop:om-2');
      expect((await upgrade.status()).waitingFor[0]?.evidence).toContain('It still went on after 30m.');
      fake.host('om-2').running = null;
      await upgrade.signal('answer', { question: id, choice: 'wait', for: '5m', by: 'anna' });
      fake.fault('stopApplication:om-2', () => undefined);
      await upgrade.done();
    });
  });

  it('is told apart from one that failed: that one is asked about at once', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('stopApplication:om-2', (times) => (times === 1 ? failed('its script says: no') : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('stop:om-2');
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ asks: 'This did not succeed: stop om-2 and prove it stopped. What now?', evidence: 'its script says: no' });
    });
  });
});

describe('history', () => {
  it('reads as the runbook: every step has its title', async () => {
    const fake = new FakeInstallation(installation());
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      const { events } = await upgrade.handle.fetchHistory();
      const titles = events?.filter((event) => event.activityTaskScheduledEventAttributes).map((event) => Buffer.from(event.userMetadata?.summary?.data ?? '').toString());
      expect(titles?.filter((title) => title === '')).toEqual([]);
      expect(titles).toContain('"stop om-1 and prove it stopped"');
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MESSAGES, type MessageName } from '../../src/upgrade/messages.ts';
import { failed } from './fake-outcomes.ts';
import { FakeInstallation } from './fake-installation.ts';
import { installation, type RunningUpgrade } from './harness.ts';
import { JUNK, MISFITS } from './junk.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const sentence = (message: string) => /^[\w"].*[.!]$/s.test(message) && message.length < 600 && !/\n\s+at /.test(message);

/** Sends it both ways: the update must be refused with a sentence, the signal must be recorded with the same. */
async function isRefused(upgrade: RunningUpgrade, name: MessageName, sent: readonly unknown[]): Promise<string> {
  const refusal = await upgrade.update(name, ...sent).then(
    ({ says }) => { throw new Error(`${name} took ${JSON.stringify(sent).slice(0, 80)}: ${says}`); },
    (error: { cause?: { message?: string } }) => error.cause?.message ?? '',
  );
  await upgrade.signal(name, ...sent);
  const { timeline } = await upgrade.status();
  expect(timeline.at(-1)).toMatchObject({ step: name, outcome: `not taken: ${refusal}` });
  expect(refusal).toSatisfy(sentence);
  return refusal;
}

describe('a message that cannot be understood', () => {
  it.each(MESSAGES)('%s: is refused as update and recorded as signal, whatever it holds, and nothing is touched', async (name) => {
    const fake = new FakeInstallation(installation({ approve: ['start'] }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      for (const [, sent] of JUNK) await isRefused(upgrade, name, sent);
      const view = await upgrade.status();
      expect(view).toMatchObject({ held: null, aborting: null, waitingFor: [{ id: 'start' }] });
      expect(fake.acts).toEqual([]);
      await upgrade.approve('start');
      await upgrade.done();
      expect(fake.finished()).toEqual(['om-1', 'om-2', 'om-3']);
    });
  });
});

describe('a message that is not even JSON', () => {
  it.each([
    ['its text is no JSON', { encoding: 'json/plain' }, '{"by": '],
    ['its encoding is unknown', { encoding: 'binary/encrypted' }, 'x'],
    ['it has no encoding', {}, 'x'],
  ])('harms nothing: %s', async (_, metadata, data) => {
    const fake = new FakeInstallation(installation({ approve: ['start'] }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      await upgrade.signalRaw('hold', { metadata, data });
      expect((await upgrade.status()).held).toBeNull();
      await upgrade.approve('start');
      await upgrade.done();
    });
  });
});

describe('a message that fits nothing', () => {
  it('is refused as update and recorded as signal, with what is wrong with it', async () => {
    const fake = new FakeInstallation(installation({ approve: ['start'] }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      for (const name of ['approve', 'answer', 'resume'] as const) {
        for (const [, sent, why] of MISFITS[name]) expect(await isRefused(upgrade, name, [sent])).toContain(why);
      }
      expect((await upgrade.status()).waitingFor.map((wait) => wait.id)).toEqual(['start']);
      expect(fake.acts).toEqual([]);
    });
  });

  it('as a query or as a message of another name harms nothing', async () => {
    const fake = new FakeInstallation(installation({ approve: ['start'] }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      for (const [, sent] of JUNK) expect(await upgrade.handle.query('status', ...sent)).toMatchObject({ phase: 'preflight' });
      await expect(upgrade.handle.query('statuses')).rejects.toThrow('statuses');
      await expect(upgrade.handle.executeUpdate('approveAll', { args: [] })).rejects.toThrow();
      await upgrade.handle.signal('approveAll', { by: 'anna' });
      await upgrade.approve('start');
      await upgrade.done();
    });
  });
});

describe('an answer', () => {
  it('to a question that is no longer asked is refused; the same answer twice is not; another one is', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('stopApplication:om-1', (times, { attempt }) => (times < 5 && attempt?.mode === 'act' ? failed('it still runs') : undefined));
    await upgrading(env, fake, async (upgrade) => {
      const first = await upgrade.waitsFor('stop:om-1');
      expect(first).toBe('stop:om-1:1');
      expect(await upgrade.update('answer', { question: first, choice: 'retry', by: 'anna' })).toEqual({ says: 'stop:om-1:1: retry.' });
      const second = await upgrade.waitsFor('stop:om-1:2');
      expect((await upgrade.update('answer', { question: first, choice: 'retry', by: 'ben' })).says).toBe('stop:om-1:1 was answered retry by anna already.');
      expect(await isRefused(upgrade, 'answer', [{ question: first, choice: 'abort', by: 'ben' }])).toBe('stop:om-1:1 was answered retry by anna already.');
      expect(await isRefused(upgrade, 'answer', [{ question: second, choice: 'stop-anyway', by: 'ben' }])).toContain('can be answered with retry, wait, done-by-hand, abort');
      expect((await upgrade.status()).aborting).toBeNull();
      await upgrade.throughAll('retry');
      await upgrade.done();
    });
  });

  it('of a decided retry gives the step a token of its own; nothing else does', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('stopApplication:om-1', (times, { attempt }) => (times === 1 && attempt?.mode === 'act' ? failed('it still runs') : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('stop:om-1', 'retry');
      await upgrade.done();
      const tries = fake.tokens.filter((token) => token.includes('/stop:om-1#'));
      expect(tries).toEqual(['1', '2'].map((n) => `${upgrade.handle.firstExecutionRunId}/stop:om-1#${n}`));
      expect(fake.tokens.filter((token) => token.includes('/install:om-1#'))).toHaveLength(1);
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeInstallation } from './fake-installation.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const drains = (fake: FakeInstallation) => fake.acts.filter((act) => act === 'drain:om-2').length;
const STOP = 'why-not-stop:om-2';

describe('a drained host', () => {
  it('that a reload of the load balancer put back is drained again before it is stopped, and nobody is asked', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('whyNotNow:om-2', (times) => { if (times === 2) fake.host('om-2').inService = true; });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(drains(fake)).toBe(2);
      expect((await upgrade.status()).timeline).toContainEqual(expect.objectContaining({ step: 'drain', host: 'om-2', outcome: expect.stringContaining('gets requests again') }));
    });
  });

  it('that comes back a second time is a question, and is not stopped meanwhile', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('whyNotNow:om-2', (times) => { if (times > 1) fake.host('om-2').inService = true; });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor(STOP);
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ choices: ['retry', 'abort'], asks: expect.stringContaining('gets requests again') });
      expect(fake.host('om-2').running).toBe('4.4.13');
      fake.fault('whyNotNow:om-2', () => { fake.host('om-2').inService = false; });
      await upgrade.answer(STOP, 'retry');
      await upgrade.done();
    });
  });

  it('whose sessions are not over is not stopped until they are, or a person says stop-anyway', async () => {
    const fake = new FakeInstallation(installation());
    for (const name of ['om-2', 'om-3']) fake.host(name).sessions = 7;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor(STOP);
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ choices: ['wait', 'stop-anyway', 'abort'], asks: expect.stringContaining('7 sessions') });
      await upgrade.answer(STOP, 'wait', { for: '10m' });
      await upgrade.waitsFor(`${STOP}:2`);
      expect(fake.host('om-2').running).toBe('4.4.13');
      await upgrade.answer(`${STOP}:2`, 'wait', { for: '10m' });
      fake.host('om-2').sessions = 0;
      await upgrade.waitsFor('why-not-stop:om-3');
      expect(fake.finished()).toEqual(['om-1', 'om-2']);
      await upgrade.answer('why-not-stop:om-3', 'stop-anyway');
      await upgrade.done();
    });
  });

  it('is not stopped by stop-anyway when another host died while it was asked', async () => {
    const fake = new FakeInstallation(installation());
    fake.host('om-2').sessions = 7;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor(STOP);
      fake.host('om-3').running = null;
      await upgrade.answer(STOP, 'stop-anyway');
      await upgrade.waitsFor(`${STOP}:2`);
      expect((await upgrade.status()).waitingFor[0]).toMatchObject({ choices: ['retry', 'abort'], asks: expect.stringContaining('om-3') });
      expect(fake.host('om-2').running).toBe('4.4.13');
      fake.host('om-3').running = '4.4.13';
      await upgrade.answer(`${STOP}:2`, 'retry');
      await upgrade.done();
    });
  });

  it('is not stopped because of an answer typed by hand that is none', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('whyNotNow:om-2', (times) => times === 2 ? { why: null, balanced: null } : undefined);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer(STOP, 'retry');
      await upgrade.done();
    });
  });

  it('whose sessions are not over is put back by an abort, on the old version', async () => {
    const fake = new FakeInstallation(installation());
    fake.host('om-1').sessions = 7;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('why-not-stop:om-1', 'abort');
      await upgrade.ended();
      expect(fake.host('om-1')).toMatchObject({ running: '4.4.13', inService: true });
      expect(fake.installs).toEqual({});
    });
  });
});

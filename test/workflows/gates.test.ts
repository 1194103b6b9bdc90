import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeInstallation } from './fake-installation.ts';
import { servers, type FakeServers } from './fake-servers.ts';
import { installation, type RunningUpgrade } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const gated = (...approve: string[]) => new FakeInstallation(installation({ approve }));
const installed = (fake: FakeInstallation) => Object.keys(fake.installs);

describe('gates', () => {
  it('wait where the policy says, and nowhere else', async () => {
    const fake = gated('start', 'first-host', 'each-host', 'finish');
    await upgrading(env, fake, async (upgrade) => {
      const opened: string[] = [];
      for (const gate of ['start', 'first-host', 'host:om-2', 'host:om-3', 'host:bkp-1', 'finish']) {
        await upgrade.waitsFor(gate);
        opened.push(`${gate} after ${installed(fake).join(' ') || 'nothing'}`);
        await upgrade.approve(gate);
      }
      await upgrade.done();
      expect(opened).toEqual([
        'start after nothing', 'first-host after om-1', 'host:om-2 after om-1', 'host:om-3 after om-1 om-2',
        'host:bkp-1 after om-1 om-2 om-3', 'finish after om-1 om-2 om-3 bkp-1',
      ]);
    });
  });

  it('show the plan before anything is touched, and look at everything again after the approval', async () => {
    const fake = gated('start');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      expect((await upgrade.status()).plan?.hosts.map((host) => host.name)).toEqual(['om-1', 'om-2', 'om-3', 'bkp-1']);
      expect(fake.acts).toEqual([]);
      fake.findings = [{ host: 'om-3', subject: 'disk', verdict: 'refused', says: 'There is no room any more.' }];
      await upgrade.approve('start');
      expect((await upgrade.ended()).message).toBe('om-3: There is no room any more.');
      expect(fake.acts).toEqual([]);
    });
  });

  it('take an approval given early, and record both times', async () => {
    const fake = gated('start', 'each-host');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      expect(await upgrade.update('approve', { gate: 'host:om-2', by: 'anna' })).toEqual({ says: 'host:om-2 is approved; it is not open yet and will not wait.' });
      const early = (await upgrade.status()).timeline.find((entry) => entry.step === 'approve host:om-2');
      await upgrade.approve('start');
      await upgrade.waitsFor('host:om-3');
      const passed = (await upgrade.status()).timeline.find((entry) => entry.step === 'gate host:om-2');
      expect(passed).toMatchObject({ by: 'anna', outcome: `approved ${early?.at}` });
      expect(passed?.at).not.toBe(early?.at);
    });
  });

  it('are approved by signal and by update alike, twice without harm', async () => {
    const fake = gated('start', 'finish');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      expect(await upgrade.update('approve', { gate: 'start', by: 'anna' })).toEqual({ says: 'start is approved.' });
      expect((await upgrade.update('approve', { gate: 'start', by: 'ben' })).says).toMatch(/^start was approved by anna at /);
      await upgrade.waitsFor('finish');
      await upgrade.approve('finish');
      await upgrade.approve('finish').catch(() => undefined); // it may have finished meanwhile
      await upgrade.done();
    });
  });

  it('refuse the approval of a gate that does not exist, and record it when it came as a signal', async () => {
    const fake = gated('start');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      const refusal = 'There is no gate "host:om-9" in this upgrade. Its gates: start.';
      await expect(upgrade.update('approve', { gate: 'host:om-9', by: 'anna' })).rejects.toMatchObject({ cause: { message: refusal } });
      await upgrade.signal('approve', { gate: 'host:om-9', by: 'anna' });
      const view = await upgrade.until((seen) => seen.timeline.some((entry) => entry.step === 'approve'), 'the refusal in the timeline');
      expect(view.timeline.at(-1)?.outcome).toBe(`not taken: ${refusal}`);
    });
  });

  it('ask again whether the next host may go down, however long they waited', async () => {
    const fake = gated('each-host');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('host:om-2');
      await upgrade.passes(5 * 86_400_000);
      fake.host('om-3').running = null;
      await upgrade.approve('host:om-2');
      await upgrade.waitsFor('why-not-drain:om-2');
      const [wait] = (await upgrade.status()).waitingFor;
      expect(wait).toMatchObject({ choices: ['retry', 'abort'], asks: 'om-3 is not healthy.' });
      expect(fake.acts).not.toContain('drain:om-2');
      fake.host('om-3').running = '4.4.13';
      await upgrade.answer('why-not-drain:om-2', 'retry');
      await upgrade.approve('host:om-3');
      await upgrade.approve('host:bkp-1');
      await upgrade.done();
      expect(fake.mostDownAtOnce).toBe(1);
    });
  });

  it('see at the end that every host still serves the target, however long `finish` waited', async () => {
    const fake = gated('finish');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('finish');
      fake.host('om-2').running = null;
      await upgrade.approve('finish');
      await upgrade.waitsFor('serves-target:om-2');
      expect(fake.daemons()).toEqual({ 'om-1': 'stopped', 'bkp-1': 'stopped' });
      fake.host('om-2').running = fake.target;
      await upgrade.answer('serves-target:om-2', 'retry');
      await upgrade.done();
    });
  });
});

describe('a person\'s word that nothing runs', () => {
  it('ages: after a hold of an hour it is asked for again before anything stops', async () => {
    const fake = servers({}, { api: undefined });
    let begun: (upgrade: RunningUpgrade<FakeServers>) => void = () => {};
    const running = new Promise<RunningUpgrade<FakeServers>>((resolve) => { begun = resolve; });
    fake.fault('disableAutostart:ucd-2', async () => { await (await running).update('hold', { by: 'anna' }); });
    await upgrading(env, fake, async (upgrade) => {
      begun(upgrade);
      await upgrade.answer('drain:1', 'done-by-hand');
      await upgrade.until((view) => view.held !== null, 'the hold');
      await upgrade.passes(3_600_000);
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.waitsFor('drain:2');
      expect(fake.acts.filter((act) => act.startsWith('stopServer'))).toEqual([]);
      await upgrade.answer('drain:2', 'abort');
      await upgrade.ended();
      expect(fake.serving()).toMatchObject({ 'ucd-1': fake.from, 'ucd-2': fake.from });
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeInstallation } from './fake-installation.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const actsOn = (fake: FakeInstallation, host: string) => fake.acts.filter((act) => act.endsWith(`:${host}`)).map((act) => act.split(':')[0]);

describe('a roll that goes well', () => {
  it('upgrades every host once and takes down one at a time', async () => {
    const fake = new FakeInstallation(installation());
    await upgrading(env, fake, async (upgrade) => {
      const summary = await upgrade.done();
      expect(summary.phase).toBe('done');
      expect(fake.finished()).toEqual(['om-1', 'om-2', 'om-3']);
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'om-3': 1, 'bkp-1': 1 });
      expect(fake.mostDownAtOnce).toBe(1);
      expect(fake.locks()).toEqual([null, null, null, null]);
      expect(summary.watch).toEqual({ probes: 10, answered: 10, longestGapMs: 0 });
      expect(summary.headline).toContain('4.4.13 → 4.4.18 done on 4 hosts');
    });
  });

  it('goes through one host in the vendor\'s order, its Backup Daemon before the drain', async () => {
    const fake = new FakeInstallation(installation());
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(actsOn(fake, 'om-1')).toEqual([
        'backUp', 'saveConfiguration', 'stagePackage',
        'stopBackupDaemon', 'drain', 'stopApplication', 'installPackage', 'startApplication', 'putBack', 'soak',
        'startBackupDaemon', 'cleanUp',
      ]);
      expect(fake.acts.indexOf('installPackage:om-2')).toBeGreaterThan(fake.acts.indexOf('putBack:om-1'));
      expect(fake.acts.indexOf('installPackage:om-3')).toBeGreaterThan(fake.acts.indexOf('putBack:om-2'));
      expect(fake.acts.indexOf('installPackage:bkp-1')).toBeGreaterThan(fake.acts.indexOf('putBack:om-3'));
    });
  });

  it.each(['om-1', 'om-3'])('does not take down %s again, which somebody upgraded by hand while its gate waited, and proves it all the same', async (name) => {
    const fake = new FakeInstallation(installation({ approve: ['each-host'] }));
    await upgrading(env, fake, async (upgrade) => {
      if (name === 'om-1') fake.fault('stagePackage:om-2', () => { Object.assign(fake.host(name), { installed: fake.target, running: fake.target }); });
      await upgrade.approve('host:om-2');
      await upgrade.waitsFor('host:om-3');
      if (name === 'om-3') Object.assign(fake.host(name), { installed: fake.target, running: fake.target });
      for (const gate of ['host:om-3', 'host:bkp-1']) await upgrade.approve(gate);
      await upgrade.done();
      expect(fake.installs[name]).toBeUndefined();
      expect(fake.acts.filter((act) => [`drain:${name}`, `stopApplication:${name}`, `startApplication:${name}`].includes(act))).toEqual([`startApplication:${name}`]); // which finds it started
      expect([fake.times(`soak:${name}`), fake.finished()]).toEqual([1, ['om-1', 'om-2', 'om-3']]);
      expect(fake.mostDownAtOnce).toBe(1);
    });
  });

  it('asks whether a host may go down right before every drain and every stop', async () => {
    const fake = new FakeInstallation(installation());
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect([fake.times('whyNotNow:om-1'), fake.times('whyNotNow:om-2'), fake.times('whyNotNow:bkp-1')]).toEqual([2, 2, 1]);
    });
  });

  it('starts at the end the Backup Daemons that ran before, and leaves the stopped ones stopped', async () => {
    const fake = new FakeInstallation(installation({}, { hosts: [
      { name: 'om-1', address: '10.0.0.1', platform: 'debian', roles: ['application', 'backup-daemon'] },
      { name: 'om-2', address: '10.0.0.2', platform: 'debian', roles: ['application', 'backup-daemon'] },
      { name: 'bkp-1', address: '10.0.0.4', platform: 'debian', roles: ['backup-daemon'] },
    ] }));
    fake.host('om-2').daemon = 'stopped';
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'om-2': 'stopped', 'bkp-1': 'running' });
      expect(fake.acts.indexOf('startBackupDaemon:om-1')).toBeGreaterThan(fake.acts.indexOf('installPackage:bkp-1'));
    });
  });

  it('works first on the host that is down already', async () => {
    const fake = new FakeInstallation(installation());
    fake.host('om-2').running = null;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.acts.filter((act) => act.startsWith('installPackage'))).toEqual(['installPackage:om-2', 'installPackage:om-1', 'installPackage:om-3', 'installPackage:bkp-1']);
      expect(fake.mostDownAtOnce).toBe(1);
    });
  });

  it('starts a Backup Daemon once more that stopped itself again', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('startBackupDaemon:bkp-1', (times) => (times === 1 ? { outcome: 'done', evidence: 'it lived for a moment' } : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'bkp-1': 'running' });
    });
  });

  it('asks when a Backup Daemon does not stay alive at the end', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('startBackupDaemon:bkp-1', () => ({ outcome: 'done', evidence: 'it lived for a moment' }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-daemon-dead:bkp-1', 'leave-stopped');
      expect((await upgrade.done()).headline).toContain('bkp-1');
    });
  });
});

describe('an installation on two versions', () => {
  it('leaves finished hosts alone', async () => {
    const fake = new FakeInstallation(installation());
    Object.assign(fake.host('om-1'), { installed: fake.target, running: fake.target, daemon: 'stopped' });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.installs).toEqual({ 'om-2': 1, 'om-3': 1, 'bkp-1': 1 });
      expect(actsOn(fake, 'om-1')).not.toContain('drain');
      expect(actsOn(fake, 'om-1')).not.toContain('stopApplication');
    });
  });

  it('does not wait for Backup Daemons to stop themselves when Upgrade Mode is over', async () => {
    const fake = new FakeInstallation(installation());
    for (const name of ['om-1', 'om-2', 'om-3']) Object.assign(fake.host(name), { installed: fake.target, running: fake.target });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.installs).toEqual({ 'bkp-1': 1 });
      expect(fake.times('awaitBackupDaemonsStopped')).toBe(0);
    });
  });
});

describe('what refuses', () => {
  it('ends before anything is touched, and says everything that is wrong', async () => {
    const fake = new FakeInstallation(installation());
    fake.findings = [
      { host: 'om-2', subject: 'gen.key', verdict: 'refused', says: 'gen.key differs from that on om-1.' },
      { subject: 'versions', verdict: 'refused', says: 'Three versions are installed.' },
      { host: 'om-1', subject: 'disk', verdict: 'ok', says: 'There is room.' },
    ];
    await upgrading(env, fake, async (upgrade) => {
      const { type, message, summary } = await upgrade.ended();
      expect(type).toBe('Refused');
      expect(message).toBe('om-2: gen.key differs from that on om-1.\nThree versions are installed.');
      expect(summary?.refusals).toHaveLength(2);
      expect(fake.acts).toEqual([]);
    });
  });
});

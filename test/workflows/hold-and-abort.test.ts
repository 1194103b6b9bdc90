import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import { failed, unknown } from './fake-outcomes.ts';
import { FakeInstallation } from './fake-installation.ts';
import { installation, type RunningUpgrade } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const READ_ONLY = 'Ops Manager stays read-only (Upgrade Mode) and backups are not running until the upgrade is started again and finished.';

/** Lets a message arrive while an act is at work: the act waits until it was heard. */
function during(fake: FakeInstallation, act: string, send: () => Promise<unknown>): void {
  fake.fault(act, async (times) => { if (times === 1) await send(); });
}

async function upgradingWith(fake: FakeInstallation, act: string, send: (upgrade: RunningUpgrade) => Promise<unknown>, test: (upgrade: RunningUpgrade) => Promise<void>): Promise<void> {
  let running: (upgrade: RunningUpgrade) => void = () => {};
  const upgrade = new Promise<RunningUpgrade>((resolve) => { running = resolve; });
  during(fake, act, async () => send(await upgrade));
  await upgrading(env, fake, async (begun) => {
    running(begun);
    await test(begun);
  });
}

describe('hold', () => {
  it('finishes the host in hand and begins no new one until resume', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'drain:om-2', (upgrade) => upgrade.update('hold', { by: 'anna', reason: 'a call' }), async (upgrade) => {
      await upgrade.until((view) => view.hosts[1]?.state === 'upgraded', 'om-2 upgraded');
      await upgrade.passes(3_600_000);
      const view = await upgrade.status();
      expect(view.held).toMatchObject({ by: 'anna', reason: 'a call', now: false });
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1 });
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.done();
      expect(fake.mostDownAtOnce).toBe(1);
    });
  });

  it('takes effect after the step in hand with `now`, and asks again whether the host may go down', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'drain:om-2', (upgrade) => upgrade.update('hold', { by: 'anna', now: true }), async (upgrade) => {
      await upgrade.until((view) => view.timeline.some((entry) => entry.step === 'drain' && entry.host === 'om-2'), 'om-2 drained');
      await upgrade.passes(3_600_000);
      expect(fake.host('om-2').running).toBe('4.4.13');
      const asked = fake.times('whyNotNow:om-2');
      fake.host('om-3').running = null;
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.waitsFor('why-not-stop:om-2');
      expect(fake.times('whyNotNow:om-2')).toBeGreaterThan(asked);
      expect(fake.host('om-2').running).toBe('4.4.13');
    });
  });

  it('given while it is asked whether a host may go down makes it asked once more', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'whyNotNow:om-2', (upgrade) => upgrade.update('hold', { by: 'anna', now: true }), async (upgrade) => {
      await upgrade.until(() => fake.times('whyNotNow:om-2') === 1, 'the question');
      await upgrade.passes(3_600_000);
      expect(fake.acts).not.toContain('drain:om-2');
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.done();
      expect(fake.times('whyNotNow:om-2')).toBe(3);
    });
  });

  it('is not stretched over a host that is down: install and start follow', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'installPackage:om-2', (upgrade) => upgrade.update('hold', { by: 'anna', now: true }), async (upgrade) => {
      await upgrade.until((view) => view.hosts[1]?.state === 'upgraded', 'om-2 upgraded');
      expect(fake.finished()).toContain('om-2');
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1 });
    });
  });
});

/** One host is installed from a tarball. */
function onTarball(name: string): OpsManagerInstallation {
  const { hosts, target, ...rest } = installation();
  return {
    ...rest, hosts: hosts.map((host) => host.name === name ? { ...host, platform: 'linux' } : host),
    target: { ...target, packages: { ...target.packages, linux: { file: 'mms.tar.gz', sha256: 'f'.repeat(64) } } },
  };
}

describe('abort', () => {
  it('before anything was touched says so', async () => {
    const fake = new FakeInstallation(installation({ approve: ['start'] }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      expect(await upgrade.update('abort', { by: 'anna', reason: 'not tonight' })).toEqual({ says: 'The upgrade will abort at the next safe point.' });
      const { type, message, summary } = await upgrade.ended();
      expect(type).toBe('Aborted');
      expect(message).toContain('Aborted (by anna: not tonight) before any host was upgraded');
      expect(summary?.phase).toBe('aborted');
      expect(fake.acts).toEqual([]);
    });
  });

  it('inside a host before its install starts the old version again, puts it back and starts its Backup Daemon', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'stopApplication:om-1', (upgrade) => upgrade.abort(), async (upgrade) => {
      const { type, message } = await upgrade.ended();
      expect(type).toBe('Aborted');
      expect(message).not.toContain('read-only');
      expect(fake.host('om-1')).toMatchObject({ running: '4.4.13', inService: true, daemon: 'running' });
      expect(fake.installs).toEqual({});
      expect(fake.locks()).toEqual([null, null, null, null]);
    });
  });

  it('given by Temporal\'s own cancel is the same', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'drain:om-1', (upgrade) => upgrade.handle.cancel(), async (upgrade) => {
      const { type, message } = await upgrade.ended();
      expect(type).toBe('Aborted');
      expect(message).toContain("by Temporal's cancel");
      expect(fake.host('om-1')).toMatchObject({ running: '4.4.13', inService: true, daemon: 'running' });
      expect(fake.acts).not.toContain('stopApplication:om-1');
    });
  });

  it('after the install has begun finishes the host first, then says that Ops Manager is read-only and backups rest', async () => {
    const fake = new FakeInstallation(installation());
    fake.startsDaemon.add('om-1');
    await upgradingWith(fake, 'installPackage:om-1', (upgrade) => upgrade.abort(), async (upgrade) => {
      const { type, message, summary } = await upgrade.ended();
      expect(type).toBe('Aborted');
      expect(message.split('\n')[0]).toContain(READ_ONLY);
      expect(summary?.headline).toContain(READ_ONLY);
      expect(fake.finished()).toEqual(['om-1']);
      expect(fake.installs).toEqual({ 'om-1': 1 });
      expect(fake.locks()).toEqual([null, null, null, null]);
    });
  });

  it('in the middle of a later host brings its old version back, whose Backup Daemon stays down', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'stopApplication:om-2', (upgrade) => upgrade.abort(), async (upgrade) => {
      const { message } = await upgrade.ended();
      expect(message).toContain(READ_ONLY);
      expect(fake.host('om-2')).toMatchObject({ running: '4.4.13', inService: true });
      expect(fake.daemons()).toEqual({ 'om-1': 'stopped', 'bkp-1': 'stopped' });
    });
  });

  it('while a person is asked about Backup Daemons puts the first host back, if it serves', async () => {
    const fake = new FakeInstallation(installation({ backupDaemons: { for: '10m' } }));
    fake.host('bkp-1').busy = Infinity;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-daemons', 'abort', { note: 'tomorrow' });
      const { message } = await upgrade.ended();
      expect(message).toContain('tomorrow');
      expect(message).toContain(READ_ONLY);
      expect(fake.finished()).toEqual(['om-1']);
    });
  });

  it('while Backup Daemons are watched does not wait for them', async () => {
    const fake = new FakeInstallation(installation({ backupDaemons: { for: '10h' } }));
    fake.host('bkp-1').busy = Infinity;
    await upgradingWith(fake, 'awaitBackupDaemonsStopped', (upgrade) => upgrade.abort(), async (upgrade) => {
      const before = Date.parse((await upgrade.status()).hosts[0]?.since ?? '');
      await upgrade.ended();
      const { closeTime } = await upgrade.handle.describe();
      expect((closeTime?.getTime() ?? Infinity) - before).toBeLessThan(3_600_000);
      expect(fake.finished()).toEqual(['om-1']);
    });
  });

  it('while a host does not come up says which one is out of service', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('startApplication:om-1', () => failed('the start failed'));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('start:om-1', 'abort');
      const { message } = await upgrade.ended();
      expect(message).toContain('Not in service, look at it now: om-1 (starting).');
    });
  });

  it('while it is not known whether a package was installed leaves the host alone and says so', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('installPackage:om-1', () => unknown('the host was rebooted'));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('install:om-1', 'abort');
      const { message } = await upgrade.ended();
      expect(message).toContain('Not in service, look at it now: om-1 (installing).');
      expect(message).not.toContain('read-only');
      expect(fake.acts).not.toContain('startApplication:om-1');
    });
  });

  it('puts the old tree of a tarball host back that was never started on the new one, and its old version in service', async () => {
    const fake = new FakeInstallation(onTarball('om-1'));
    fake.fault('installPackage:om-1', (times) => {
      fake.host('om-1').installed = fake.target;
      return times === 1 ? unknown('the host was rebooted amid the switch') : undefined;
    });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('install:om-1', 'abort');
      const { message } = await upgrade.ended();
      expect(message).toContain('before any host was upgraded');
      expect(message).not.toContain('Not in service');
      expect(fake.host('om-1')).toMatchObject({ installed: '4.4.13', running: '4.4.13', inService: true });
      expect(fake.acts.slice(fake.acts.indexOf('takeBackTree:om-1'))).toEqual(['takeBackTree:om-1', 'startApplication:om-1', 'putBack:om-1', 'startBackupDaemon:om-1', 'releaseLocks']);
    });
  });

  it('given while a tarball host is installed takes the switch back, because nothing was started on it', async () => {
    const fake = new FakeInstallation(onTarball('om-1'));
    await upgradingWith(fake, 'installPackage:om-1', (upgrade) => upgrade.abort(), async (upgrade) => {
      const { message } = await upgrade.ended();
      expect(message).toContain('before any host was upgraded');
      expect(fake.host('om-1')).toMatchObject({ installed: '4.4.13', running: '4.4.13', inService: true });
    });
  });

  it('leaves alone what an earlier run switched: whether that was started since is not known', async () => {
    const fake = new FakeInstallation(onTarball('om-1'));
    Object.assign(fake.host('om-1'), { installed: fake.target, running: null, inService: false, daemon: 'stopped' });
    fake.fault('installPackage:om-1', () => failed('gen.key is not there'));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('install:om-1', 'abort');
      const { message } = await upgrade.ended();
      expect(message).toContain('om-1: 4.4.18');
      expect(fake.acts).not.toContain('takeBackTree:om-1');
    });
  });

  it('takes the locks off that may have been taken, though that was not seen', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('takeLocks', (_, { attempt }) => { fake.host('om-1').locked = attempt?.owner.firstExecutionRunId ?? ''; return unknown('the connection was cut'); });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('lock', 'abort');
      await upgrade.ended();
      expect(fake.locks()).toEqual([null, null, null, null]);
    });
  });

  it('does not start the target on a host that an earlier run left half upgraded', async () => {
    const fake = new FakeInstallation(installation());
    Object.assign(fake.host('om-1'), { installed: fake.target, running: null, inService: false, daemon: 'stopped' });
    fake.whyNot = () => 'the Application Database has no majority.';
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('why-not-drain:om-1', 'abort');
      await upgrade.ended();
      expect(fake.acts).not.toContain('startApplication:om-1');
    });
  });
});

describe('an aborted upgrade', () => {
  it('goes on when it is started again, and installs nothing twice', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'installPackage:om-1', (upgrade) => upgrade.abort(), async (upgrade) => { await upgrade.ended(); });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'om-3': 1, 'bkp-1': 1 });
      expect(fake.finished()).toEqual(['om-1', 'om-2', 'om-3']);
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'bkp-1': 'running' });
      expect(fake.mostDownAtOnce).toBe(1);
    });
  });

  it('starts at its end the Backup Daemons that the aborted run stopped, though no host was finished then', async () => {
    const fake = new FakeInstallation(installation({ backupDaemons: { stop: 'before-first-host' } }));
    fake.fault('startApplication:om-1', (times) => (times === 1 ? failed('no room for its log') : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('start:om-1', 'abort');
      expect((await upgrade.ended()).message).toContain('Not in service, look at it now: om-1');
    });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'bkp-1': 'running' });
    });
  });

  it('goes on, too, after Temporal\'s terminate in the middle of a host', async () => {
    const fake = new FakeInstallation(installation());
    await upgradingWith(fake, 'installPackage:om-2', (upgrade) => upgrade.handle.terminate('a test'), async (upgrade) => {
      await upgrade.handle.result().catch(() => undefined);
    });
    fake.findings = [{ host: 'om-2', subject: 'lock', verdict: 'warning', says: 'The lock of a closed run will be adopted.' }];
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.finished()).toEqual(['om-1', 'om-2', 'om-3']);
      expect(fake.installs).toMatchObject({ 'om-1': 1, 'om-2': 1 });
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'bkp-1': 'running' });
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failed } from './fake-outcomes.ts';
import { FakeInstallation } from './fake-installation.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const starts = (fake: FakeInstallation, host: string) => fake.acts.filter((act) => act === `startApplication:${host}`).length;

/** A fake whose daemon host is in the middle of a job that lasts for so many looks. */
function withJob(looks: number, policy: object = {}): FakeInstallation {
  const fake = new FakeInstallation(installation({ backupDaemons: { for: '10m', ...policy } }));
  fake.host('bkp-1').busy = looks;
  return fake;
}

describe('Backup Daemons that stop themselves in time', () => {
  it('are neither stopped by hand nor a reason to restart the first host', async () => {
    const fake = withJob(3);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(starts(fake, 'om-1')).toBe(1);
      expect(fake.acts).not.toContain('stopBackupDaemon:bkp-1');
    });
  });

  it('make the first host start again when its start hung because of them', async () => {
    const fake = withJob(3);
    fake.startNeedsDaemonsDown = true;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(starts(fake, 'om-1')).toBe(2);
      expect(fake.installs['om-1']).toBe(1);
    });
  });
});

describe('a Backup Daemon whose job outlasts the policy\'s time', () => {
  it('is a question, and no other host is touched meanwhile', async () => {
    const fake = withJob(Infinity);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('backup-daemons');
      const [wait] = (await upgrade.status()).waitingFor;
      expect(wait?.choices).toEqual(['wait', 'stop', 'abort']);
      expect(wait?.asks).toContain('bkp-1');
      expect(wait?.evidence).toContain('a job for 40 minutes');
      await upgrade.passes(86_400_000);
      expect(fake.acts.some((act) => act.endsWith(':om-2') && act !== 'saveConfiguration:om-2' && act !== 'stagePackage:om-2')).toBe(false);
    });
  });

  it('may be waited for: then the first host is restarted, never reinstalled', async () => {
    const fake = withJob(Infinity);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-daemons', 'wait', { for: '30m' });
      await upgrade.waitsFor('backup-daemons:2');
      fake.host('bkp-1').busy = 2;
      await upgrade.answer('backup-daemons:2', 'wait');
      await upgrade.done();
      expect(starts(fake, 'om-1')).toBe(2);
      expect(fake.installs['om-1']).toBe(1);
      expect(fake.acts).not.toContain('stopBackupDaemon:bkp-1');
      expect(fake.mostDownAtOnce).toBe(1);
    });
  });

  it('may be stopped by hand: by the service, proven, then the first host is restarted', async () => {
    const fake = withJob(Infinity);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-daemons', 'stop');
      await upgrade.done();
      expect(fake.acts.filter((act) => act === 'stopBackupDaemon:bkp-1')).toHaveLength(1);
      expect(starts(fake, 'om-1')).toBe(2);
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'bkp-1': 'running' });
    });
  });

  it('is stopped by the init script when the service was told three times in vain', async () => {
    const fake = withJob(Infinity);
    fake.host('bkp-1').obeys = 'init-script';
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-daemons', 'stop');
      await upgrade.done();
      const tries = fake.tokens.filter((token) => token.includes('/stop-backup-daemon:bkp-1#')).map((token) => token.split('#')[1]);
      expect(tries).toEqual(['1', '2', '3', '4']);
    });
  });

  it('is a person\'s when neither way works, and "done by hand" must pass the check', async () => {
    const fake = withJob(Infinity);
    fake.host('bkp-1').obeys = 'nothing';
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-daemons', 'stop');
      const first = await upgrade.answer('stop-backup-daemon:bkp-1', 'done-by-hand');
      const second = await upgrade.waitsFor('stop-backup-daemon:bkp-1');
      expect(second).not.toBe(first);
      fake.host('bkp-1').daemon = 'stopped';
      await upgrade.answer(second, 'done-by-hand');
      await upgrade.done();
      expect(fake.acts.filter((act) => act === 'stopBackupDaemon:bkp-1')).toHaveLength(4);
    });
  });

  it.each([
    ['stop', 2, true], ['wait', 2, false],
  ] as const)('is answered beforehand by the policy %s', async (whenStuck, restarts, byHand) => {
    const fake = withJob(25, { whenStuck });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(starts(fake, 'om-1')).toBe(restarts);
      expect(fake.acts.includes('stopBackupDaemon:bkp-1')).toBe(byHand);
    });
  });

  it('is a person\'s again when it comes back after the policy stopped it: no endless stopping', async () => {
    const fake = withJob(Infinity, { whenStuck: 'stop' });
    fake.fault('stopBackupDaemon:bkp-1', () => ({ outcome: 'done', evidence: 'gone, but something starts it again' }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('backup-daemons');
      expect(fake.acts.filter((act) => act === 'stopBackupDaemon:bkp-1')).toHaveLength(1);
    });
  });

  it('asks whether the first host may go down before a serving one is restarted', async () => {
    const fake = withJob(Infinity);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('backup-daemons');
      fake.host('om-3').running = null;
      await upgrade.answer('backup-daemons', 'stop');
      await upgrade.waitsFor('why-not-restart:om-1');
      expect(starts(fake, 'om-1')).toBe(1);
      fake.host('om-3').running = '4.4.13';
      await upgrade.answer('why-not-restart:om-1', 'retry');
      await upgrade.done();
      expect(starts(fake, 'om-1')).toBe(2);
    });
  });
});

describe('Backup Daemons that cannot be seen', () => {
  it('are not stopped on a guess', async () => {
    const fake = new FakeInstallation(installation());
    fake.fault('lookAtBackupDaemons', (times, { hosts }) => (times === 1 ? hosts?.map(({ name }) => ({ host: name, running: 'unknown', process: 'cannot be reached' })) : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('backup-daemon-unseen:om-1');
      expect(fake.acts).not.toContain('stopBackupDaemon:om-1');
      await upgrade.answer('backup-daemon-unseen:om-1', 'retry');
      await upgrade.done();
    });
  });
});

describe('the policy before-first-host', () => {
  it('stops every daemon by hand while all application hosts serve', async () => {
    const fake = new FakeInstallation(installation({ backupDaemons: { stop: 'before-first-host' } }));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.acts.indexOf('stopBackupDaemon:bkp-1')).toBeLessThan(fake.acts.indexOf('drain:om-1'));
      expect(starts(fake, 'om-1')).toBe(1);
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'bkp-1': 'running' });
    });
  });
});

describe('a Backup Daemon that a host\'s start brought up', () => {
  it('gets two minutes to stop itself, then is stopped by hand, though it was stopped before', async () => {
    const fake = new FakeInstallation(installation());
    fake.startsDaemon.add('om-1').add('om-2');
    Object.assign(fake.host('om-1'), { busy: Infinity });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(fake.acts.filter((act) => act === 'stopBackupDaemon:om-1')).toHaveLength(2);
      expect(fake.acts).not.toContain('stopBackupDaemon:om-2');
      expect(fake.daemons()).toEqual({ 'om-1': 'running', 'om-2': 'stopped', 'bkp-1': 'running' });
    });
  });
});

describe('a host that serves only a Backup Daemon', () => {
  it('is upgraded with its daemon down, and is stopped first where it still runs', async () => {
    const fake = new FakeInstallation(installation());
    for (const name of ['om-1', 'om-2', 'om-3']) Object.assign(fake.host(name), { installed: fake.target, running: fake.target });
    let daemonAtInstall = '';
    fake.fault('installPackage:bkp-1', () => { daemonAtInstall = fake.host('bkp-1').daemon; });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.done();
      expect(daemonAtInstall).toBe('stopped');
      expect(fake.daemons()['bkp-1']).toBe('running');
    });
  });

  it('is not installed over while its daemon will not stop', async () => {
    const fake = new FakeInstallation(installation());
    for (const name of ['om-1', 'om-2', 'om-3']) Object.assign(fake.host(name), { installed: fake.target, running: fake.target });
    fake.fault('stopBackupDaemon:bkp-1', () => failed('it goes on'));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('stop-backup-daemon:bkp-1');
      expect(fake.installs).toEqual({});
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeInstallation } from './fake-installation.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

const KEY = { api: { publicKey: { env: 'OM_PUBLIC' }, privateKey: { env: 'OM_PRIVATE' } } };

function withKey(policy: object = {}): FakeInstallation {
  return new FakeInstallation(installation(policy, KEY));
}

describe('with an API key, new backup jobs', () => {
  it('are kept away well before the first host goes down, and may begin again once Upgrade Mode is over and the daemons live', async () => {
    const fake = withKey({ approve: ['first-host'] });
    fake.fault('drain:om-1', () => { expect(fake.backupJobs.on()).toEqual([]); });
    fake.fault('startBackupDaemon:bkp-1', () => { expect(fake.backupJobs.on()).toEqual([]); });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('first-host');
      const { timeline } = await upgrade.status();
      const at = (step: string) => Date.parse(timeline.find((entry) => entry.step === step && entry.outcome === 'done')?.at ?? '');
      expect(at('stop-backup-daemon') - at('backup-jobs-off')).toBeGreaterThanOrEqual(5 * 60_000);
      await upgrade.approve('first-host');
      expect((await upgrade.done()).headline).not.toMatch(/backup jobs/i);
      const order = (await upgrade.status()).timeline.map(({ step }) => step);
      expect(order.indexOf('backup-jobs-on')).toBeGreaterThan(order.indexOf('upgrade-mode-off'));
    });
    expect(fake.backupJobs.on()).toEqual(['om-1', 'bkp-1']);
    expect(fake.backupJobs.noted).toEqual([]);
  });

  it('are not waited for longer than the policy says, counted from when they were switched off', async () => {
    const fake = withKey({ approve: ['first-host'], backupDaemons: { quiesce: '2h' } });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.until((view) => view.timeline.some(({ step, outcome }) => step === 'backup-jobs-off' && outcome.includes('2h')), 'the wait');
      expect(fake.acts).not.toContain('drain:om-1');
      await upgrade.passes(2 * 3_600_000);
      await upgrade.waitsFor('first-host');
    });
  });

  it('stay off for a daemon that a person had disabled', async () => {
    const fake = withKey();
    fake.backupJobs.daemons[1]!.enabled = false;
    await upgrading(env, fake, async (upgrade) => { await upgrade.done(); });
    expect(fake.backupJobs.on()).toEqual(['om-1']);
  });

  it('are left alone where the policy says never', async () => {
    const fake = withKey({ backupDaemons: { quiesce: 'never' } });
    await upgrading(env, fake, async (upgrade) => { await upgrade.done(); });
    expect(fake.acts.filter((act) => act.startsWith('switchBackupJobs'))).toEqual([]);
  });

  it('that the key may not keep away cost the upgrade nothing: it is told, and nobody is asked', async () => {
    const fake = withKey({ approve: ['first-host'] });
    fake.backupJobs.refuses = 'the API key may not do this (403)';
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('first-host');
      const { timeline } = await upgrade.status();
      expect(timeline.filter(({ step }) => step.startsWith('question'))).toEqual([]);
      expect(timeline.filter(({ step }) => step === 'backup-jobs-off').map(({ outcome }) => outcome)).toEqual(['failed', expect.stringMatching(/goes on without.*403/)]);
      await upgrade.approve('first-host');
      await upgrade.done();
    });
    expect(fake.backupJobs.on()).toEqual(['om-1', 'bkp-1']);
  });

  it('that cannot be let begin again at the end are a question; done by hand counts when it is seen', async () => {
    const fake = withKey();
    fake.fault('switchBackupJobsOn', (times) => { if (times === 1) fake.backupJobs.refuses = 'the API key may not do this (403)'; });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('backup-jobs-on', 'done-by-hand');
      await upgrade.waitsFor('backup-jobs-on:2');
      for (const daemon of fake.backupJobs.daemons) daemon.enabled = true;
      await upgrade.answer('backup-jobs-on:2', 'done-by-hand');
      await upgrade.done();
    });
  });
});

describe('after an abort, backup jobs', () => {
  it('begin again when Upgrade Mode had not begun', async () => {
    const fake = withKey();
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.until(() => fake.backupJobs.on().length === 0, 'the wait');
      await upgrade.abort();
      const { message } = await upgrade.ended();
      expect(message).not.toMatch(/backup jobs/i);
    });
    expect(fake.backupJobs.on()).toEqual(['om-1', 'bkp-1']);
    expect(fake.acts).not.toContain('stopApplication:om-1');
  });

  it('stay off in Upgrade Mode, which the report says with the way out, until the next run has ended it', async () => {
    const fake = withKey({ approve: ['each-host'] });
    fake.backupJobs.daemons[0]!.enabled = false;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('host:om-2');
      await upgrade.abort();
      const { message } = await upgrade.ended();
      expect(message).toContain('Backup jobs are switched off for bkp-1 (/data/backup/)');
      expect(message).toContain('tick "Backup Jobs" of bkp-1 (/data/backup/)');
    });
    expect(fake.backupJobs.on()).toEqual([]);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.throughAll();
      await upgrade.done();
    });
    expect(fake.backupJobs.on()).toEqual(['bkp-1']);
    expect(fake.backupJobs.noted).toEqual([]);
  });

  it('begin again at the end of the next run, too, when this one was terminated before it could say anything', async () => {
    const fake = withKey({ approve: ['first-host'] });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('first-host');
      await upgrade.handle.terminate('a test');
    });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.throughAll();
      await upgrade.done();
    });
    expect(fake.backupJobs.on()).toEqual(['om-1', 'bkp-1']);
  });

  it('begin again when the next run is aborted after every host was upgraded, though that run never switched any off', async () => {
    const fake = withKey({ approve: ['finish'] });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('finish');
      await upgrade.handle.terminate('a test');
    });
    expect(fake.backupJobs.on()).toEqual([]);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('finish');
      await upgrade.abort();
      expect((await upgrade.ended()).message).not.toMatch(/backup jobs/i);
    });
    expect(fake.backupJobs.on()).toEqual(['om-1', 'bkp-1']);
  });
});

describe('backup jobs that an earlier run left off and this one may not switch on', () => {
  it.each<[string, (file: { api?: unknown; policy: { backupDaemons: { quiesce?: string } } }) => void]>([
    ['because the policy says never now', ({ policy }) => { policy.backupDaemons.quiesce = 'never'; }],
    ['because the key is not in the file any more', (file) => { delete file.api; delete file.policy.backupDaemons.quiesce; }],
  ])('are named with the way by hand by an abort and by the end, %s', async (_, change) => {
    const fake = withKey({ approve: ['finish'] });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('finish');
      await upgrade.handle.terminate('a test');
    });
    change(fake.installation as never);
    const told = /Backup jobs are switched off for om-1 .*does not let this one.*tick "Backup Jobs" of om-1 .*, bkp-1/;
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('finish');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toMatch(told);
    });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.throughAll();
      expect((await upgrade.done()).headline).toMatch(told);
    });
    expect(fake.acts.filter((act) => act === 'switchBackupJobsOn')).toEqual([]);
  });
});

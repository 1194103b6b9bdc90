import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { continuingAsNewAfter, QUICK, RealTime, small } from './dev-server.ts';
import { failed } from './fake-outcomes.ts';

/** Few enough that one upgrade continues as new several times. */
const EVENTS = 60;

/** It owes the installation much on the way: backup jobs that were switched off, hosts that were quiesced. */
function owing() {
  const api = { publicKey: { env: 'OM_PUBLIC' }, privateKey: { env: 'OM_PRIVATE' } };
  return small({ backupDaemons: { ...QUICK.backupDaemons, quiesce: '1s' } }, { api }, { quiesce: { before: 'quiet', after: 'loud' } });
}

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(continuingAsNewAfter(EVENTS)); });
afterAll(async () => { await env?.end(); });

describe('an upgrade that continues as new', () => {
  it.concurrent('does every step once, with the lock and the tokens of its first run', async () => {
    const fake = owing();
    await env.upgrading(fake, async (upgrade) => {
      const summary = await upgrade.done();
      const runs = await env.runsOf(upgrade);
      expect(runs.length).toBeGreaterThan(3);
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
      expect(new Set(fake.tokens.map((token) => token.split('/')[0]))).toEqual(new Set([upgrade.handle.firstExecutionRunId]));
      expect(fake.tokens.length).toBe(new Set(fake.tokens).size);
      expect(fake.mostDownAtOnce).toBe(1);
      expect(fake.backupJobs.on()).toEqual(['om-1', 'bkp-1']);
      expect(fake.acts.filter((act) => /quiesceHost|switchBackupJobs/.test(act)).sort()).toEqual([
        'quiesceHost:bkp-1', 'quiesceHost:om-1', 'quiesceHost:om-2', 'switchBackupJobsOff', 'switchBackupJobsOn',
        'unquiesceHost:bkp-1', 'unquiesceHost:om-1', 'unquiesceHost:om-2',
      ]);
      expect(fake.times('preflight')).toBe(2);
      expect(summary).toMatchObject({ phase: 'done', from: '4.4.13', to: '4.4.18', watch: { probes: 10 } });
      expect(summary.hosts.map((host) => [host.version, host.state])).toEqual([['4.4.18', 'upgraded'], ['4.4.18', 'upgraded'], ['4.4.18', 'upgraded']]);
    });
  });

  it.concurrent('loses no message, whenever it comes', async () => {
    const fake = small({ approve: ['start', 'first-host', 'each-host', 'finish'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      // Said in the middle of steps, before and after the upgrade continues as new.
      const saying = { 'saveConfiguration:om-1': 'first-host', 'stagePackage:om-2': 'host:om-2', 'stopApplication:om-1': 'host:bkp-1', 'putBack:om-1': 'finish' };
      for (const [act, gate] of Object.entries(saying)) fake.fault(act, async (times) => { if (times === 1) await upgrade.approve(gate); });
      await upgrade.approve('start');
      await upgrade.done();
      expect((await env.runsOf(upgrade)).length).toBeGreaterThan(3);
      expect(fake.finished()).toEqual(['om-1', 'om-2']);
    });
  });

  it.concurrent('keeps a hold, early approvals, attempts and question numbers', async () => {
    const fake = small({ approve: ['start', 'finish'] });
    fake.fault('stopApplication:om-2', (times, { attempt }) => (times <= 3 && attempt?.mode === 'act' ? failed('it still runs') : undefined));
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      await upgrade.update('approve', { gate: 'finish', by: 'anna', note: 'early' });
      await upgrade.update('hold', { by: 'anna', reason: 'a call' });
      await upgrade.approve('start');
      const held = await upgrade.until((view) => view.phase === 'upgrading', 'the first host');
      const since = held.held?.since;
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.answer('stop:om-2', 'retry');
      expect(await upgrade.answer('stop:om-2:2', 'retry')).toBe('stop:om-2:2');
      await upgrade.answer('stop:om-2:3', 'retry');
      await upgrade.done();
      expect(since).toBeDefined();
      expect((await env.runsOf(upgrade)).length).toBeGreaterThan(3);
      expect(fake.tokens.filter((token) => token.includes('/stop:om-2#')).map((token) => token.split('#')[1])).toEqual(['1', '2', '3', '4']);
    });
  });

  it.concurrent('is aborted as if it had not', async () => {
    const fake = owing();
    await env.upgrading(fake, async (upgrade) => {
      fake.fault('stopApplication:om-2', async (times) => { if (times === 1) await upgrade.abort('enough'); });
      const { type, message } = await upgrade.ended();
      expect(type).toBe('Aborted');
      expect(message).toContain('Ops Manager stays read-only');
      expect(message).toContain('Backup jobs are switched off for om-1 (/data/backup/), bkp-1 (/data/backup/)');
      expect([...fake.hosts.values()].filter(({ quiesced }) => quiesced)).toEqual([]);
      expect(fake.host('om-2')).toMatchObject({ running: '4.4.13', inService: true });
      expect(fake.locks()).toEqual([null, null, null]);
    });
  });

  it('never does so at once again: a run that did nothing goes on, however often it is suggested', async () => {
    const fake = small({ approve: ['start'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      for (let times = 0; times < EVENTS / 2; times += 1) await upgrade.signal('approve', { gate: 'none', by: 'tester' });
      await upgrade.waitsFor('start');
      expect(await env.runsOf(upgrade)).toHaveLength(1);
      await upgrade.approve('start');
      await upgrade.done();
    });
  });
});

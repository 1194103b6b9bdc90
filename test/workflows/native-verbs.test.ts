/** Temporal's own verbs: reset, pause, a worker that is away. Those for one step: step-verbs. Cancel and terminate: hold-and-abort. */
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchAttributeKeys } from '../../src/temporal/search-attributes.ts';
import { atRest, RealTime, small } from './dev-server.ts';
import { unknown } from './fake-outcomes.ts';
import type { FakeInstallation } from './fake-installation.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(); });
afterAll(async () => { await env?.end(); });

/** Begins again at the decision that last scheduled an activity of this name in the first run. */
async function reset({ handle: { workflowId, firstExecutionRunId } }: RunningUpgrade, activity: string, ...more: string[]): Promise<WorkflowHandle> {
  const { client } = env.temporal;
  const { events } = await client.workflow.getHandle(workflowId, firstExecutionRunId).fetchHistory();
  const scheduled = events?.findLast((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const decision = String(scheduled?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId);
  await env.cli('workflow', 'reset', '-w', workflowId, '--run-id', firstExecutionRunId, '--event-id', decision, '--reason', 'a test', ...more);
  return client.workflow.getHandle(workflowId);
}

describe('Reset', () => {
  it('installs nothing twice: a step that runs again carries the token it had', async () => {
    const fake = small({ approve: ['each-host'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.approve('host:om-2');
      await upgrade.waitsFor('host:bkp-1');
      const again = await reset(upgrade, 'installPackage');
      await again.signal('approve', { gate: 'host:bkp-1', by: 'anna' });
      await again.result();
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
      const token = `${upgrade.handle.firstExecutionRunId}/install:om-2#1`;
      expect(fake.tokens.filter((each) => each.includes('/install:om-2#'))).toEqual([token, token]);
    });
  });

  it('says an abort again, unless signals are left out', async () => {
    const fake = small({ approve: ['start', 'finish'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      fake.fault('backUp:om-1', async (times) => { if (times === 1) await upgrade.abort(); });
      await upgrade.approve('start');
      await upgrade.ended();
      await expect((await reset(upgrade, 'takeLocks')).result()).rejects.toMatchObject({ cause: { type: 'Aborted' } });
      const again = await reset(upgrade, 'takeLocks', '--reapply-exclude', 'Signal');
      await again.signal('approve', { gate: 'finish', by: 'anna' });
      await expect(again.result()).resolves.toMatchObject({ phase: 'done' });
    });
  });
});

describe('a step that lay in the queue while no worker was there', () => {
  /** Runs until om-2's install is in the queue and nobody takes it up; says something; lets its time in the queue end. */
  async function whileAway(fake: FakeInstallation, upgrade: RunningUpgrade, say: () => Promise<unknown>): Promise<void> {
    let away: Promise<void> | undefined;
    fake.fault('stopApplication:om-2', () => { away ??= env.stopWorking(); });
    const queued = await scheduled(upgrade, (activity) => activity === 'installPackage');
    await away;
    await say();
    await env.cli('activity', 'update-options', '-w', upgrade.handle.workflowId, '-a', queued, '--schedule-to-start-timeout', '1s');
    await scheduled(upgrade, (activity, id) => activity === 'installPackage' && id !== queued);
    expect(fake.installs).toEqual({ 'om-1': 1 });
    await env.startWorking();
  }

  async function scheduled({ handle }: RunningUpgrade, isWanted: (activity: string, id: string) => boolean): Promise<string> {
    for (;;) {
      const { raw } = await handle.describe();
      const found = raw.pendingActivities?.find((each) => isWanted(each.activityType?.name ?? '', each.activityId ?? ''));
      if (found?.activityId) return found.activityId;
      await pause(50);
    }
  }

  it('is looked at and waits for a hold given meanwhile; then it is done once, with the token it had', async () => {
    const fake = small({ approve: ['each-host'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('host:om-2');
      await upgrade.approve('host:bkp-1');
      await upgrade.approve('host:om-2');
      await whileAway(fake, upgrade, () => upgrade.update('hold', { by: 'anna', now: true }));
      await upgrade.until(() => fake.times('installPackage:om-2') === 1, 'the look');
      await atRest(upgrade);
      expect(fake.installs).toEqual({ 'om-1': 1 });
      await upgrade.update('resume', { by: 'anna' });
      await upgrade.done();
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
      expect(fake.tokens.filter((token) => token.includes('/install:om-2#')).map((token) => token.split('#')[1])).toEqual(['1']);
    });
  });

  it('is left out by an abort given meanwhile: the old version is started again', async () => {
    const fake = small({ approve: ['each-host'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('host:om-2');
      await upgrade.approve('host:om-2');
      await whileAway(fake, upgrade, () => upgrade.abort());
      await upgrade.ended();
      expect(fake.installs).toEqual({ 'om-1': 1 });
      expect(fake.host('om-2')).toMatchObject({ running: '4.4.13', inService: true });
    });
  });

  it('that an earlier attempt had begun is come back to, not begun anew', async () => {
    const fake = small({ approve: ['each-host'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('host:om-2');
      await upgrade.approve('host:om-2');
      await upgrade.approve('host:bkp-1');
      fake.fault('installPackage:om-2', (times, { attempt }) => (times === 1 && attempt?.mode === 'look' ? unknown('its job runs') : undefined));
      await whileAway(fake, upgrade, async () => undefined);
      await upgrade.done();
      expect(fake.tokens.filter((token) => token.includes('/install:om-2#')).map((token) => token.split('#')[1])).toEqual(['1']);
    });
  });
});

describe('Pause', () => {
  it('of the upgrade: the step in hand ends, no other begins, and messages are kept until it goes on', async () => {
    const fake = small({ approve: ['finish'] });
    await env.upgrading(fake, async (upgrade) => {
      const { workflowId } = upgrade.handle;
      let paused: Promise<unknown> = Promise.resolve();
      fake.fault('drain:om-2', async (times) => { if (times === 1) await (paused = env.cli('workflow', 'pause', '-w', workflowId, '--reason', 'a test')); });
      while (fake.times('drain:om-2') === 0) await pause(50);
      await paused;
      await upgrade.approve('finish');
      expect(fake.acts.at(-1)).toBe('drain:om-2');
      expect(fake.host('om-2').running).toBe('4.4.13');
      await env.cli('workflow', 'unpause', '-w', workflowId, '--reason', 'a test');
      await upgrade.done();
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'bkp-1': 1 });
    });
  });
});

describe('search attributes', () => {
  it('tell the phase and the first wait, and are unset when nobody is waited for', async () => {
    const fake = small({ approve: ['start'] });
    const { client } = env.temporal;
    const searchAttributes = [{ key: searchAttributeKeys.installation, value: fake.installation.installation }];
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      const seen = async () => (await upgrade.handle.describe()).typedSearchAttributes;
      await expect.poll(async () => (await seen()).get(searchAttributeKeys.waitingFor)).toBe('start');
      expect((await seen()).get(searchAttributeKeys.phase)).toBe('preflight');
      const found = async () => { const ids = []; for await (const { workflowId } of client.workflow.list({ query: 'LockkeeperWaitingFor = "start"' })) ids.push(workflowId); return ids; };
      await expect.poll(found, { timeout: 20_000 }).toContain(upgrade.handle.workflowId);
      await upgrade.approve('start');
      await upgrade.done();
      expect((await seen()).get(searchAttributeKeys.phase)).toBe('done');
      expect((await seen()).get(searchAttributeKeys.waitingFor)).toBeUndefined();
    }, { typedSearchAttributes: searchAttributes });
  });

  it('are left alone by an upgrade that was started without them: where they are not registered they would stall it', async () => {
    const fake = small();
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.done();
      const { events } = await upgrade.handle.fetchHistory();
      expect(events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes)).toEqual([]);
    });
  });
});

describe('a second start', () => {
  it('is refused while the first is open, and allowed once it is closed', async () => {
    const fake = small({ approve: ['start'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      await expect(env.begin(fake, { workflowIdConflictPolicy: 'FAIL', workflowIdReusePolicy: 'ALLOW_DUPLICATE' })).rejects.toThrow(/already/i);
      await upgrade.abort();
      await upgrade.ended();
    });
    await env.upgrading(fake, async (upgrade) => { await upgrade.throughAll(); await upgrade.done(); }, { workflowIdConflictPolicy: 'FAIL', workflowIdReusePolicy: 'ALLOW_DUPLICATE' });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE_LIMIT } from '../../src/upgrade/outcome.ts';
import type { Finding, Preflight } from '../../src/upgrade/plan.ts';
import { failed } from './fake-outcomes.ts';
import { FakeInstallation } from './fake-installation.ts';
import { preflightOf } from './fake-preflight.ts';
import { installation, type RunningUpgrade } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

type HistoryEvent = NonNullable<Awaited<ReturnType<RunningUpgrade['handle']['fetchHistory']>>['events']>[number];

const KB = 1024;
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const long = 'What was found here, and the way out of it. '.repeat(60);

/** As many hosts as one installation may sensibly have, each with much to tell. */
function large(hosts: number, policy: object = {}): FakeInstallation {
  const names = Array.from({ length: hosts }, (_, index) => `om-${index + 1}`);
  const fake = new FakeInstallation(installation(policy, {
    hosts: names.map((name, index) => ({ name, address: `10.0.1.${index + 1}`, platform: 'debian', roles: ['application', 'backup-daemon'] })),
  }));
  return fake;
}

function talkative(fake: FakeInstallation, verdict: Finding['verdict']): void {
  fake.fault('preflight', (): Preflight => {
    const findings = [...fake.hosts.keys()].flatMap((host) => ['disk', 'clock', 'daemon'].map((subject) => ({ host, subject, verdict, says: long })));
    const seen = preflightOf(fake.installation, fake.hosts, { findings, noted: fake.backupJobs.noted });
    const commands = Array.from({ length: 12 }, (_, index) => ({ step: `step-${index}`, typed: `sudo sh -c '${'x'.repeat(300)}'` }));
    return { ...seen, plan: { ...seen.plan, hosts: seen.plan.hosts.map((host) => ({ ...host, commands })) } };
  });
}

/** The history of an upgrade of so many application hosts, counted. */
async function historyOf(hosts: number): Promise<{ readonly activities: readonly string[]; readonly timers: number; readonly events: number }> {
  const fake = new FakeInstallation(installation({}, {
    hosts: Array.from({ length: hosts }, (_, index) => ({ name: `om-${index + 1}`, address: `10.0.1.${index + 1}`, platform: 'debian', roles: ['application'] })),
  }));
  let events: readonly HistoryEvent[] = [];
  await upgrading(env, fake, async (upgrade) => {
    await upgrade.done();
    events = (await upgrade.handle.fetchHistory()).events ?? [];
  });
  const activities = events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  return { activities, timers: events.filter((event) => event.timerStartedEventAttributes).length, events: events.length };
}

describe('one more host', () => {
  /**
   * More than the twelve activities that the rule counts: whether somebody else upgraded it is looked at before it is
   * touched; whether it may go down is asked before the drain and before the stop, because hours may lie between them;
   * whether a Backup Daemon runs there is looked at before the host is touched and after its start, which may bring one
   * up; and at the end it is seen to serve the target still.
   */
  const ACTIVITIES = [
    'awaitServing', 'cleanUp', 'drain', 'installPackage', 'lookAtBackupDaemons', 'lookAtBackupDaemons', 'lookAtStart', 'lookAtUpgraded', 'putBack', 'saveConfiguration',
    'soak', 'stagePackage', 'startApplication', 'stopApplication', 'whyNotNow', 'whyNotNow',
  ];
  /** Steps and waits, not looks, have a limit of time: a timer that is started and cancelled. */
  const LIMITED = 10;
  /** Begin and end of the upgrade, and the decision that follows them. */
  const ONCE = 10;

  it('costs 16 activities of 6 events at most, and 10 timers of 2', async () => {
    const few = await historyOf(3);
    const many = await historyOf(4);
    const more = [...many.activities];
    for (const name of few.activities) more.splice(more.indexOf(name), 1);
    expect(more.sort()).toEqual(ACTIVITIES);
    expect(many.timers - few.timers).toBe(LIMITED);
    expect(many.events).toBeLessThanOrEqual(6 * many.activities.length + 2 * many.timers + ONCE);
  });
});

describe('an upgrade of fifty hosts', () => {
  it('answers with at most 256 KB, and ends with at most 16 KB', async () => {
    const fake = large(50);
    await upgrading(env, fake, async (upgrade) => {
      const summary = await upgrade.done();
      expect(fake.finished()).toHaveLength(50);
      expect(sizeOf(summary)).toBeLessThan(16 * KB);
      expect(sizeOf(await upgrade.status())).toBeLessThan(256 * KB);
    });
  });

  it('that has much to tell answers with at most 256 KB while it waits, and 2 KB of evidence a question', async () => {
    const fake = large(50, { approve: ['start'] });
    talkative(fake, 'warning');
    for (const host of fake.hosts.keys()) fake.fault(`stagePackage:${host}`, () => failed('e'.repeat(2 * EVIDENCE_LIMIT)));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      expect(sizeOf(await upgrade.status())).toBeLessThan(256 * KB);
      await upgrade.approve('start');
      const view = await upgrade.until(({ waitingFor }) => waitingFor.length === 50, 'fifty questions');
      expect(Math.max(...view.waitingFor.map((wait) => wait.evidence.length))).toBeLessThanOrEqual(EVIDENCE_LIMIT);
      expect(sizeOf(view)).toBeLessThan(256 * KB);
    });
  });

  it('that is refused with much to tell ends with at most 16 KB', async () => {
    const fake = large(50);
    talkative(fake, 'refused');
    await upgrading(env, fake, async (upgrade) => {
      const { type, message, summary } = await upgrade.ended();
      expect(type).toBe('Refused');
      expect(sizeOf(message)).toBeLessThan(16 * KB);
      expect(sizeOf(summary)).toBeLessThan(16 * KB);
    });
  });
});

describe('the timeline', () => {
  it('keeps its last fifty entries, without evidence, whatever people send', async () => {
    const fake = large(2, { approve: ['start'] });
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      for (let times = 0; times < 60; times += 1) await upgrade.signal('approve', { gate: 'x'.repeat(10_000), by: 'y'.repeat(10_000) });
      const view = await upgrade.status();
      expect(view.timeline).toHaveLength(50);
      expect(view.timeline.every((entry) => !('evidence' in entry))).toBe(true);
      expect(sizeOf(view)).toBeLessThan(64 * KB);
    });
  });
});

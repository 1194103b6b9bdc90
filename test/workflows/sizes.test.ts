import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE_LIMIT } from '../../src/upgrade/outcome.ts';
import type { Finding, Preflight } from '../../src/upgrade/plan.ts';
import { failed } from './fake-host.ts';
import { FakeInstallation } from './fake-installation.ts';
import { preflightOf } from './fake-preflight.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

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
    const seen = preflightOf(fake.installation, fake.hosts, [...fake.hosts.keys()].flatMap((host) => ['disk', 'clock', 'daemon'].map((subject) => ({ host, subject, verdict, says: long }))));
    const commands = Array.from({ length: 12 }, (_, index) => ({ step: `step-${index}`, typed: `sudo sh -c '${'x'.repeat(300)}'` }));
    return { ...seen, plan: { ...seen.plan, hosts: seen.plan.hosts.map((host) => ({ ...host, commands })) } };
  });
}

describe('an upgrade of fifty hosts', () => {
  it('takes at most 100 events a host, answers with at most 256 KB, and ends with at most 16 KB', async () => {
    const fake = large(50);
    await upgrading(env, fake, async (upgrade) => {
      const summary = await upgrade.done();
      expect(fake.finished()).toHaveLength(50);
      const { events } = await upgrade.handle.fetchHistory();
      expect((events?.length ?? Infinity) / 50).toBeLessThanOrEqual(100); // 12 activities, a look before each drain and stop
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

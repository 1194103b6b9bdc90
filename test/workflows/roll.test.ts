import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { FakeInstallation } from './fake-installation.ts';
import { installation, timeSkipping, upgrading } from './harness.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env.teardown(); });

describe('a roll that goes well', () => {
  it('upgrades every host once and takes down one at a time', async () => {
    const fake = new FakeInstallation(installation());
    await upgrading(env, fake, async (upgrade) => {
      const summary = await upgrade.done();
      expect(summary.phase).toBe('done');
      expect(fake.finished()).toEqual(['om-1', 'om-2', 'om-3']);
      expect(fake.installs).toEqual({ 'om-1': 1, 'om-2': 1, 'om-3': 1, 'bkp-1': 1 });
      expect(fake.mostDownAtOnce).toBe(1);
      expect([...fake.hosts.values()].map((host) => host.locked)).toEqual([null, null, null, null]);
    });
  });
});

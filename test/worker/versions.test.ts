import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { bundleWorkflows, type Build } from '../../worker/bundle.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';

const workflows = (name: string) => fileURLToPath(new URL(`./workflows/${name}.ts`, import.meta.url));

describe('worker versions', () => {
  let server: DevServer;
  let temporal: Connected;
  let first: Build;
  let second: Build;
  const running: RunningWorker[] = [];

  beforeAll(async () => {
    [server, first, second] = await Promise.all([
      startDevServer({ uiPort: false }), bundleWorkflows(workflows('first-build')), bundleWorkflows(workflows('second-build')),
    ]);
    temporal = await connect({ address: server.address });
  });
  afterAll(async () => {
    for (const worker of running) await worker.stop();
    await temporal?.close();
    await server?.stop();
  });

  const start = async (build: Build, taskQueue: string) => {
    const activities = { step: async (name: string) => name, drain: async () => 'drained', ignoresCancellation: () => new Promise(() => undefined) };
    const worker = await startWorker({ where: { address: server.address }, config: { taskQueue, logLevel: 'ERROR' }, build, activities, graceTime: 200, forceTime: 1_000 });
    running.push(worker);
    return worker;
  };
  const begin = (type: string, workflowId: string, taskQueue: string) => temporal.client.workflow.start(type, { workflowId, taskQueue, args: [] });
  const buildOf = async (workflowId: string) => {
    const { raw } = await temporal.client.workflow.getHandle(workflowId).describe();
    const info = raw.workflowExecutionInfo?.versioningInfo;
    return info?.versioningOverride?.pinned?.version?.buildId ?? info?.deploymentVersion?.buildId;
  };
  const stepDone = async (workflowId: string) => {
    await expect.poll(async () => (await temporal.client.workflow.getHandle(workflowId).fetchHistory()).events?.filter(({ activityTaskCompletedEventAttributes }) => activityTaskCompletedEventAttributes).length, { timeout: 20_000 }).toBe(1);
  };

  it('names a build by its code', () => {
    expect(first.buildId).toMatch(/^[0-9a-f]{12}$/);
    expect(second.buildId).not.toBe(first.buildId);
  });

  it('takes over an open upgrade whose history the new code can carry on, and leaves the other to its own build', async () => {
    const before = await start(first, 'over');
    await begin('waits', 'upgrade/same', 'over');
    await begin('changes', 'upgrade/other', 'over');
    await stepDone('upgrade/same');
    await stepDone('upgrade/other');
    await before.stop();

    await start(second, 'over');
    expect(await buildOf('upgrade/same')).toBe(second.buildId);
    expect(await buildOf('upgrade/other')).toBe(first.buildId);
    const same = temporal.client.workflow.getHandle('upgrade/same');
    await same.signal('approve');
    expect(await same.result()).toBe('start');

    const other = temporal.client.workflow.getHandle('upgrade/other');
    await other.signal('approve');
    await start(first, 'over'); // the build it waits for
    expect(await other.result()).toBe('start');
  });

  it('stops in time although an activity ignores its cancellation', async () => {
    const worker = await start(first, 'hangs');
    await begin('hangs', 'upgrade/hangs', 'hangs');
    const handle = temporal.client.workflow.getHandle('upgrade/hangs');
    await expect.poll(async () => (await handle.describe()).raw.pendingActivities?.[0]?.lastStartedTime, { timeout: 20_000 }).toBeTruthy();
    await worker.stop();
    expect((await worker.health()).healthy).toBe(false);
    await handle.terminate();
  });
});

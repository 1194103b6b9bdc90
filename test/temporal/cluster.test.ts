import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunClosed } from '../../src/temporal/cluster.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';

const ID = 'upgrade/om-prod';

describe('whether an upgrade is closed', () => {
  let server: DevServer;
  let temporal: Connected;
  let worker: RunningWorker;
  beforeAll(async () => {
    server = await startDevServer({ uiPort: false });
    temporal = await connect({ address: server.address });
    const build = await bundleWorkflows(fileURLToPath(new URL('workflows/again.ts', import.meta.url)));
    worker = await startWorker({ where: { address: server.address }, config: { logLevel: 'ERROR' }, build, activities: {} });
  });
  afterAll(async () => {
    await worker?.stop();
    await temporal?.close();
    await server?.stop();
  });

  const start = () => temporal.client.workflow.start('again', { workflowId: ID, taskQueue: 'lockkeeper', args: [0] });
  const current = async () => (await temporal.client.workflow.getHandle(ID).describe()).runId;

  it('is known for open, continued, closed and replaced upgrades, and unknown for what Temporal never saw', async () => {
    const { firstExecutionRunId } = await start();
    expect(await isRunClosed(temporal, ID, firstExecutionRunId)).toBe('no');

    await temporal.client.workflow.getHandle(ID).signal('again');
    await expect.poll(current, { timeout: 20_000 }).not.toBe(firstExecutionRunId);
    expect(await isRunClosed(temporal, ID, firstExecutionRunId)).toBe('no'); // its first run is closed, the upgrade is not

    await temporal.client.workflow.getHandle(ID).terminate('test');
    expect(await isRunClosed(temporal, ID, firstExecutionRunId)).toBe('yes');

    const second = await start();
    expect(await isRunClosed(temporal, ID, firstExecutionRunId)).toBe('yes');
    expect(await isRunClosed(temporal, ID, second.firstExecutionRunId)).toBe('no');
    expect(await isRunClosed(temporal, ID, '00000000-0000-4000-8000-000000000000')).toBe('unknown');
    expect(await isRunClosed(temporal, 'upgrade/never', firstExecutionRunId)).toBe('unknown');
  });

  it('is unknown when Temporal does not answer', async () => {
    const away = await connect({ address: server.address });
    await away.close();
    expect(await isRunClosed(away, ID, 'any')).toBe('unknown');
  });
});

/** History as a plain list, read from a real Temporal. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { readRecorded } from '../../src/temporal/history.ts';
import { foldReport } from '../../src/upgrade/report.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { startWorker, type RunningWorker } from '../../worker/worker.ts';

let server: DevServer;
let temporal: Connected;
let worker: RunningWorker;

beforeAll(async () => {
  server = await startDevServer({ uiPort: false });
  temporal = await connect({ address: server.address });
  worker = await startWorker({
    where: { address: server.address }, config: { taskQueue: 'lockkeeper', logLevel: 'ERROR' },
    build: await bundleWorkflows(fileURLToPath(new URL('continuing-workflow.ts', import.meta.url))),
    activities: { takeLocks: async () => ({ outcome: 'done', evidence: 'seen' }) },
  });
});
afterAll(async () => {
  await worker?.stop();
  await temporal?.close();
  await server?.stop();
});

describe('what Temporal recorded', () => {
  it('is read over continue-as-new, from the first run to the last', async () => {
    const handle = await temporal.client.workflow.signalWithStart('opsManagerUpgrade', {
      workflowId: 'upgrade/om-chain', taskQueue: 'lockkeeper', args: [{ installation: 'om-chain', product: 'ops-manager', target: { version: '4.4.18' } }],
      signal: 'approve', signalArgs: [{ gate: 'start', by: 'anna' }],
    });
    await handle.result();
    const { entries, complete } = await readRecorded(temporal.client, 'upgrade/om-chain');
    expect(complete).toBe(true);
    expect(entries.filter(({ what }) => what === 'started')).toHaveLength(2);
    const report = foldReport(entries, complete);
    expect(report).toMatchObject({ headline: 'done in two runs', end: 'done', installation: 'om-chain' });
    expect(report.steps.map(({ title, outcome, decidedTry }) => [title, outcome, decidedTry])).toEqual([['step 0', 'done', 1], ['step 1', 'done', 2]]);
    expect(report.startedAt < (report.endedAt ?? '')).toBe(true);
    expect(report.people).toMatchObject([{ by: 'anna', says: 'approved gate start', via: 'signal' }]);
  });

  it('survives messages that are no JSON', async () => {
    const { client } = temporal;
    await client.workflow.start('opsManagerUpgrade', { workflowId: 'upgrade/om-junk', taskQueue: 'nobody', args: [] });
    const handle = client.workflow.getHandle('upgrade/om-junk');
    await handle.signal('approve');
    await handle.signal('hold', new Uint8Array([1, 2, 3]));
    await handle.terminate('enough');
    const { entries } = await readRecorded(client, 'upgrade/om-junk');
    expect(foldReport(entries, true)).toMatchObject({ end: 'terminated', people: [{ says: 'approved gate (not named)' }, { says: 'held the upgrade after the host in hand' }] });
  });
});

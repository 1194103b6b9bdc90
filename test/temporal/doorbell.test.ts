/** Following an upgrade: the history is the doorbell, and the upgrade is queried when it rings, not again and again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow } from '../../src/cli/follow.ts';
import type { Standing } from '../../src/cli/standing.ts';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { RealTime, small } from '../workflows/dev-server.ts';

/** The server answers an idle long poll after this; 20 s by default. */
const IDLE = '1s';

let env: RealTime;
let temporal: Connected;
beforeAll(async () => {
  env = await RealTime.begin(['--dynamic-config-value', `history.longPollExpirationInterval="${IDLE}"`]);
  temporal = await connect({ address: env.server.address });
});
afterAll(async () => {
  await temporal?.close();
  await env?.end();
});

interface Calls { queries: number; /** Long polls that brought events. */ rings: number; /** Long polls that ended without. */ quiet: number }

/** Counts what goes over this connection. */
function counting({ connection: { workflowService } }: Connected): Calls {
  const calls: Calls = { queries: 0, rings: 0, quiet: 0 };
  const query = workflowService.queryWorkflow.bind(workflowService) as unknown as (request: object) => Promise<never>;
  const history = workflowService.getWorkflowExecutionHistory.bind(workflowService) as unknown as (request: object) => Promise<{ history?: { events?: unknown[] } }>;
  Object.assign(workflowService, {
    queryWorkflow: (request: object) => {
      calls.queries += 1;
      return query(request);
    },
    getWorkflowExecutionHistory: async (request: object) => {
      const page = await history(request);
      if (page.history?.events?.length) calls.rings += 1;
      else calls.quiet += 1;
      return page;
    },
  });
  return calls;
}

describe('following an upgrade', () => {
  it('sends no query while nothing happens, and at most one for each ring', async () => {
    const calls = counting(temporal);
    const fake = small({ approve: ['start'] });
    await env.upgrading(fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      const enough = new AbortController();
      let shown: Standing | null = null;
      const following = follow(temporal, fake.installation.installation, {
        signal: enough.signal, away: () => undefined, show: (standing) => { shown = standing; return false; },
      });
      const quietFor = async (polls: number) => {
        const before = calls.quiet;
        await expect.poll(() => calls.quiet - before, { timeout: 30_000 }).toBeGreaterThanOrEqual(polls);
      };

      try {
        await quietFor(1);
        expect(shown).toMatchObject({ kind: 'open', view: { waitingFor: [{ id: 'start' }] } });
        const idle = { ...calls };
        await quietFor(3);
        expect(calls.queries).toBe(idle.queries);

        await upgrade.signal('hold', { by: 'anna' });
        await expect.poll(() => shown, { timeout: 30_000 }).toMatchObject({ view: { held: { by: 'anna' } } });
        await quietFor(2);
        expect(calls.rings).toBeGreaterThan(idle.rings);
        expect(calls.queries).toBeGreaterThan(idle.queries);
        expect(calls.queries - idle.queries).toBeLessThanOrEqual(calls.rings - idle.rings);
      } finally {
        enough.abort();
        await following;
      }
    });
  });
});

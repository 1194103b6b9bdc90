import { describe, expect, it } from 'vitest';
import { serveHealth } from '../../worker/health.ts';

describe('the health check', () => {
  it('answers 200 while the worker polls and 503 with the reason when it does not', async () => {
    let healthy = true;
    const check = await serveHealth({ port: 0, address: '127.0.0.1' }, async () => ({ healthy, says: healthy ? 'polling' : 'Temporal does not answer', buildId: 'b', taskQueue: 'q' }));
    const ask = (path: string) => fetch(`http://127.0.0.1:${check.port}${path}`);
    const well = await ask('/healthz');
    expect([well.status, await well.json()]).toEqual([200, { healthy: true, says: 'polling', buildId: 'b', taskQueue: 'q' }]);
    healthy = false;
    const ill = await ask('/healthz');
    expect([ill.status, await ill.json()]).toMatchObject([503, { says: 'Temporal does not answer' }]);
    expect((await ask('/')).status).toBe(404);
    await check.close();
  });
});

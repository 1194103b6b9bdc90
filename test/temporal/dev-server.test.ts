import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clusterId } from '../../src/temporal/cluster.ts';
import { connect } from '../../src/temporal/connect.ts';
import { startDevServer } from '../../src/temporal/dev-server.ts';
import { freePort } from '../../src/temporal/free-port.ts';
import { areRegistered } from '../../src/temporal/search-attributes.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-dev-server-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the dev server', () => {
  it('answers when start returns, knows the search attributes and keeps closed upgrades as long as asked', async () => {
    const server = await startDevServer({ retentionDays: 30 });
    try {
      const connected = await connect({ address: server.address });
      expect(await areRegistered(connected)).toBe(true);
      const { config } = await connected.connection.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
      await connected.close();
      expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it('keeps its database and its cluster id when it is stopped and started again on the same port', async () => {
    const options = { dbFile: join(folder, 'kept.db'), port: await freePort(), uiPort: false as const };
    const seen: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const server = await startDevServer(options);
      const connected = await connect({ address: server.address });
      seen.push(await clusterId(connected));
      await connected.close();
      await server.stop();
    }
    expect(seen[0]).toMatch(/\S/);
    expect(seen[1]).toBe(seen[0]);
  });

  it('waits out a server that still holds the database', async () => {
    const dbFile = join(folder, 'busy.db');
    const first = await startDevServer({ dbFile, uiPort: false });
    process.kill(first.pid, 'SIGTERM'); // exits only seconds later
    const second = await startDevServer({ dbFile, uiPort: false });
    await second.stop();
    await first.ended;
  });

  it('says in one sentence what the server said when it cannot start', async () => {
    await expect(startDevServer({ extra: ['--no-such-flag'] })).rejects.toThrow(/did not start: .*no-such-flag/);
  });
});

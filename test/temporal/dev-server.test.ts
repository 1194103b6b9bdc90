import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clusterId } from '../../src/temporal/cluster.ts';
import { connect } from '../../src/temporal/connect.ts';
import { whoHolds } from '../../src/temporal/database-owner.ts';
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

  it('never has one database open twice: waits for a server that is about to end, and refuses beside one that is not', async () => {
    const dbFile = join(folder, 'busy.db');
    const first = await startDevServer({ dbFile, uiPort: false });
    expect(await whoHolds(dbFile, 200)).toBe(first.pid);
    let firstEnded = false;
    void first.ended.then(() => { firstEnded = true; });
    process.kill(first.pid, 'SIGTERM'); // exits only seconds later
    const second = await startDevServer({ dbFile, uiPort: false });
    expect(firstEnded).toBe(true);
    await second.stop();
    expect(await whoHolds(dbFile, 200)).toBeNull();
  });

  it('takes no other process for the holder of its database', async () => {
    const dbFile = join(folder, 'reused.db');
    writeFileSync(`${dbFile}.pid`, `${process.pid}\n`);
    expect(await whoHolds(dbFile, 200)).toBeNull();
  });

  it('never takes another server on its port for itself', async () => {
    const first = await startDevServer({ uiPort: false });
    const port = Number(first.address.split(':')[1]);
    await expect(startDevServer({ uiPort: false, port })).rejects.toThrow(`somebody answers on port ${port}`);
    await first.stop();
  });

  it('says in one sentence what the server said when it cannot start', async () => {
    await expect(startDevServer({ extra: ['--no-such-flag'] })).rejects.toThrow(/did not start: .*no-such-flag/);
  });
});

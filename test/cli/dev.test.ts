/** `lockkeeper dev` as a person runs it: its own process, stopped by Ctrl-C. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../../src/temporal/free-port.ts';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-dev-'));
let dev: ChildProcess | undefined;

afterEach(async () => {
  if (dev?.exitCode === null && dev.kill('SIGTERM')) await once(dev, 'close');
  rmSync(folder, { recursive: true, force: true });
});

it('on Ctrl-C says at once that it stops and what becomes of upgrades, and ends with 0', async () => {
  expect(existsSync(CLI), 'build it first: npm run build').toBe(true);
  const child = spawn(process.execPath, [CLI, 'dev', '--port', String(await freePort()), '--ui-port', String(await freePort()), '--data', join(folder, 'temporal.db')], { stdio: ['ignore', 'pipe', 'pipe'] });
  dev = child;
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { said += text; });
  while (!said.includes('Ctrl-C stops all.')) await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => { throw new Error(`it ended by itself:\n${said}`); })]);
  child.kill('SIGINT');
  expect(await once(child, 'close'), said).toEqual([0, null]);
  expect(said).toMatch(/Stopping the worker and Temporal\. Commands on hosts go on; open upgrades go on when it is started again\.\n/);
});

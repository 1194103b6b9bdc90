/** The demo as a person runs it: its own process, everything in it real but the hosts. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

let folder: string;
let demo: ChildProcess;
let said: string;

beforeEach(() => {
  expect(existsSync(CLI), 'build it first: npm run build').toBe(true);
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-demo-'));
});

function begin(...words: readonly string[]): void {
  demo = spawn(process.execPath, [CLI, 'demo', '--yes', ...words], { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'pipe'] });
  said = '';
  for (const stream of [demo.stdout, demo.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { said += text; });
}

afterEach(() => {
  demo.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function left(): { readonly files: readonly string[]; readonly processes: readonly string[] } {
  const processes = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return { files: readdirSync(folder).filter((name) => name.startsWith('lockkeeper-')), processes: processes.filter((args) => args.includes(folder)) };
}

async function untilSaid(words: string): Promise<void> {
  while (!said.includes(words)) await Promise.race([once(demo.stdout!, 'data'), once(demo, 'close').then(() => { throw new Error(`it ended before "${words}":\n${said}`); })]);
}

const OPS_MANAGER = { product: 'ops-manager', answer: 'om-demo backup-daemons:1 stop', done: '4.4.13 → 4.4.18 done on 4 hosts', install: /om-2 .*begin mongodb-mms 4\.4\.18/g };
const URBANCODE = { product: 'urbancode-deploy', answer: 'ucd-demo drain:1 cancel', done: '7.0.5.2 → 7.3.2.1 done on 4 of 4 hosts', install: /ucd-1 .*begin ibm-ucd 7\.3\.2\.1/g };
/** By night (LOCKKEEPER_TEST_NIGHT=yes npm test) of both products: each takes two minutes. */
const TOLD = process.env['LOCKKEEPER_TEST_NIGHT'] === 'yes' ? [OPS_MANAGER, URBANCODE] : [OPS_MANAGER];

describe('the demo', () => {
  it.each(TOLD)('of $product goes from beginning to end by itself, installs once where its worker was killed, and leaves nothing', async ({ product, answer, done, install }) => {
    begin('--product', product);
    expect(await once(demo, 'close'), said).toEqual([0, null]);
    expect(said).toMatch(/the demo has just killed its own\s+worker/);
    expect(said).toContain(`lockkeeper answer ${answer}`);
    expect(said).toContain(done);
    expect(said).toContain('Installed once on every host');
    expect(said.match(install)).toHaveLength(1);
    expect(left()).toEqual({ files: [], processes: [] });
  }, 400_000);

  it.each(['Lockkeeper demo:', 'approve om-demo start'])('interrupted at "%s" says so and leaves nothing', async (words) => {
    begin();
    await untilSaid(words);
    demo.kill('SIGINT');
    expect(await once(demo, 'close'), said).toEqual([1, null]);
    expect(said).toContain('You stopped the demo.');
    expect(said).toContain('nothing is left running');
    expect(left()).toEqual({ files: [], processes: [] });
  });
});

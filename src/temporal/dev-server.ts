/**
 * Starts Temporal's dev server for `demo`, `dev` and tests.
 *
 *   1. Find the program (find-program.ts) and free ports; wait until no other server has the database open.
 *   2. Start it, with timers that are exact to 50 ms and Lockkeeper's search attributes.
 *   3. Wait until it answers for its namespace. If it ends before, start again when the cause passes by itself
 *      (a port still taken by a server that is about to exit), else say what it said.
 *   4. Keep closed upgrades as long as asked.
 *
 * Guarantees: several can run side by side; `stop` returns when the process is gone, so that another may open the
 * same database; an ordinary end of this process takes the server along.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../upgrade/search-attributes.ts';
import { connect, type Connected } from './connect.ts';
import { noLongerHolds, nowHolds, whoHolds } from './database-owner.ts';
import { findTemporalCli } from './find-program.ts';
import { freePort, isListening } from './free-port.ts';
import { areRegistered } from './search-attributes.ts';

export interface DevServerOptions {
  /** SQLite file that keeps everything across restarts; without it all is kept in memory. */
  readonly dbFile?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Default: a free one. `false` starts no UI. */
  readonly uiPort?: number | false;
  readonly namespace?: string;
  /** Days for which closed upgrades are kept; the server's own default is one. */
  readonly retentionDays?: number;
  /** More arguments of `temporal server start-dev`. */
  readonly extra?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly say?: (sentence: string) => void;
}

export interface DevServer {
  readonly address: string;
  readonly namespace: string;
  /** Null without a UI. */
  readonly uiUrl: string | null;
  readonly pid: number;
  /** Settles when the process has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  /** Ends the server and waits until its process is gone. Harmless when it is gone already. */
  stop(): Promise<void>;
}

/** The server ended before it answered, or did not answer in time. The message holds its last lines. */
export class DevServerFailed extends Error {
  override readonly name = 'DevServerFailed';
}

const STARTS = 8; // tries; with a second between them a server that needs 3 s to exit is waited out
const READY_WITHIN = 30_000; // ms; 0.3 s is usual, a loaded machine needs more
const KILL_AFTER = 15_000; // ms; 2.7 s from SIGTERM to exit are usual
const PASSES_BY_ITSELF = /address already in use|can't set frontend port|can't set UI port/i;

/** Starts a dev server that answers when this returns. Throws `ProgramNotFound` or `DevServerFailed`. */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const { path } = await findTemporalCli({ environment: options.environment ?? process.env, ...(options.say ? { say: options.say } : {}) });
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce(path, options);
    } catch (error) {
      if (start === STARTS || !(error instanceof DevServerFailed) || !PASSES_BY_ITSELF.test(error.message)) throw error;
      await pause(1_000);
    }
  }
}

async function startOnce(program: string, options: DevServerOptions): Promise<DevServer> {
  const { dbFile } = options;
  await mayStart(options);
  const port = options.port ?? (await freePort());
  const uiPort = options.uiPort ?? (await freePort());
  const namespace = options.namespace ?? 'default';
  const address = `127.0.0.1:${port}`;
  // A session of its own: Ctrl-C at the terminal must not end the server before the worker that uses it.
  const child = spawn(program, serverArguments(options, { port, uiPort, namespace }), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  if (dbFile !== undefined && child.pid !== undefined) await nowHolds(dbFile, child.pid);
  const said = keptLines(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve()); // after its last words
    child.once('error', () => resolve());
  });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));

  const stop = async () => {
    await end(child, ended);
    if (dbFile !== undefined) await noLongerHolds(dbFile);
  };
  try {
    await prepare({ address, namespace, ended, retentionDays: options.retentionDays });
  } catch (error) {
    await stop();
    throw new DevServerFailed(`Temporal's dev server did not start: ${said() || (error instanceof Error ? error.message : String(error))}`);
  }
  return { address, namespace, uiUrl: uiPort === false ? null : `http://127.0.0.1:${uiPort}`, pid: child.pid ?? 0, ended, stop };
}

/** Refuses to start beside another server: it would answer on the same port, or share the database. */
async function mayStart({ dbFile, port }: DevServerOptions): Promise<void> {
  const holder = dbFile === undefined ? null : await whoHolds(dbFile);
  if (holder !== null) throw new DevServerFailed(`${dbFile} is in use by the Temporal server with process id ${holder}: end it, or use another file`);
  if (port !== undefined && (await isListening(`127.0.0.1:${port}`))) {
    throw new DevServerFailed(`address already in use: somebody answers on port ${port}; end it, or choose another port`);
  }
}

function serverArguments(
  { dbFile, extra = [] }: DevServerOptions,
  { port, uiPort, namespace }: { port: number; uiPort: number | false; namespace: string },
): string[] {
  return [
    'server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--namespace', namespace, '--log-level', 'warn',
    ...(uiPort === false ? ['--headless'] : ['--ui-port', `${uiPort}`, '--ui-disable-news-fetch']),
    // Write-ahead logging: twice as many workflows a second as without, and as safe against a killed process.
    ...(dbFile === undefined ? [] : ['--db-filename', dbFile, '--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal']),
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    '--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true',
    '--dynamic-config-value', 'history.timerProcessorMaxTimeShift="50ms"', // default 1 s: every short wait would take a second
    ...extra,
  ];
}

/** Waits until the server answers and knows the search attributes; then sets how long closed upgrades are kept. */
async function prepare(
  { address, namespace, ended, retentionDays }: { address: string; namespace: string; ended: Promise<void>; retentionDays: number | undefined },
): Promise<void> {
  const gone = ended.then(() => { throw new Error('it ended at once and said nothing'); });
  const connected = await Promise.race([answering({ address, namespace }), gone]);
  try {
    if (retentionDays !== undefined) {
      const workflowExecutionRetentionTtl = msToTs(retentionDays * 86_400_000);
      await connected.connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
    }
  } finally {
    await connected.close();
  }
}

async function answering(where: { address: string; namespace: string }): Promise<Connected> {
  const deadline = Date.now() + READY_WITHIN;
  for (;;) {
    // gRPC waits a second before it tries a refused port again: too slow for a server that is up in 0.3 s.
    while (!(await isListening(where.address)) && Date.now() < deadline) await pause(20);
    const answer = await connect(where).catch((error: unknown) => error as Error);
    if (!(answer instanceof Error)) {
      if (await areRegistered(answer)) return answer;
      await answer.close();
    }
    if (Date.now() > deadline) throw answer instanceof Error ? answer : new Error(`${where.address} knows no search attributes`);
    await pause(50);
  }
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER);
  await ended;
  clearTimeout(late);
}

/** Keeps the first and last lines the server printed, for the message when it fails. Reading on keeps its pipe from filling. */
function keptLines(child: ChildProcess): () => string {
  const first: string[] = [];
  let last: string[] = [];
  const keep = (line: string) => {
    if (first.length < 2) first.push(line);
    else last = [...last, line].slice(-3);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => chunk.toString().split('\n').map((line) => line.trim()).filter(Boolean).forEach(keep));
  }
  child.once('error', (error) => keep(error.message));
  return () => [...first, ...last].join(' | ');
}

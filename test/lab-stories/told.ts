/**
 * How stories are told: one lab of real hosts, a Temporal dev server, a worker in a process of its own, and the commands that
 * a person would type. Everything goes through the built CLI or through `temporal`; nothing reaches into the workflow.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ServiceError } from '@temporalio/client';
import { stringify } from 'yaml';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { findTemporalCli } from '../../src/temporal/find-program.ts';
import type { UpgradeView, Wait } from '../../src/upgrade/view.ts';
import { SUDO_PASSWORD, type Kinds, type LabHosts } from '../lab/hosts.ts';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
/** How long a story waits for something that must come. Generous: it fails a broken run, it measures nothing. */
export const PATIENCE = 150_000;
/** Longer than any upgrade of the stories; under vitest's own limit, so that what it waited for is shown. */
const COMMAND_ENDS = 280_000;
const ENDED: readonly string[] = ['done', 'aborted', 'refused', 'failed'];

export interface Said { readonly code: number; readonly stdout: string; readonly stderr: string }

export interface Beginning<Lab> {
  readonly lab: Lab;
  readonly folder: string;
  readonly server: DevServer;
  /** The installation's. */
  readonly name: string;
  /** Secrets, as the worker finds them. */
  readonly secrets: Readonly<Record<string, string>>;
}

export abstract class Told<Of extends Kinds, Lab extends LabHosts<Of>> {
  readonly lab: Lab;
  readonly folder: string;
  readonly name: string;
  server: DevServer;
  #worker: ChildProcess | undefined;
  #temporal: Connected | undefined;
  readonly #environment: NodeJS.ProcessEnv;

  protected constructor({ lab, folder, server, name, secrets }: Beginning<Lab>) {
    this.lab = lab;
    this.folder = folder;
    this.server = server;
    this.name = name;
    this.#environment = {
      ...process.env, ...secrets, TEMPORAL_ADDRESS: server.address, LOCKKEEPER_FOLDER: folder, OPS_SUDO: SUDO_PASSWORD, LOCKKEEPER_BUILD_ID: 'lab', NO_COLOR: '1',
    };
  }

  get file(): string {
    return join(this.folder, `${this.name}.yaml`);
  }

  get workflowId(): string {
    return `upgrade/${this.name}`;
  }

  /** Writes the installation file; `changes` replaces whole top-level keys. */
  async write(policy: object = {}, changes: object = {}): Promise<void> {
    await writeFile(this.file, stringify({ ...this.description(policy), ...changes }));
  }

  /** The installation file's content. */
  abstract description(policy?: object): object;

  /** Types a `lockkeeper` command. */
  lockkeeper(...words: string[]): Promise<Said> {
    return this.#type(process.execPath, [CLI, ...words]);
  }

  /** Types a `temporal` command. */
  async temporal(...words: string[]): Promise<Said> {
    const { path } = await findTemporalCli();
    return this.#type(path, [...words, '--address', this.server.address]);
  }

  /** Types a command that must exit with the code; returns what it printed. */
  async must(code: number, ...words: string[]): Promise<string> {
    const said = await this.lockkeeper(...words);
    if (said.code !== code) throw new Error(`lockkeeper ${words.join(' ')}: exit ${said.code}, expected ${code}\n${said.stdout}\n${said.stderr}\n${await this.workerLog()}`);
    return said.stdout;
  }

  /** Asks the upgrade itself: a story looks often, and a process for each look would load the machine more than the lab does. */
  async status(): Promise<UpgradeView> {
    this.#temporal ??= await connect({ address: this.server.address });
    const { client, connection } = this.#temporal;
    return connection.withDeadline(Date.now() + 20_000, () => client.workflow.getHandle(this.workflowId).query<UpgradeView>('status'));
  }

  /** The same, or null: nobody answers while a worker that was away takes up what lay in its queue. */
  shown(): Promise<UpgradeView | null> {
    return this.status().catch((error: unknown) => (error instanceof ServiceError ? null : Promise.reject(error as Error)));
  }

  /** Waits until the status shows something. */
  async until(what: string, shows: (view: UpgradeView) => boolean): Promise<UpgradeView> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const view = await this.shown();
      if (view && shows(view)) return view;
      if ((view && ENDED.includes(view.phase)) || Date.now() > deadline) {
        throw new Error(`never came: ${what}\n${JSON.stringify(view, null, 1)}\n${await this.workerLog()}`);
      }
      await pause(300);
    }
  }

  /** Waits for a gate or a question; returns its id. */
  async waitsFor(id: string): Promise<string> {
    const isIt = (each: { id: string }) => each.id === id || each.id.startsWith(`${id}:`);
    const view = await this.until(`a wait for ${id}`, ({ waitingFor }) => waitingFor.some(isIt));
    return view.waitingFor.find(isIt)?.id ?? id;
  }

  /** Waits for a question as a person sees it. */
  async question(id: string): Promise<Wait> {
    const found = await this.waitsFor(id);
    const { waitingFor } = await this.status();
    return waitingFor.find((each) => each.id === found) ?? Promise.reject(new Error(`${found} is not asked any more`));
  }

  async answer(question: string, choice: string, ...more: string[]): Promise<string> {
    const id = await this.waitsFor(question);
    await this.must(0, 'answer', this.name, id, choice, ...more);
    return id;
  }

  /** Waits on the host until the shell condition holds there, for two minutes or longer: the moment at which a story strikes. */
  async when(host: Of['host'], condition: string, seconds = 120): Promise<void> {
    await this.lab.sh(host, `n=0; until ${condition}; do n=$((n+1)); [ $n -lt ${seconds * 5} ] || exit 1; sleep 0.2; done`);
  }

  async startWorker(): Promise<void> {
    const log = createWriteStream(join(this.folder, 'worker.log'), { flags: 'a' });
    const worker = spawn(process.execPath, [CLI, 'worker'], { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] });
    worker.stdout.pipe(log, { end: false });
    worker.stderr.pipe(log, { end: false });
    this.#worker = worker;
    const takesWork = new Promise<void>((resolve) => {
      let printed = '';
      const look = (chunk: Buffer) => { printed += chunk.toString(); if (printed.includes('takes new upgrades')) resolve(); };
      worker.stdout.on('data', look);
      worker.stderr.on('data', look);
    });
    const ended = once(worker, 'exit').then(async () => { throw new Error(`the worker ended:\n${await this.workerLog()}`); });
    ended.catch(() => undefined);
    await Promise.race([takesWork, ended]);
  }

  /** `SIGKILL`: it forgets everything at once. `SIGSTOP` and `SIGCONT`: it sleeps and wakes. */
  async signalWorker(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const worker = this.#worker;
    if (!worker || worker.exitCode !== null || worker.signalCode !== null) return;
    const exited = signal === 'SIGKILL' || signal === 'SIGTERM' ? once(worker, 'exit') : Promise.resolve();
    worker.kill(signal);
    await exited;
  }

  /** Temporal goes away and comes back with what it had on disk. */
  async restartTemporal(): Promise<void> {
    const [host, port] = this.server.address.split(':');
    await this.#temporal?.close();
    this.#temporal = undefined;
    await this.server.stop();
    this.server = await startDevServer({ dbFile: join(this.folder, 'temporal.db'), port: Number(port) });
    if (!this.server.address.startsWith(host ?? '')) throw new Error('Temporal came back elsewhere');
  }

  async workerLog(): Promise<string> {
    return (await readFile(join(this.folder, 'worker.log'), 'utf8').catch(() => '')).split('\n').slice(-40).join('\n');
  }

  async end(): Promise<void> {
    await this.signalWorker('SIGCONT');
    await this.signalWorker('SIGKILL');
    await this.#temporal?.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #type(program: string, words: readonly string[]): Promise<Said> {
    return new Promise((resolve, reject) => {
      execFile(program, words, { env: this.#environment, cwd: this.folder, maxBuffer: 64 * 1024 * 1024, timeout: COMMAND_ENDS }, (error, stdout, stderr) => {
        if (error?.killed) {
          void this.status().then((view) => JSON.stringify(view, null, 1), String).then((view) => {
            reject(new Error(`${words.join(' ')} did not end; it printed\n${stdout}${stderr}\n${view}`));
          });
          return;
        }
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      });
    });
  }
}

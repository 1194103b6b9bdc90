/**
 * A story: one lab of real hosts, a Temporal dev server, a worker in a process of its own, and the commands that a
 * person would type. Everything goes through the built CLI or through `temporal`; nothing reaches into the workflow.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ServiceError } from '@temporalio/client';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { connect, type Connected } from '../../src/temporal/connect.ts';
import { startDevServer, type DevServer } from '../../src/temporal/dev-server.ts';
import { findTemporalCli } from '../../src/temporal/find-program.ts';
import type { UpgradeView } from '../../src/upgrade/view.ts';
import { ADDRESSES, platformOf, startLab, SUDO_PASSWORD, treeOf, type Lab } from '../lab/topology.ts';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
/** How long a story waits for something that must come. Generous: it fails a broken run, it measures nothing. */
const PATIENCE = 150_000;
/** Longer than any upgrade of the stories; under vitest's own limit, so that what it waited for is shown. */
const COMMAND_ENDS = 280_000;
const ENDED: readonly string[] = ['done', 'aborted', 'refused', 'failed'];

export interface Said { readonly code: number; readonly stdout: string; readonly stderr: string }

export class Story {
  readonly lab: Lab;
  readonly folder: string;
  readonly name: string;
  server: DevServer;
  #worker: ChildProcess | undefined;
  #temporal: Connected | undefined;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(lab: Lab, folder: string, server: DevServer, name: string) {
    this.lab = lab;
    this.folder = folder;
    this.server = server;
    this.name = name;
    this.#environment = {
      ...process.env, TEMPORAL_ADDRESS: server.address, LOCKKEEPER_FOLDER: folder, OPS_SUDO: SUDO_PASSWORD,
      OM_APPDB_URI: lab.applicationDatabaseUri, LOCKKEEPER_BUILD_ID: 'lab', NO_COLOR: '1',
    };
  }

  /** The lab as on its first day, a new Temporal with its state on disk, a worker, and an installation file. */
  static async begin(name: string): Promise<Story> {
    const lab = await startLab();
    const [folder] = await Promise.all([mkdtemp(join(tmpdir(), 'lockkeeper-story-')), lab.reset()]);
    const server = await startDevServer({ dbFile: join(folder, 'temporal.db') });
    const story = new Story(lab, folder, server, name);
    await copyFile(lab.package('4.4.18').file, join(folder, 'mms.deb'));
    await copyFile(lab.package('4.4.18', 'rhel').file, join(folder, 'mms.rpm'));
    await copyFile(lab.package('4.4.18', 'linux').file, join(folder, 'mms.tar.gz'));
    await story.startWorker();
    return story;
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

  description(policy: object = {}) {
    const { lab } = this;
    const host = (name: keyof typeof ADDRESSES, roles: string[], more: object = {}) => ({
      name, address: ADDRESSES[name], platform: platformOf(name), roles, ...(platformOf(name) === 'linux' ? { installDir: treeOf(name), runAs: 'opsmgr' } : {}), ...more,
    });
    return {
      installation: this.name, product: 'ops-manager',
      target: { version: '4.4.18', packages: {
        debian: { file: 'mms.deb', sha256: lab.package('4.4.18').sha256 }, rhel: { file: 'mms.rpm', sha256: lab.package('4.4.18', 'rhel').sha256 },
        linux: { file: 'mms.tar.gz', sha256: lab.package('4.4.18', 'linux').sha256 },
      } },
      ssh: { user: lab.keys.user, identityFile: lab.keys.identityFile, knownHostsFile: lab.keys.knownHostsFile },
      hosts: [
        host('om-1', ['application', 'backup-daemon']),
        host('om-2', ['application'], { ssh: { sudoPassword: { env: 'OPS_SUDO' } } }),
        host('om-3', ['application']),
        host('bkp-1', ['backup-daemon']),
      ],
      applicationDatabase: {
        uri: { env: 'OM_APPDB_URI' },
        backups: [{ host: 'bkp-1', command: 'date > "$HOME/appdb.dump"', verify: 'test -s "$HOME/appdb.dump"', maxAge: '4h' }],
      },
      loadBalancers: [{
        haproxy: {
          host: { name: 'lb-1', address: ADDRESSES['lb-1'] }, socket: '/run/haproxy/admin.sock', backend: 'om', sudo: true,
          servers: { 'om-1': 's1', 'om-2': 's2', 'om-3': 's3' }, url: `http://${ADDRESSES['lb-1']}:8088`,
        },
      }],
      policy: {
        approve: [],
        health: { consecutive: 2, every: '1s', within: '60s' },
        soak: '1s',
        ...policy,
        backupDaemons: { for: '30s', attempts: 2, every: '2s', settle: '3s', ...(policy as { backupDaemons?: object }).backupDaemons },
      },
    };
  }

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

  async answer(question: string, choice: string, ...more: string[]): Promise<string> {
    const id = await this.waitsFor(question);
    await this.must(0, 'answer', this.name, id, choice, ...more);
    return id;
  }

  /** Waits on the host until the shell condition holds there, for two minutes or longer: the moment at which a story strikes. */
  async when(host: keyof typeof ADDRESSES, condition: string, seconds = 120): Promise<void> {
    await this.lab.sh(host, `n=0; until ${condition}; do n=$((n+1)); [ $n -lt ${seconds * 5} ] || exit 1; sleep 0.2; done`);
  }

  /** Waits until the host's application answers. */
  async serves(host: keyof typeof ADDRESSES): Promise<void> {
    const url = `http://${ADDRESSES[host]}:8080/api/public/v1.0/unauth/versionManifest`;
    for (const deadline = Date.now() + PATIENCE; ; await pause(300)) {
      if (await fetch(url).then(({ ok }) => ok, () => false)) return;
      if (Date.now() > deadline) throw new Error(`${host} never served`);
    }
  }

  /** What must be true after every upgrade that was finished: one install on each host, and no rule of the vendor broken. */
  async installedOnceAndOrderly(): Promise<void> {
    for (const host of ['om-1', 'om-2', 'om-3', 'bkp-1'] as const) expect(await this.lab.installs(host), host).toHaveLength(1);
    expect(await this.lab.violations()).toEqual([]);
  }

  /** The daemons that ran before run again, one on each of their hosts. */
  async daemonsRun(): Promise<void> {
    for (const host of ['om-1', 'bkp-1'] as const) expect(await this.lab.sh(host, 'ps -eww -o args= | grep -c "[D]aemon"'), host).toMatch(/^1/);
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

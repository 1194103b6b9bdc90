/**
 * One host with memory behind the `HostSession` port: packages, processes, files, a lock, jobs. It answers the commands
 * that the activities type as a Debian host would, and writes down everything that was started on it. Time is a number
 * that only pauses move. It is a fake: what real hosts do is proven in the lab.
 */
import { LOCK_FOLDER } from '../../src/upgrade/state-folder.ts';
import { createHash } from 'node:crypto';
import type { Forbidden, HostLock, HostSession, HttpAnswer, HttpQuestion, JobSighting, Ran, RemoteJob } from '../../src/ssh/port.ts';
import { typed, type Command } from '../../src/upgrade/command.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import { Unreachable } from '../../src/ssh/errors.ts';

export interface FakeProcess { readonly pid: number; readonly args: string; readonly user: string; readonly since: number }
export interface FakeFile { content: string; owner: string; mode: string }
type JobEnd = { readonly code: number; readonly output?: string; readonly seconds?: number; readonly lost?: string };

export const APPLICATION = '/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=mms -cp a.jar com.xgen.svc.core.ServerMain';
export const DAEMON = '/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=bgrid -cp a.jar com.xgen.svc.brs.grid.Daemon';
export const MIGRATION = '/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=mms com.xgen.svc.common.migration.MigrationRunner';
const MMS = '/opt/mongodb/mms';
export const KEY = '/etc/mongodb-mms/gen.key';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export class FakeHost implements HostSession {
  readonly name: string;
  readonly #clock: { time: number };
  processes: FakeProcess[] = [];
  readonly files = new Map<string, FakeFile>();
  package = { version: '4.4.13.100-1', status: 'ii ', unpackedAt: -100_000 };
  /** `dpkg -V`. */
  changed = '';
  daemonAtBoot = true;
  lock: HostLock | null = null;
  foreignJobs: string[] = [];
  reachable = true;
  /** What sudo refuses, by how the typed command begins. */
  forbidden: string[] = [];
  /** Whether the command is in the list that preflight asks sudo about: what is not may never be typed. */
  isListed: (command: Command) => boolean = () => true;
  freeKilobytes = 50_000_000;
  clockAheadMs = 0;
  answersHttp: boolean | null = null;
  /** Replaces what a job does, by how its typed command begins; returns how it ends. */
  readonly effects = new Map<string, (host: FakeHost, times: number) => JobEnd>();
  /** Replaces what a look answers, by how its typed command begins. */
  readonly looks = new Map<string, (input: string | undefined) => Partial<Ran>>();
  /** Everything that was started, as typed, in order. */
  readonly started: string[] = [];
  readonly #jobs = new Map<string, JobEnd & { readonly ends: number; readonly command: string }>();
  #pid = 100;

  constructor(name: string, clock: { time: number }) {
    this.name = name;
    this.#clock = clock;
    this.processes.push({ pid: 1, args: '/sbin/init', user: 'root', since: -1_000_000 });
    this.write(KEY, '0123456789abcdefghijklmn', 'mongodb-mms:mongodb-mms', '600');
    this.write(`${MMS}/conf/conf-mms.properties`, 'mongo.mongoUri=mongodb://mms:pw@db-1,db-2/?replicaSet=rs0\n');
    this.write(`${MMS}/conf/mms.conf`, 'BASE_PORT=8080\n');
    this.write(`${MMS}/logs/daemon.log`, '');
    this.write(`${MMS}/logs/mms0-startup.log`, '');
    this.write(`${MMS}/logs/mms-migration.log`, '');
    this.write('/etc/init.d/mongodb-mms-backup-daemon', '#!/bin/sh\n', 'root:root', '755');
  }

  write(path: string, content: string, owner = 'mongodb-mms:mongodb-mms', mode = '600'): void {
    this.files.set(path, { content, owner, mode });
  }

  begin(args: string, user = 'mongodb-mms'): number {
    this.#pid += 1;
    this.processes.push({ pid: this.#pid, args, user, since: this.#clock.time });
    return this.#pid;
  }

  end(part: string): void {
    this.processes = this.processes.filter(({ args }) => !args.includes(part));
  }

  runs(part: string): boolean {
    return this.processes.some(({ args }) => args.includes(part));
  }

  get release(): string {
    return /^\d+\.\d+\.\d+/.exec(this.package.version)?.[0] ?? '';
  }

  async run(command: Command, options: { readonly stdin?: string | undefined } = {}): Promise<Ran> {
    this.#assertReachable();
    this.#assertListed(command);
    const text = typed(command);
    const scripted = [...this.looks].find(([begin]) => text.startsWith(begin))?.[1];
    const said = scripted ? scripted(options.stdin) : this.#look(command.argv);
    return { code: 0, stdout: '', stderr: '', truncated: false, ...said };
  }

  async sudoForbids(commands: readonly Command[]): Promise<readonly Forbidden[]> {
    this.#assertReachable();
    const forbidden = commands.filter((command) => this.forbidden.some((begin) => typed(command).startsWith(begin)));
    return forbidden.map((command) => ({ command, why: 'the sudoers do not list it.' }));
  }

  async startJob(attempt: Attempt, job: RemoteJob): Promise<JobSighting> {
    this.#assertReachable();
    const id = `${attempt.token}/${job.name}`;
    if (!this.#jobs.has(id)) {
      if (!job.unlocked && this.lock?.firstExecutionRunId !== attempt.owner.firstExecutionRunId) return { state: 'refused', why: `There is no lock on ${this.name}.` };
      this.#assertListed(job.command);
      const command = typed(job.command);
      this.started.push(command);
      const effect = [...this.effects].find(([begin]) => command.startsWith(begin))?.[1];
      const times = this.started.filter((each) => each === command).length;
      const end = effect ? effect(this, times) : this.#act(job.command.argv);
      this.#jobs.set(id, { ...end, command, ends: this.#clock.time + (end.seconds ?? 0) * 1_000 });
    }
    return this.#see(id);
  }

  async readJob(attempt: Attempt, name: string): Promise<JobSighting> {
    this.#assertReachable();
    return this.#see(`${attempt.token}/${name}`);
  }

  async upload(_from: string, to: string): Promise<void> {
    this.#assertReachable();
    this.write(to, 'package 4.4.18', 'ops:ops', '644');
  }

  async forward(): Promise<never> {
    throw new Unreachable('nothing answers');
  }

  async http({ url }: HttpQuestion): Promise<HttpAnswer> {
    const up = this.answersHttp ?? this.runs('ServerMain');
    if (!this.reachable || !up) throw new Unreachable(`nothing answers at ${url}.`);
    return { status: 200, headers: { 'X-MongoDB-Service-Version': `gitHash=1; versionString=${this.release}.100` }, body: '' };
  }

  async takeLock(lock: HostLock): ReturnType<HostSession['takeLock']> {
    this.#assertReachable();
    if (this.lock && this.lock.firstExecutionRunId !== lock.firstExecutionRunId) return { taken: false, heldBy: this.lock, why: 'held' };
    this.lock = lock;
    return { taken: true };
  }

  async readLock(): Promise<HostLock | null> {
    this.#assertReachable();
    return this.lock;
  }

  async releaseLock(owner: HostLock): Promise<boolean> {
    if (this.lock?.firstExecutionRunId === owner.firstExecutionRunId) this.lock = null;
    return this.lock === null;
  }

  async breakLock(): Promise<boolean> {
    this.lock = null;
    return true;
  }

  async livingJobs(): Promise<readonly string[]> {
    return [...this.foreignJobs, ...[...this.#jobs.keys()].filter((id) => this.#see(id).state === 'running')];
  }

  async sweepJobs(): Promise<void> {
    this.#jobs.clear();
  }

  cut(): void {}

  #assertReachable(): void {
    if (!this.reachable) throw new Unreachable(`${this.name} gives no answer.`);
  }

  #assertListed(command: Command): void {
    if (command.as !== 'login' && !this.isListed(command)) throw new Error(`not in the list of root-commands.ts: ${typed(command)}`);
  }

  #see(id: string): JobSighting {
    const job = this.#jobs.get(id);
    if (!job) return { state: 'absent' };
    if (job.ends > this.#clock.time) return { state: 'running', pid: 4_711, output: '' };
    if (job.lost !== undefined) return { state: 'lost', why: job.lost, output: job.output ?? '' };
    return { state: 'finished', code: job.code, output: job.output ?? '' };
  }

  /** What the host answers to a look, by the program's name. */
  #look(argv: readonly string[]): Partial<Ran> {
    const [program = '', ...rest] = argv;
    const paths = rest.filter((word) => word.startsWith('/'));
    const each = (line: (path: string, file: FakeFile) => string): Partial<Ran> => {
      const lines = paths.flatMap((path) => this.files.has(path) ? [line(path, this.files.get(path)!)] : []);
      return { code: lines.length === paths.length ? 0 : 1, stdout: lines.join('') };
    };
    switch (program) {
      case 'ps': return { stdout: this.processes.map(({ pid, user, since, args }) => `${pid} 1 ${user} ${Math.floor((this.#clock.time - since) / 1_000)} ${args}\n`).join('') };
      case 'cat': case 'tail': return each((_, file) => file.content);
      case 'sha256sum': return each((path, file) => `${sha256(file.content)}  ${path}\n`);
      case 'stat': return this.#stat(rest, each);
      case 'dpkg-query': return this.package.status === 'un ' ? { code: 1, stderr: 'dpkg-query: no packages found matching mongodb-mms\n' } : { stdout: `${this.package.version}\t${this.package.status}\tamd64\n` };
      case 'dpkg-deb': return { stdout: 'Package: mongodb-mms\nVersion: 4.4.18.100-1\nArchitecture: amd64\n' };
      case 'dpkg': return rest[0] === '-V' ? { stdout: this.changed } : rest[0] === '--print-architecture' ? { stdout: 'amd64\n' } : {};
      case 'date': return { stdout: `${((this.#clock.time + this.clockAheadMs) / 1_000).toFixed(rest[0] === '+%s' ? 0 : 9)}\n` };
      case 'df': return { stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 99999999 1 ${this.freeKilobytes} 20% /\n` };
      case 'ls': return paths[0] === LOCK_FOLDER ? { stdout: [...this.files.keys()].filter((path) => path.startsWith(`${LOCK_FOLDER}/`)).map((path) => `${path.slice(LOCK_FOLDER.length + 1)}\n`).join('') } : rest.includes('/etc/rc2.d') ? { stdout: `S01mongodb-mms\n${this.daemonAtBoot ? 'S01' : 'K01'}mongodb-mms-backup-daemon\n` } : { code: [...this.files.keys()].some((path) => path.startsWith(paths[0] ?? '')) ? 0 : 2 };
      case 'printenv': return { stdout: '/home/ops\n' };
      case 'service': return { code: this.runs(rest[0] === 'mongodb-mms' ? 'ServerMain' : 'grid.Daemon') ? 0 : 3 };
      case 'true': case 'sh': return {};
      default: throw new Error(`the fake host does not know ${argv.join(' ')}`);
    }
  }

  #stat(words: readonly string[], each: (line: (path: string, file: FakeFile) => string) => Partial<Ran>): Partial<Ran> {
    if (words.some((word) => word.endsWith('mongodb-mms.list'))) return { stdout: `${Math.floor(this.package.unpackedAt / 1_000)}\n` };
    if (words[1] === '%s') return each((_, file) => `${file.content.length}\n`);
    return each((path, file) => `${file.mode} ${file.owner} ${file.content.length} ${path}\n`);
  }

  /** What a job does, where a test does not say otherwise. */
  #act(argv: readonly string[]): JobEnd {
    const words = argv.join(' ');
    const files = argv.filter((word) => word.startsWith('/'));
    if (words === 'service mongodb-mms stop') this.end('ServerMain');
    else if (words === 'service mongodb-mms start') this.begin(APPLICATION);
    else if (words.endsWith('mongodb-mms-backup-daemon stop')) this.end('grid.Daemon');
    else if (words.endsWith('mongodb-mms-backup-daemon start')) this.startDaemon();
    else if (argv[0] === 'dpkg') this.install('4.4.18.100-1');
    else if (argv[3] === 'lockkeeper-note') this.write(argv[4]!, `${argv[5]}\n`, 'ops:ops', '644');
    else if (argv[0] === 'cp') for (const file of files.slice(0, -1)) this.files.set(files[files.length - 1]! + file, { ...this.files.get(file)! });
    else if (argv[0] === 'install' && argv.includes('600')) this.files.set(files[1]!, { ...this.files.get(files[0]!)!, owner: 'root:root' });
    else if (argv[0] === 'rm') for (const path of [...this.files.keys()]) if (path.startsWith(files[0]!)) this.files.delete(path);
    return { code: 0 };
  }

  startDaemon(): void {
    this.begin(DAEMON);
    this.write(`${MMS}/logs/daemon.log`, `Starting Backup Daemon ${this.package.version}\n`);
  }

  install(version: string): void {
    this.package = { version, status: 'ii ', unpackedAt: this.#clock.time };
  }
}

/**
 * A machine with memory behind the `HostSession` port: processes, files, a lock, jobs. It answers what activities type on any
 * host, and writes down everything that was started on it; a product's fake host adds its own commands. Time is a number
 * that only pauses move. It is a fake: what real hosts do is proven in the lab.
 */
import { createHash } from 'node:crypto';
import type { Forbidden, HostLock, HostSession, HttpAnswer, HttpQuestion, JobSighting, Ran, RemoteJob } from '../../src/ssh/port.ts';
import { typed, type Command } from '../../src/upgrade/command.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import { LOCK_FOLDER } from '../../src/upgrade/state-folder.ts';
import { Unreachable } from '../../src/ssh/errors.ts';

export interface FakeProcess { readonly pid: number; readonly args: string; readonly user: string; readonly since: number }
export interface FakeFile { content: string; owner: string; mode: string }
export type JobEnd = { readonly code: number; readonly output?: string; readonly seconds?: number; readonly lost?: string; readonly nothingRan?: boolean };
/** What each of the files that are there prints; the exit code tells whether all are. */
export type Each = (line: (path: string, file: FakeFile) => string) => Partial<Ran>;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export abstract class FakeMachine implements HostSession {
  readonly name: string;
  protected readonly clock: { time: number };
  processes: FakeProcess[] = [];
  readonly files = new Map<string, FakeFile>();
  lock: HostLock | null = null;
  foreignJobs: string[] = [];
  reachable = true;
  /** What sudo refuses, by how the typed command begins. */
  forbidden: string[] = [];
  /** Programs that sudo does not find. */
  missing: string[] = [];
  /** Whether the command is in the list that preflight asks sudo about: what is not may never be typed. */
  isListed: (command: Command) => boolean = () => true;
  freeKilobytes = 50_000_000;
  clockAheadMs = 0;
  /** What an uploaded file holds. */
  uploaded = 'package 4.4.18';
  /** Replaces what a job does, by how its typed command begins; returns how it ends. */
  readonly effects = new Map<string, (host: this, times: number) => JobEnd>();
  /** Replaces what a look answers, by how its typed command begins. */
  readonly looks = new Map<string, (input: string | undefined) => Partial<Ran>>();
  /** Everything that was started, as typed, in order. */
  readonly started: string[] = [];
  readonly #jobs = new Map<string, JobEnd & { readonly ends: number; readonly command: string }>();
  #pid = 100;

  constructor(name: string, clock: { time: number }) {
    this.name = name;
    this.clock = clock;
    this.processes.push({ pid: 1, args: '/sbin/init', user: 'root', since: -1_000_000 });
  }

  abstract http(question: HttpQuestion): Promise<HttpAnswer>;

  write(path: string, content: string, owner = 'root:root', mode = '600'): void {
    this.files.set(path, { content, owner, mode });
  }

  begin(args: string, user = 'root'): number {
    this.#pid += 1;
    this.processes.push({ pid: this.#pid, args, user, since: this.clock.time });
    return this.#pid;
  }

  end(part: string): void {
    this.processes = this.processes.filter(({ args }) => !args.includes(part));
  }

  runs(part: string): boolean {
    return this.processes.some(({ args }) => args.includes(part));
  }

  async run(command: Command, options: { readonly stdin?: string | undefined } = {}): Promise<Ran> {
    this.assertReachable();
    this.#assertListed(command);
    const text = typed(command);
    const scripted = [...this.looks].find(([begin]) => text.startsWith(begin))?.[1];
    const said = scripted ? scripted(options.stdin) : this.look(command.argv);
    return { code: 0, stdout: '', stderr: '', truncated: false, ...said };
  }

  async runLine(_line: string): Promise<Ran> {
    throw new Unreachable('no fake host has cmd.exe');
  }

  async sudoForbids(commands: readonly Command[]): Promise<readonly Forbidden[]> {
    this.assertReachable();
    const forbidden = commands.filter((command) => this.forbidden.some((begin) => typed(command).startsWith(begin)));
    const missing = commands.flatMap((command) => this.missing.filter((program) => command.argv[0] === program).map((program) => ({ command, missing: program, why: `sudo finds no ${program}.` })));
    return [...missing, ...forbidden.map((command) => ({ command, why: 'the sudoers do not list it.' }))];
  }

  async startJob(attempt: Attempt, job: RemoteJob): Promise<JobSighting> {
    this.assertReachable();
    const id = `${attempt.token}/${job.name}`;
    if (!this.#jobs.has(id)) {
      if (!job.unlocked && this.lock?.firstExecutionRunId !== attempt.owner.firstExecutionRunId) return { state: 'refused', why: `There is no lock on ${this.name}.` };
      this.#assertListed(job.command);
      const command = typed(job.command);
      this.started.push(command);
      const effect = [...this.effects].find(([begin]) => command.startsWith(begin))?.[1];
      const times = this.started.filter((each) => each === command).length;
      const end = effect ? effect(this, times) : this.act(job.command.argv);
      this.#jobs.set(id, { ...end, command, ends: this.clock.time + (end.seconds ?? 0) * 1_000 });
    }
    return this.#see(id);
  }

  async readJob(attempt: Attempt, name: string): Promise<JobSighting> {
    this.assertReachable();
    return this.#see(`${attempt.token}/${name}`);
  }

  async upload(_from: string, to: string): Promise<void> {
    this.assertReachable();
    this.write(to, this.uploaded, 'ops:ops', '644');
  }

  async forward(): Promise<never> {
    throw new Unreachable('nothing answers');
  }

  async takeLock(lock: HostLock): ReturnType<HostSession['takeLock']> {
    this.assertReachable();
    if (this.lock && this.lock.firstExecutionRunId !== lock.firstExecutionRunId) return { taken: false, heldBy: this.lock, why: 'held' };
    this.lock = lock;
    return { taken: true };
  }

  async readLock(): Promise<HostLock | null> {
    this.assertReachable();
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

  protected assertReachable(): void {
    if (!this.reachable) throw new Unreachable(`${this.name} gives no answer.`);
  }

  #assertListed(command: Command): void {
    if (command.as !== 'login' && !this.isListed(command)) throw new Error(`not in the list of root-commands.ts: ${typed(command)}`);
  }

  #see(id: string): JobSighting {
    const job = this.#jobs.get(id);
    if (!job) return { state: 'absent' };
    if (job.ends > this.clock.time) return { state: 'running', pid: 4_711, output: '' };
    if (job.lost !== undefined) return { state: 'lost', why: job.lost, output: job.output ?? '', nothingRan: job.nothingRan };
    return { state: 'finished', code: job.code, output: job.output ?? '' };
  }

  /** What the host answers to a look, by the program's name. */
  protected look(argv: readonly string[]): Partial<Ran> {
    const [program = '', ...rest] = argv;
    const paths = rest.filter((word) => word.startsWith('/'));
    const each = this.each(paths);
    switch (program) {
      case 'ps': return { stdout: this.processes.map(({ pid, user, since, args }) => `${pid} 1 ${user} ${Math.floor((this.clock.time - since) / 1_000)} ${args}\n`).join('') };
      case 'cat': case 'tail': return each((_, file) => file.content);
      case 'sha256sum': return each((path, file) => `${sha256(file.content)}  ${path}\n`);
      case 'date': return { stdout: `${((this.clock.time + this.clockAheadMs) / 1_000).toFixed(rest[0] === '+%s' ? 0 : 9)}\n` };
      case 'df': return { stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 99999999 1 ${this.freeKilobytes} 20% /\n` };
      case 'ls': return paths[0] === LOCK_FOLDER ? { stdout: [...this.files.keys()].filter((path) => path.startsWith(`${LOCK_FOLDER}/`)).map((path) => `${path.slice(LOCK_FOLDER.length + 1)}\n`).join('') }
        : { code: [...this.files.keys()].some((path) => path.startsWith(paths[0] ?? '')) ? 0 : 2 };
      case 'printenv': return { stdout: '/home/ops\n' };
      case 'true': case 'sh': return {};
      default: throw new Error(`the fake host does not know ${argv.join(' ')}`);
    }
  }

  protected each(paths: readonly string[]): Each {
    return (line) => {
      const lines = paths.flatMap((path) => this.files.has(path) ? [line(path, this.files.get(path)!)] : []);
      const missing = paths.filter((path) => !this.files.has(path)).map((path) => `cat: ${path}: No such file or directory\n`);
      return { code: missing.length === 0 ? 0 : 1, stdout: lines.join(''), stderr: missing.join('') };
    };
  }

  /** What a job does, where a test does not say otherwise. */
  protected act(argv: readonly string[]): JobEnd {
    const files = argv.filter((word) => word.startsWith('/'));
    if (argv[3] === 'lockkeeper-note') this.write(argv[4]!, `${argv[5]}\n`, 'ops:ops', '644');
    else if (argv[0] === 'cp') for (const file of files.slice(0, -1)) this.files.set(files[files.length - 1]! + file, { ...this.files.get(file)! });
    else if (argv[0] === 'install' && argv.includes('600')) this.files.set(files[1]!, { ...this.files.get(files[0]!)!, owner: 'root:root' });
    else if (argv[0] === 'rm') for (const path of [...this.files.keys()]) if (path.startsWith(files[0]!)) this.files.delete(path);
    return { code: 0 };
  }
}

/** A Linux host of UrbanCode Deploy: the fake machine with an install dir, a server in it, and application data that hosts share. */
import type { HttpAnswer, HttpQuestion, Ran } from '../../src/ssh/port.ts';
import { Unreachable } from '../../src/ssh/errors.ts';
import { FakeMachine, type JobEnd } from './fake-machine.ts';

export const INSTALL_DIR = '/opt/ucd/server';
export const APP_DATA = '/mnt/ucd/appdata';
export const SERVER = `/opt/ucd/jre/bin/java -Xmx2048m -jar ${INSTALL_DIR}/bin/launcher.jar ${INSTALL_DIR}/bin/classpath.conf com.urbancode.ds.UDeployServer`;
export const MARK = `${INSTALL_DIR}/conf/installed.version`;
export const PROPERTIES = `${INSTALL_DIR}/conf/server/installed.properties`;
export const SET_ENV = `${INSTALL_DIR}/bin/set_env`;
export const PID_FILE = `${INSTALL_DIR}/var/server.pid`;
export const LOG = `${INSTALL_DIR}/var/log/deployserver.out`;

/** What all hosts of an installation share. */
export interface FakeStorage { readonly files: Set<string>; token: string; work: readonly object[]; /** What the servers answer as their configuration. */ configuration: Record<string, unknown> }

export class FakeServerHost extends FakeMachine {
  storage: FakeStorage;
  java = '11.0.21';
  owner = 'ucd';
  /** Files of the install dir that are not the owner's. */
  foreign = '';
  /** Files below opt/tomcat that are newer than the mark. */
  customised: string[] = [];
  /** What cron tables, boot links and monit hold that starts the server. */
  readonly starters = { 'lockkeeper-links': '', 'lockkeeper-cron': '', 'lockkeeper-monit': '' };
  /** What `systemctl show` prints where systemd is PID 1. */
  units: string | null = null;
  /** Who listens besides sshd and the server. */
  listeners: { readonly port: number; readonly pid: number }[] = [];
  /** Links of the install dir, and where they lead; what is behind one is in `files` as if it were a folder. */
  readonly links = new Map<string, string>();
  mayWrite = true;
  /** Whether the server answers, where that is not what its process says. */
  answers: boolean | null = null;
  serves: string | null = null;

  constructor(name: string, clock: { time: number }, storage: FakeStorage) {
    super(name, clock);
    this.storage = storage;
    this.mark = '7.0.5.2.1041488';
    this.configure();
    this.write(SET_ENV, 'JAVA_HOME="/opt/ucd/jre"\nJAVA_OPTS="-Xmx2048m"\n', 'ucd');
  }

  set mark(version: string) {
    this.write(MARK, `#Sun Nov 22 01:21:09 UTC 2026\ninstalled.version=${version}\n`, 'ucd');
  }

  get mark(): string {
    return /=(.*)/.exec(this.files.get(MARK)?.content ?? '')?.[1] ?? '';
  }

  /** Writes installed.properties; undefined leaves one of these out. */
  configure(properties: Readonly<Record<string, string | undefined>> = {}): void {
    const all = {
      'database.type': 'mysql', 'hibernate.connection.url': 'jdbc\\:mysql\\://db\\:3306/ucd', 'hibernate.connection.password': 'hunter22',
      'server.appdata.dir': APP_DATA, 'agentcomm.uri': `wss\\://${this.name}\\:7919`, 'install.server.web.https.port': '8443', ...properties,
    };
    this.write(PROPERTIES, Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}\n`])).join(''), 'ucd');
  }

  startServer(user = 'ucd', args = SERVER): void {
    this.write(PID_FILE, `${this.begin(args, user)}\n`, 'ucd');
  }

  stopServer(): void {
    this.end('UDeployServer');
    this.files.delete(PID_FILE);
  }

  async http(question: HttpQuestion): Promise<HttpAnswer> {
    if (!this.reachable || !(this.answers ?? this.runs('UDeployServer'))) throw new Unreachable(`nothing answers at ${question.url}.`);
    const answer = this.#answer(question);
    const shown = question.unredacted ? answer.body : answer.body.replaceAll(this.storage.token, '[redacted]');
    return { headers: {}, ...answer, body: shown.slice(0, question.maxBody ?? 65_536) };
  }

  #answer({ url, headers = {}, method = 'GET', body = '' }: HttpQuestion): { readonly status: number; readonly body: string } {
    const { pathname } = new URL(url), { storage } = this;
    if (pathname === '/connTest.txt') return { status: 200, body: 'Connection test\n' };
    if (pathname === '/') return { status: 200, body: this.serves === '' ? '<html>' : `<span class="version">v. ${this.serves ?? this.mark}</span>` };
    if (headers['Authorization'] !== `Basic ${Buffer.from(`PasswordIsAuthToken:{"token":"${storage.token}"}`).toString('base64')}`) return { status: 401, body: '' };
    if (pathname === '/cli/agentCLI') return { status: 200, body: JSON.stringify([{ name: 'web-1', status: 'ONLINE' }, { name: 'web-2', status: 'OFFLINE' }]) };
    if (pathname === '/cli/relay') return { status: 404, body: '' };
    if (pathname === '/cli/systemConfiguration') return { status: 200, body: JSON.stringify(storage.configuration) };
    if (pathname === '/rest/system/configuration' && method === 'PUT') storage.configuration = { ...storage.configuration, ...JSON.parse(body) as object };
    return { status: 200, body: JSON.stringify(storage.work) };
  }

  protected override look(argv: readonly string[]): Partial<Ran> {
    const [program = '', ...rest] = argv, path = rest.find((word) => word.startsWith('/')) ?? '';
    switch (program) {
      case 'ss': return { stdout: `LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=56,fd=3))\n${[...this.listeners, ...this.processes.filter(({ args }) => args.includes('UDeployServer')).map(({ pid }) => ({ port: 8_443, pid }))].map(({ port, pid }) => `LISTEN 0 64 0.0.0.0:${port} 0.0.0.0:* users:(("program",pid=${pid},fd=8))\nLISTEN 0 64 [::]:${port} [::]:* users:(("program",pid=${pid},fd=9))\n`).join('')}` };
      case 'stat': return rest[1] === '%U' ? { stdout: `${this.owner}\n` } : { stdout: '400000000\n' };
      case 'find': return this.#find(path, rest);
      case '/opt/ucd/jre/bin/java': return { stderr: `java version "${this.java}"\n` };
      case 'systemctl': return this.units === null ? { code: 1, stderr: 'System has not been booted with systemd as init system (PID 1). Can\'t operate.\n' } : { stdout: this.units };
      case 'sh': return { stdout: (this.starters as Record<string, string>)[rest[2] ?? ''] ?? '' };
      case 'tail': return { stdout: (this.files.get(path)?.content ?? '').split('\n').slice(-Number(rest[1]) - 1).join('\n') };
      case 'grep': return { stdout: (this.files.get(path)?.content ?? '').split('\n').filter((line) => new RegExp(rest[2] ?? '').test(line)).join('\n') };
      case 'readlink': return { stdout: `${this.links.get(path) ?? path}\n` };
      case 'touch': return this.#touch(path);
      case 'rm': return { code: this.storage.files.delete(path) ? 0 : 1 };
      case 'ls': return path.startsWith(APP_DATA) ? { code: [...this.storage.files].some((file) => `${file}/`.startsWith(`${path}/`)) ? 0 : 2 } : rest[0] === '-d' && this.links.has(path) ? {} : super.look(argv);
      default: return super.look(argv);
    }
  }

  #touch(path: string): Partial<Ran> {
    if (!this.mayWrite) return { code: 1, stderr: `touch: cannot touch '${path}': Permission denied\n` };
    this.storage.files.add(path);
    return {};
  }

  #find(folder: string, words: readonly string[]): Partial<Ran> {
    if (words.includes('-path') && folder === `${INSTALL_DIR}/var`) return { stdout: this.files.has(PID_FILE) ? `${PID_FILE}\n${this.files.get(PID_FILE)?.content}` : '' };
    if (words.includes('-user')) return { stdout: this.foreign };
    if (words.includes('-newer')) return super.look(['sha256sum', ...this.customised.map((name) => `${INSTALL_DIR}/opt/tomcat/${name}`)]);
    if (words.includes('%y %P\\n')) return { stdout: this.#below(folder).map((entry) => `${entry}\n`).join('') };
    return { stdout: [...this.storage.files].filter((file) => file.startsWith(folder)).map((file) => `${file.slice(folder.length)}\n`).join('') };
  }

  /** "f conf/a" and "d conf" of every file, and every folder above one. */
  #below(folder: string): readonly string[] {
    const root = folder.replace(/\/$/, '');
    const names = [...this.files.keys(), ...this.storage.files].filter((file) => file.startsWith(`${root}/`)).map((file) => file.slice(root.length + 1));
    const folders = names.flatMap((name) => name.split('/').slice(0, -1).map((_, depth, parts) => parts.slice(0, depth + 1).join('/')));
    return [...new Set(folders)].map((name) => `d ${name}`).concat(names.map((name) => `f ${name}`));
  }

  protected override act(argv: readonly string[]): JobEnd {
    const words = argv.join(' ');
    if (words === `${INSTALL_DIR}/bin/server stop`) this.stopServer();
    else if (words === `${INSTALL_DIR}/bin/server start`) this.startServer();
    else if (argv[3] === 'lockkeeper-install') { this.mark = '7.3.2.1.1161889'; return { code: 0, output: 'Installer Complete.' }; }
    else return super.act(argv);
    return { code: 0 };
  }
}

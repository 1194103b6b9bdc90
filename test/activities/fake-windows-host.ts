/** A Windows host of UrbanCode Deploy: what cmd.exe prints there, in the formats that Windows documents. Nothing but looks may be typed. */
import { createHash } from 'node:crypto';
import type { JobSighting, Ran } from '../../src/ssh/port.ts';
import { Unreachable } from '../../src/ssh/errors.ts';
import { FakeServerHost, type FakeStorage } from './fake-server-host.ts';

const SERVER = 'C:\\ucd\\java\\bin\\java.exe -jar C:\\ucd\\server\\bin\\launcher.jar C:\\ucd\\server\\bin\\classpath.conf com.urbancode.ds.UDeployServer';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export class FakeWindowsHost extends FakeServerHost {
  shell = '\r\nMicrosoft Windows [Version 10.0.20348.2031]\r\n';
  service: 'RUNNING' | 'STOPPED' | 'STOP_PENDING' | 'absent' = 'STOPPED';
  atBoot: 'AUTO' | 'DEMAND' = 'DEMAND';
  /** By whom command lines are told. */
  words: 'wmic' | 'powershell' | 'nobody' = 'wmic';
  /** Whether command lines are empty, as for people who are no administrators. */
  wordless = false;
  netstat: 'works' | 'denied' = 'works';
  /** Programs beside the server that hold a port. */
  others: { readonly port: number; readonly pid: number; readonly program: string }[] = [];
  pidFile: number | null = null;
  /** What a person has brought. */
  zip: string | null = null;
  installers: string[] = [];
  certutil = true;
  log = '';
  /** Everything that was typed. */
  readonly typed: string[] = [];

  constructor(name: string, clock: { time: number }, storage: FakeStorage) {
    super(name, clock, storage);
    this.configure({ 'server.appdata.dir': 'C\\:\\\\ucd\\\\appdata' });
  }

  override startServer(): void {
    this.pidFile = this.begin(SERVER);
    this.service = 'RUNNING';
    this.log += `2026-11-22 04:20:07,000 INFO  main com.urbancode.ds.UDeployServer - Starting HCL UrbanCode Deploy server version ${this.mark}\n2026-11-22 04:20:07,000 INFO  main com.urbancode.ds.UDeployServer - HCL UrbanCode Deploy server version ${this.mark} started.\n`;
  }

  override stopServer(): void {
    this.end('UDeployServer');
    Object.assign(this, { service: 'STOPPED', pidFile: null });
  }

  override async runLine(line: string): Promise<Ran> {
    if (!this.reachable) throw new Unreachable(`${this.name} cannot be reached.`);
    this.typed.push(line);
    return { code: 0, stdout: '', stderr: '', truncated: false, ...this.#answer(line) };
  }

  override async run(): Promise<Ran> {
    throw new Error('a shell\'s command was typed on Windows');
  }

  override async startJob(): Promise<JobSighting> {
    throw new Error('a job was started on Windows');
  }

  #answer(line: string): Partial<Ran> {
    const on = (begin: string): boolean => line.startsWith(begin), printed = (...lines: readonly string[]): Partial<Ran> => ({ stdout: lines.map((each) => `${each}\r\n`).join('') });
    const listeners = this.processes.filter(({ args }) => args === SERVER).flatMap(({ pid }) => [7_918, 7_919, 8_443].map((port) => ({ port, pid })));
    const processes = [...this.processes, ...this.others.map(({ pid, program }) => ({ pid, args: program }))];
    if (on('ver')) return { stdout: this.shell };
    if (on('sc query')) return this.service === 'absent' ? { code: 1060, ...printed('[SC] EnumQueryServicesStatus:OpenService FAILED 1060:', '') } : printed('', 'SERVICE_NAME: ucd', '        TYPE               : 10  WIN32_OWN_PROCESS  ', `        STATE              : ${{ STOPPED: 1, STOP_PENDING: 3, RUNNING: 4 }[this.service]}  ${this.service} `, '        WIN32_EXIT_CODE    : 0  (0x0)');
    if (on('sc qc')) return printed(`        START_TYPE         : ${this.atBoot === 'AUTO' ? '2   AUTO_START' : '3   DEMAND_START'}`);
    if (on('netstat')) return this.netstat === 'denied' ? { code: 1 } : printed('  TCP    0.0.0.0:22             0.0.0.0:0              LISTENING       1204', ...[...listeners, ...this.others].map(({ port, pid }) => `  TCP    0.0.0.0:${port}           0.0.0.0:0              LISTENING       ${pid}`));
    if (on('wmic') || on('powershell')) return on(this.words) ? printed(...processes.flatMap(({ pid, args }) => [`CommandLine=${this.wordless ? '' : args}`, `ProcessId=${pid}`])) : { code: 1 };
    if (on('tasklist')) return printed('"sshd.exe","1204","Services","0","9,000 K"', ...processes.map(({ pid, args }) => `"${/[^\\/]+$/.exec(args.split(' ')[0] ?? '')?.[0]}","${pid}","Services","0","9,000 K"`));
    if (on('if exist')) return printed(this.pidFile === null ? 'absent' : String(this.pidFile));
    if (on('find ')) return { stdout: this.log };
    if (on('certutil')) return this.zip === null || !this.certutil ? { code: 1 } : printed('SHA256 hash of the file:', sha256(this.zip), 'CertUtil: -hashfile command completed successfully.');
    if (on('dir /b /s')) return this.installers.length === 0 ? { code: 1, ...printed('File Not Found') } : printed(...this.installers.map((folder) => `${folder}\\install-server.bat`));
    const [, file] = [...this.files].find(([path]) => line === `type C:\\ucd\\server${path.slice('/opt/ucd/server'.length).replaceAll('/', '\\')}`) ?? [];
    return file === undefined ? { code: 1 } : { stdout: file.content };
  }
}

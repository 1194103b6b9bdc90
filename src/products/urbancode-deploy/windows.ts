/**
 * A Windows host: what Lockkeeper types there to look, and what it makes of the answers. Nothing is changed by it; what a
 * person types is in `windows-guide.ts`. Lines are for cmd.exe, which is what OpenSSH for Windows runs.
 *
 * Formats are those that Windows documents, read without the words that its language decides; what was recorded was recorded
 * on Wine's cmd.exe, and that is not Windows.
 */
import type { Seen } from '../../upgrade/outcome.ts';
import type { UrbancodeDeployHost } from '../../upgrade/installation-urbancode.ts';
import { ANT, SERVER_CLASS } from './processes.ts';

export type WindowsHost = Pick<UrbancodeDeployHost, 'installDir' | 'service'>;

/**
 * One word for cmd.exe. In quotes nothing has a meaning but %, which is left outside of them behind a ^. A quote is in no
 * Windows file name; the installation file refuses it.
 */
export function quotedForCmd(word: string): string {
  if (/^[A-Za-z0-9_.:\\/-]+$/.test(word)) return word;
  return word.split('%').map((part) => `"${part}"`).join('^%');
}

const trimmed = (folder: string): string => folder.replace(/[\\/]+$/, '');

/** A file without one is refused: without a name nobody could be asked whether the server runs. */
export function serviceName({ service }: WindowsHost): string {
  if (service === undefined || !('name' in service)) throw new Error('A Windows host without the name of its service came through validation.');
  return service.name;
}

export interface WindowsPlaces { readonly mark: string; readonly pidFile: string; readonly log: string; readonly properties: string }
export function placesOf({ installDir }: WindowsHost): WindowsPlaces {
  const root = trimmed(installDir);
  return { mark: `${root}\\conf\\installed.version`, pidFile: `${root}\\var\\server.pid`, log: `${root}\\var\\log\\deployserver.out`, properties: `${root}\\conf\\server\\installed.properties` };
}

/** Where a person brings the package: beside the install dir, on the disk that the site chose for the product. */
export function packageFolder({ installDir }: WindowsHost, version: string): string {
  return `${trimmed(installDir).replace(/\\[^\\]*$/, '')}\\lockkeeper-${version}`;
}

/** What is typed to look. */
export interface WindowsLooks {
  readonly service: string;
  /** How its service is configured: whether Windows starts it at boot. */
  readonly serviceStart: string;
  readonly listeners: string;
  readonly commandLines: string;
  /** The same where Windows has wmic no more (Windows 11 24H2, Server 2025). */
  readonly commandLinesToo: string;
  readonly tasks: string;
  readonly mark: string;
  /** Prints what is in it, or "absent". */
  readonly pidFile: string;
  /** Lines of the server's own class: its starts and their ends are among them, however long ago. */
  readonly starts: string;
  readonly properties: string;
}

export function windowsLooks(host: WindowsHost): WindowsLooks {
  const { mark, pidFile, log, properties } = placesOf(host), name = quotedForCmd(serviceName(host));
  return {
    service: `sc query ${name}`,
    serviceStart: `sc qc ${name}`,
    listeners: 'netstat -ano',
    commandLines: 'wmic process get CommandLine,ProcessId /value',
    commandLinesToo: `powershell -NoProfile -NonInteractive -Command "Get-CimInstance Win32_Process | ForEach-Object { 'CommandLine=' + $_.CommandLine; 'ProcessId=' + $_.ProcessId }"`,
    tasks: 'tasklist /fo csv /nh',
    mark: `type ${quotedForCmd(mark)}`,
    pidFile: `if exist ${quotedForCmd(pidFile)} (type ${quotedForCmd(pidFile)}) else (echo absent)`,
    starts: `find "UDeployServer - " ${quotedForCmd(log)}`,
    properties: `type ${quotedForCmd(properties)}`,
  };
}

export function checksumLook(file: string): string {
  return `certutil -hashfile ${quotedForCmd(file)} SHA256`;
}

/** Where below the folder there is an installer. */
export function installersLook(folder: string): string {
  return `dir /b /s ${quotedForCmd(`${folder}\\install-server.bat`)}`;
}

/** cmd.exe ends lines with CR LF, wmic with CR CR LF. */
const linesOf = (text: string): readonly string[] => text.split('\n').map((line) => line.replace(/\r+$/, ''));

/** The SHA-256 that certutil prints, which older releases write in pairs; null when there is none. */
export function readChecksum(printed: string): string | null {
  return linesOf(printed).map((line) => line.replaceAll(' ', '').toLowerCase()).find((line) => /^[0-9a-f]{64}$/.test(line)) ?? null;
}

/** The folders with an installer in them. */
export function readInstallers(printed: string): readonly string[] {
  return linesOf(printed).flatMap((line) => /^([A-Za-z]:\\.*)\\install-server\.bat$/i.exec(line)?.[1] ?? []);
}

/** Changes nothing, and only Windows knows it. */
export const WHICH_WINDOWS = 'ver';

/** Whether the answer to it is that of cmd.exe: "Microsoft Windows [Version 10.0.17763.1]". */
export function isCmd(printed: string): boolean {
  return /^\s*Microsoft Windows\b/.test(printed);
}

/** The state that `sc query` prints: RUNNING, STOPPED, STOP_PENDING …; `absent` for a service that is not there; null when unreadable. */
export function readService(printed: string): string | null {
  if (/\b1060\b/.test(printed)) return 'absent';
  return /:\s*[1-7]\s+([A-Z_]+)\s*$/m.exec(printed)?.[1] ?? null;
}

/** Of `sc qc`: whether Windows starts the service at boot. */
export function startsAtBoot(printed: string): Seen {
  const how = /:\s*[0-4]\s+((?:AUTO|DEMAND|BOOT|SYSTEM)_START|DISABLED)\b/.exec(printed)?.[1];
  return how === undefined ? 'unknown' : how === 'DEMAND_START' || how === 'DISABLED' ? 'no' : 'yes';
}

export interface WindowsListener { readonly port: number; readonly pid: number }

/** Ports that are listened on, by whom; null when the list cannot be read. Every Windows host has listeners, its sshd at least. */
export function readListeners(printed: string): readonly WindowsListener[] | null {
  const found = linesOf(printed).flatMap((line) => {
    // Who listens has no other end; the word for it is the language's.
    const [, port, pid] = /^\s*TCP\s+\S+:(\d+)\s+(?:0\.0\.0\.0|\[::\]):0\s+\S+\s+(\d+)\s*$/.exec(line) ?? [];
    return port === undefined || pid === undefined ? [] : [{ port: Number(port), pid: Number(pid) }];
  });
  return found.length === 0 ? null : found;
}

export interface WindowsProcess { readonly pid: number; /** The whole command line, or where that was not asked, the program alone. */ readonly args: string }

/**
 * Lines NAME=value, by wmic or PowerShell. Null when they hold no command line: there is no such program, it was refused, or
 * it lists processes without their words, as it does to people who are no administrators.
 */
export function readCommandLines(printed: string): readonly WindowsProcess[] | null {
  const found: WindowsProcess[] = [];
  let args = '';
  for (const line of linesOf(printed)) {
    const [, name, value = ''] = /^(CommandLine|ProcessId)=(.*)$/.exec(line) ?? [];
    if (name === 'CommandLine') args = value;
    if (name !== 'ProcessId' || !/^\d+$/.test(value)) continue;
    found.push({ pid: Number(value), args });
    args = '';
  }
  return found.some((each) => each.args !== '') ? found : null;
}

/** Programs by `tasklist /fo csv /nh`; null when the list cannot be read. */
export function readTasks(printed: string): readonly WindowsProcess[] | null {
  const found = linesOf(printed).flatMap((line) => {
    const [, program, pid] = /^"([^"]+)","(\d+)",/.exec(line) ?? [];
    return program === undefined || pid === undefined ? [] : [{ pid: Number(pid), args: program }];
  });
  return found.length === 0 ? null : found;
}

export interface WindowsSeen {
  readonly service: string | null;
  readonly listeners: ReturnType<typeof readListeners>;
  /** Null where nobody tells them: then programs alone must do. */
  readonly commandLines: readonly WindowsProcess[] | null;
  readonly tasks: readonly WindowsProcess[] | null;
  /** A process id, `absent`, or what else was printed. */
  readonly pidFile: string;
}

/** Programs in which a server may run: Java's, and the product's own service program, which loads Java into itself. */
const MAY_BE_SERVER = /^(java|javaw|winservice)(\.exe)?$/i;

export interface WindowsServer {
  readonly running: Seen;
  readonly why: string;
  /** The process that is, or may be, the server. */
  readonly pid?: number | undefined;
  /** Ports of the server that something else holds open, as a sentence; empty when none. */
  readonly listening: string;
  /** Which of them programs hold that can be no server. */
  readonly heldByOthers: readonly string[];
  /** The process of an installer that is at work. */
  readonly installer?: number | undefined;
  readonly pidFile: Seen;
}

/**
 * Whether the server of this install dir runs. `no` only when everything that was asked says so: no service that runs, no
 * process that is it or, without command lines, that could be, and none that its pid file names.
 */
export function windowsServer(host: WindowsHost, ports: readonly number[], seen: WindowsSeen): WindowsServer {
  const name = serviceName(host), { service, commandLines, tasks } = seen;
  const server = commandLines?.find((each) => isServer(host, each));
  const mine = (seen.listeners ?? []).filter(({ port }) => ports.includes(port));
  const pidFile = seen.pidFile.trim(), named = /^\d+$/.test(pidFile) ? Number(pidFile) : undefined;
  const others = mine.flatMap(({ port, pid }) => (tasks ?? []).filter((each) => each.pid === pid && !MAY_BE_SERVER.test(each.args)).map(({ args }) => `port ${port} by ${args}, process ${pid}`));
  const known = { heldByOthers: [...new Set(others)], installer: commandLines?.find(({ args }) => args.split(/\s+/).includes(ANT))?.pid, pidFile: pidFile === 'absent' ? 'no' as const : named === undefined ? 'unknown' as const : 'yes' as const, listening: mine.map(({ port, pid }) => `port ${port}: process ${pid}`).join(', ') };
  const is = (running: Seen, why: string, pid?: number): WindowsServer => ({ ...known, running, why, pid: pid ?? server?.pid });
  if (server) return is('yes', `The server runs as process ${server.pid}, and its service ${name} is ${service ?? 'not seen'}.`);
  if (service === 'RUNNING') return is('yes', `The service ${name} runs.`);
  if (service !== 'STOPPED' && service !== 'absent') return is('unknown', `The service ${name} is ${service ?? 'not seen'}.`);
  if (tasks === null) return is('unknown', 'The processes of the host could not be seen.');
  const may = commandLines === null ? tasks.find(({ args }) => MAY_BE_SERVER.test(args)) : undefined;
  if (may && mine.some(({ pid }) => pid === may.pid)) return is('yes', `${may.args}, process ${may.pid}, holds ${known.listening}.`, may.pid);
  if (may) return is('unknown', `Process ${may.pid} is ${may.args}, which may be the server: its command line could not be seen.`, may.pid);
  const alive = tasks.find(({ pid, args }) => pid === named && MAY_BE_SERVER.test(args));
  if (alive) return is('unknown', `${placesOf(host).pidFile} names process ${alive.pid}, a ${alive.args} that is not known to be the server: see what it is.`, alive.pid);
  const left = known.pidFile === 'yes' ? ` (what is left of it goes by: del ${quotedForCmd(placesOf(host).pidFile)})` : '';
  return is('no', `The service ${name} is ${service}, and no process is the server${left}.`);
}

function isServer(host: WindowsHost, { args }: WindowsProcess): boolean {
  const root = trimmed(host.installDir).toLowerCase();
  return args.toLowerCase().includes(`${root}\\`) && (args.includes(SERVER_CLASS) || /winservice\.exe/i.test(args));
}

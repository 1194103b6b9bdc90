/**
 * A Windows host: a person installs, stops and starts; Lockkeeper shows the lines and looks. Lines are for cmd.exe, which is
 * what OpenSSH for Windows runs; looks change nothing. Formats are those that Windows documents; where they were read on Wine's
 * cmd.exe, that is not Windows.
 */
import type { Seen } from '../../upgrade/outcome.ts';
import type { UrbancodeDeployHost, UrbancodeDeployPolicy } from '../../upgrade/installation-urbancode.ts';
import { SERVER_CLASS } from './processes.ts';
import { switchesOf } from './staging.ts';

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

export function serviceName({ service }: WindowsHost): string | null {
  return service !== undefined && 'name' in service ? service.name : null;
}

export interface WindowsPlaces { readonly mark: string; readonly pidFile: string; readonly log: string }
export function placesOf({ installDir }: WindowsHost): WindowsPlaces {
  const root = trimmed(installDir);
  return { mark: `${root}\\conf\\installed.version`, pidFile: `${root}\\var\\server.pid`, log: `${root}\\var\\log\\deployserver.out` };
}

/** What a person types, in this order. */
export function commandsForPeople(host: WindowsHost & Pick<UrbancodeDeployHost, 'roles'>, { fips }: Pick<UrbancodeDeployPolicy, 'fips'>): { readonly stop: readonly string[]; readonly install: readonly string[]; readonly start: readonly string[] } {
  const name = serviceName(host), script = quotedForCmd(`${trimmed(host.installDir)}\\bin\\server.cmd`);
  return {
    stop: name === null ? [`${script} stop`] : [`sc stop ${quotedForCmd(name)}`, `sc query ${quotedForCmd(name)}`],
    install: [
      'cd /d FOLDER\\ibm-ucd-install  (where the package was unpacked)',
      `${['install-server.bat', ...switchesOf(host, fips)].join(' ')}  (in a window of "Run as administrator"; the installation directory is ${host.installDir}; answer yes to the upgrade)`,
      `type ${quotedForCmd(placesOf(host).mark)}`,
    ],
    start: name === null ? [`${script} start`] : [`sc start ${quotedForCmd(name)}`],
  };
}

/** What is typed to look; null where there is nothing to ask. */
export interface WindowsLooks {
  readonly service: string | null;
  readonly listeners: string;
  /** Needs wmic, which the newest releases of Windows have no more: then `tasks` is asked. */
  readonly commandLines: string;
  readonly tasks: string;
  readonly mark: string;
  readonly pidFile: string;
  readonly log: string;
}

export function windowsLooks(host: WindowsHost): WindowsLooks {
  const { mark, pidFile, log } = placesOf(host), name = serviceName(host);
  return {
    service: name === null ? null : `sc query ${quotedForCmd(name)}`,
    listeners: 'netstat -ano',
    commandLines: 'wmic process get CommandLine,ProcessId /value',
    tasks: 'tasklist /v /fo csv',
    mark: `type ${quotedForCmd(mark)}`,
    pidFile: `if exist ${quotedForCmd(pidFile)} (echo there) else (echo absent)`,
    log: `type ${quotedForCmd(log)}`,
  };
}

/** cmd.exe ends lines with CR LF, wmic with CR CR LF. */
const linesOf = (text: string): readonly string[] => text.split('\n').map((line) => line.replace(/\r+$/, ''));

/** The state that `sc query` prints: RUNNING, STOPPED, STOP_PENDING …; `absent` for a service that is not there; null when unreadable. */
export function readService(printed: string): string | null {
  if (/\b1060\b/.test(printed)) return 'absent';
  return /^\s*STATE\s*:\s*\d+\s+([A-Z_]+)/m.exec(printed)?.[1] ?? null;
}

/** Ports that are listened on, by whom; null when the list cannot be read. Every Windows host has listeners, its sshd at least. */
export function readListeners(printed: string): readonly { readonly port: number; readonly pid: number }[] | null {
  const found = linesOf(printed).flatMap((line) => {
    const [, port, pid] = /^\s*TCP\s+\S+:(\d+)\s+\S+\s+LISTENING\s+(\d+)\s*$/.exec(line) ?? [];
    return port === undefined || pid === undefined ? [] : [{ port: Number(port), pid: Number(pid) }];
  });
  return found.length === 0 ? null : found;
}

export interface WindowsProcess { readonly pid: number; /** The whole command line, or where that was not asked, the program alone. */ readonly args: string }

/** What wmic printed as lines NAME=value; null when that holds no process: wmic is not there, or was refused. */
export function readCommandLines(printed: string): readonly WindowsProcess[] | null {
  const found: WindowsProcess[] = [];
  let args = '';
  for (const line of linesOf(printed)) {
    const [, name, value = ''] = /^(CommandLine|ProcessId)=(.*)$/.exec(line) ?? [];
    if (name === 'CommandLine') args = value;
    if (name === 'ProcessId' && /^\d+$/.test(value)) found.push({ pid: Number(value), args });
  }
  return found.length === 0 ? null : found;
}

/** Programs by `tasklist /v /fo csv`; null when the list cannot be read. */
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
  /** Null where wmic gave nothing: then programs alone must do. */
  readonly commandLines: readonly WindowsProcess[] | null;
  readonly tasks: readonly WindowsProcess[] | null;
  /** `there`, `absent`, or what else was printed. */
  readonly pidFile: string;
}

/** Programs in which a server may run: Java's, and the product's own service program, which loads Java into itself. */
const MAY_BE_SERVER = /^(java|javaw|winservice)(\.exe)?$/i;

/**
 * Whether the server of this install dir runs. `no` only when everything that was asked says so: no service that runs, nobody
 * on its port, no pid file, and no process that is it; without command lines, none that could be.
 */
export function windowsServer(host: WindowsHost, port: number, seen: WindowsSeen): { readonly running: Seen; readonly why: string } {
  const root = trimmed(host.installDir).toLowerCase(), named = serviceName(host);
  const isServer = ({ args }: WindowsProcess): boolean => args.toLowerCase().includes(`${root}\\`) && (args.includes(SERVER_CLASS) || /winservice\.exe/i.test(args));
  const server = seen.commandLines?.find(isServer), listener = seen.listeners?.find((each) => each.port === port);
  if (seen.service === 'RUNNING') return { running: 'yes', why: `The service ${named} runs.` };
  if (server) return { running: 'yes', why: `The server runs as process ${server.pid}.` };
  if (listener) return { running: 'yes', why: `Process ${listener.pid} listens on port ${port}.` };
  const unknown = (why: string): { readonly running: Seen; readonly why: string } => ({ running: 'unknown', why });
  if (named !== null && seen.service !== 'STOPPED' && seen.service !== 'absent') return unknown(`The service ${named} is ${seen.service ?? 'not seen'}.`);
  if (seen.listeners === null) return unknown('Who listens on the host could not be seen.');
  const pidFile = seen.pidFile.trim();
  if (pidFile !== 'absent') return unknown(pidFile === 'there' ? `${placesOf(host).pidFile} is still there.` : 'Whether there is a pid file could not be seen.');
  if (seen.commandLines === null) {
    if (seen.tasks === null) return unknown('The processes of the host could not be seen.');
    const may = seen.tasks.find(({ args }) => MAY_BE_SERVER.test(args));
    if (may) return unknown(`Process ${may.pid} is ${may.args}, which may be the server: its command line could not be seen.`);
  }
  return { running: 'no', why: `No service, listener, pid file or process of the server.` };
}

/**
 * What to type on a Linux host of UrbanCode Deploy. Whatever is the product's is looked at and done as its own user: root may
 * not even read application data on a network file system. Processes, listeners and autostart are looked at as root.
 */
import { asLogin, asRoot, type Command } from '../../upgrade/command.ts';
import type { UrbancodeDeployHost } from '../../upgrade/installation-urbancode.ts';
import { asPattern, trimmed } from '../linux/paths.ts';
import { dataOf, layoutOf, USUAL_FOLDERS } from './layout.ts';

/** As much of a host as decides what is typed on it. */
export type TypedOn = Pick<UrbancodeDeployHost, 'installDir' | 'runAs' | 'service'>;

export function asOwner({ runAs }: Pick<TypedOn, 'runAs'>, ...argv: readonly string[]): Command {
  return { argv, as: { user: runAs } };
}

/** The service script, or what the site wrote in its place. (Guide: "Always use service scripts".) */
export function serviceOf(host: TypedOn): { readonly start: Command; readonly stop: Command } {
  const { service } = host;
  if (service !== undefined && 'start' in service) return { start: ownLine(service.start), stop: ownLine(service.stop) };
  const { script } = layoutOf(host);
  return { start: asOwner(host, script, 'start'), stop: asOwner(host, script, 'stop') };
}

/**
 * One plain command by sudo, like "sudo systemctl stop ucd.service", is run by sudo as all others are, with the file's password
 * where it has one. All else is a line for a shell, typed as the login user, and sudo in it gets no password.
 */
function ownLine(line: string): Command {
  const plain = /^sudo((?:\s+[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*)+)$/.exec(line.trim())?.[1]?.trim().split(/\s+/) ?? [];
  const [program = '-'] = plain;
  return program.startsWith('-') || program.includes('=') ? asLogin('sh', '-c', line) : asRoot(...plain);
}

/** Everything that listens for TCP connections, with its process; as root, else processes of others stay hidden. */
export const LISTENERS: Command = asRoot('ss', '-Hltnp');

/** Prints the pid file's path and what is in it; nothing when there is none. See `readPidFile`. */
export function lookAtPidFile(host: TypedOn): Command {
  const { pidFile, installDir } = layoutOf(host);
  return asOwner(host, 'find', `${installDir}/var`, '-maxdepth', '1', '-path', asPattern(pidFile), '-printf', '%p\\n', '-exec', 'cat', '{}', ';');
}

/** Only once its process is proven gone: the installer stops at it. */
export function removePidFile(host: TypedOn): Command {
  return asOwner(host, 'rm', '-f', '--', layoutOf(host).pidFile);
}

export function readMark(host: TypedOn): Command {
  return asOwner(host, 'cat', '--', layoutOf(host).mark);
}

/** When it was written, in seconds since 1970. */
export function timeOfMark(host: TypedOn): Command {
  return asOwner(host, 'stat', '-c', '%Y', '--', layoutOf(host).mark);
}

export function readProperties(host: TypedOn): Command {
  return asOwner(host, 'cat', '--', layoutOf(host).properties);
}

export function readEnvironment(host: TypedOn): Command {
  return asOwner(host, 'cat', '--', layoutOf(host).environment);
}

/** The end of the server's log; of stdout, where a start says what keeps it from logging. */
export function readLog(host: TypedOn, which: 'server' | 'stdout' = 'server', lines = 400): Command {
  return asOwner(host, 'tail', '-n', String(lines), '--', layoutOf(host).logs[which]);
}

/** Every line of the server's log that begins or ends a start, however long ago: the end of a busy log does not hold them any more. */
export function readStarts(host: TypedOn): Command {
  return asOwner(host, 'grep', '-E', '-e', 'com[.]urbancode[.]ds[.]UDeployServer - (Starting |.*server version .* started)', '--', layoutOf(host).logs.server);
}

/** The size of the server's log in bytes: what grows behind it is of this start. */
export function sizeOfLog(host: TypedOn): Command {
  return asOwner(host, 'stat', '-c', '%s', '--', layoutOf(host).logs.server);
}

/** Path and age of the installer's logs: "1700000000 /opt/ucd/server/var/install-log/install-….log". */
export function listInstallerLogs(host: TypedOn): Command {
  return asOwner(host, 'find', layoutOf(host).logs.installers, '-maxdepth', '1', '-name', 'install-*.log', '-printf', '%Ts %p\\n');
}

/** Marks of servers in the usual folders, one path a line. */
export const MARKS_IN_USUAL_FOLDERS: Command = asLogin('ls', '-1d', '--', ...USUAL_FOLDERS.map((installDir) => layoutOf({ installDir }).mark));

/** Owner of the install dir, by name. */
export function ownerOfInstallDir(host: TypedOn): Command {
  return asRoot('stat', '-c', '%U', '--', layoutOf(host).installDir);
}

/** Files of the install dir that are not `runAs`'s: left by an installer that ran as another user. At most the first. Whose a link is matters to nobody: root makes them for network storage. */
export function foreignFiles(host: TypedOn): Command {
  return asRoot('find', `${layoutOf(host).installDir}/`, '-mindepth', '1', '!', '-user', host.runAs, '!', '-type', 'l', '-print', '-quit');
}

/**
 * A file of ours in the application data, named for one host of one upgrade: written by one node, it must be seen by all the
 * others, which proves both that `runAs` may write there and that it is one folder.
 */
export function probeFile(appData: string, name: string): string {
  return `${dataOf(appData).root}/.lockkeeper-${name}`;
}
export function writeProbe(host: TypedOn, file: string): Command {
  return asOwner(host, 'touch', '--', file);
}
export function seeProbe(host: TypedOn, file: string): Command {
  return asOwner(host, 'ls', '-1', '--', file);
}
export function removeProbe(host: TypedOn, file: string): Command {
  return asOwner(host, 'rm', '-f', '--', file);
}

/** Java tells its version on stderr. */
export function javaVersion(host: TypedOn, javaHome: string): Command {
  return asOwner(host, `${trimmed(javaHome)}/bin/java`, '-version');
}

/** Names of what is in `<appData>/patches`, if that is there; it may be a link. */
export function listPatches(host: TypedOn, appData: string): Command {
  return asOwner(host, 'find', `${dataOf(appData).patches}/`, '-maxdepth', '1', '-type', 'f', '-printf', '%f\\n');
}

export function checksumKeystores(host: TypedOn, appData: string): Command {
  return asOwner(host, 'sha256sum', '--', ...dataOf(appData).keystores);
}

/** What an upgrade keeps of Tomcat, and what Tomcat itself writes. */
const NOT_CUSTOMISED = ['conf/server.xml', 'conf/tomcat.keystore', ...['work', 'temp', 'logs'].map((folder) => `${folder}/*`)];

/** Checksums of the files of Tomcat that were touched after the install was finished: an upgrade wipes them, or puts its own in their place. */
export function customisedFiles(host: TypedOn): Command {
  const { tomcat, mark } = layoutOf(host);
  return asOwner(host, 'find', tomcat, '-type', 'f', '-newer', mark, ...NOT_CUSTOMISED.flatMap((path) => ['!', '-path', `${asPattern(tomcat)}/${path}`]), '-exec', 'sha256sum', '--', '{}', '+');
}

/** The same of these files, by their names below opt/tomcat, whenever they were touched. */
export function checksumTomcat(host: TypedOn, names: readonly string[]): Command {
  return asOwner(host, 'sha256sum', '--', ...names.map((name) => `${layoutOf(host).tomcat}/${name}`));
}

/** What there is of the application data: type, path below it. */
export function listAppData(host: TypedOn, appData: string): Command {
  return asOwner(host, 'find', `${dataOf(appData).root}/`, '-maxdepth', '3', '-printf', '%y %P\\n');
}

/**
 * Signals one process as its user, and only if it still is this install dir's server: a process id may be another's by now.
 * Exits with 3 when there is no such process, with 4 when it is another.
 */
export function signalServer(host: TypedOn, pid: number, signal: 'TERM' | 'KILL'): Command {
  const { launcher } = layoutOf(host);
  return asOwner(host, 'sh', '-c', SIGNAL, 'lockkeeper-signal', String(pid), launcher, signal);
}

const SIGNAL = 'words=$(tr "\\0" "\\n" <"/proc/$1/cmdline") && [ -n "$words" ] || exit 3; '
  + 'printf "%s\\n" "$words" | grep -qxF -e "$2" && printf "%s\\n" "$words" | grep -qxF -e com.urbancode.ds.UDeployServer || exit 4; kill -s "$3" "$1"';

/** A Windows host through cmd.exe: looked at here, worked on by a person, who is shown what to type. */
import { identityIn, type Identity } from '../../src/products/urbancode-deploy/identity.ts';
import { readProperties, type ServerProperties } from '../../src/products/urbancode-deploy/properties.ts';
import { releaseOf } from '../../src/products/urbancode-deploy/versions.ts';
import { checksumLook, installersLook, readChecksum, readCommandLines, readInstallers, readListeners, readService, readTasks, windowsLooks, windowsServer, type WindowsServer } from '../../src/products/urbancode-deploy/windows.ts';
import { shownGuide, type Guide } from '../../src/products/urbancode-deploy/windows-guide.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { outcome, type HostAtWork } from './host-at-work.ts';
import { serverPorts, type HostSighting } from './sighting.ts';

export function isWindows({ platform }: Pick<UrbancodeDeployHost, 'platform'>): boolean {
  return platform === 'windows';
}

/** The lists of a busy server are long, and half a list proves nothing. */
const WHOLE_LIST = 4 * 1024 * 1024;

/** What a line printed in cmd.exe; empty when more was printed than is kept. Its exit code and its errors tell nothing. */
export async function printed(at: HostAtWork, line: string, timeoutMs?: number): Promise<string> {
  const { stdout, truncated } = await at.session.runLine(line, { signal: at.signal, maxOutput: WHOLE_LIST, timeoutMs });
  return truncated ? '' : stdout.replaceAll('\r', '');
}

export interface WindowsSighting extends WindowsServer { readonly service: string | null; readonly commandLinesSeen: boolean; readonly portsSeen: boolean }

export async function lookAtWindows(at: HostAtWork): Promise<WindowsSighting> {
  const looks = windowsLooks(at.host);
  // The pid file first: a process that starts in between is in the lists anyway.
  const pidFile = await printed(at, looks.pidFile);
  const [service, listeners, words, tasks, properties] = await Promise.all([printed(at, looks.service), printed(at, looks.listeners), commandLines(at), printed(at, looks.tasks), windowsProperties(at)]);
  const seen = { service: readService(service), listeners: readListeners(listeners), commandLines: words, tasks: readTasks(tasks), pidFile };
  return { ...windowsServer(at.host, serverPorts(properties), seen), service: seen.service, commandLinesSeen: words !== null, portsSeen: seen.listeners !== null };
}

async function commandLines(at: HostAtWork) {
  const { commandLines: first, commandLinesToo } = windowsLooks(at.host);
  return readCommandLines(await printed(at, first)) ?? readCommandLines(await printed(at, commandLinesToo));
}

/** The server of a Windows host, in the words of every other. */
export function asOnLinux({ running, why, listening, heldByOthers, portsSeen, pidFile, installer }: WindowsSighting): HostSighting {
  const all = installer === undefined ? [] : [{ place: 'installer' as const, process: { pid: installer, parent: 0, user: '', age: 0, args: '' } }];
  return { running, why, listening, heldByOthers, portsSeen, all, pidFile: { there: pidFile, pid: null } };
}

/** Null when they cannot be read. */
export async function windowsProperties(at: HostAtWork): Promise<(ServerProperties & { readonly identity: Identity }) | null> {
  const { code, stdout, truncated } = await at.session.runLine(windowsLooks(at.host).properties, { signal: at.signal, maxOutput: WHOLE_LIST });
  const read = code === 0 && !truncated ? readProperties(stdout.replaceAll('\r', '')) : null;
  return read === null ? null : { ...read, identity: identityIn(stdout) };
}

/** Four numbers of its own mark; null when it cannot be read. */
export async function windowsMark(at: HostAtWork): Promise<string | null> {
  const version = /^installed\.version\s*[=:]\s*(\S+)/m.exec(await printed(at, windowsLooks(at.host).mark))?.[1];
  return version === undefined ? null : releaseOf(version);
}

/** Every start that its log tells of, and what the server itself said since. */
export async function windowsLog(at: HostAtWork): Promise<string> {
  return printed(at, windowsLooks(at.host).starts);
}

/** certutil reads all of a package of 1 GB. */
const CHECKSUM_WITHIN = 120_000;

/** Null where it could not be read. */
export async function checksumOf(at: HostAtWork, file: string): Promise<string | null> {
  return readChecksum(await printed(at, checksumLook(file), CHECKSUM_WITHIN));
}

/** Folders below this one that hold an installer. */
export async function installersIn(at: HostAtWork, folder: string): Promise<readonly string[]> {
  return readInstallers(await printed(at, installersLook(folder)));
}

/** Not so yet, and what a person types to make it so. The first line is all that some places show. */
export function typeThis(at: HostAtWork, says: string, guide: Guide): StepOutcome {
  return outcome(at.ports, 'failed', `${at.host.name}: ${says}`, ...shownGuide(guide));
}

/** What every step proves itself by: the server's processes, its ports, its pid file, and the version mark of its install dir. */
import { LISTENERS, lookAtPidFile, readMark as markOf, readProperties as propertiesOf } from '../../src/products/urbancode-deploy/commands.ts';
import { heldByOthers, readListeners, readPidFile, type PidFile } from '../../src/products/urbancode-deploy/pid-file.ts';
import { lookForServer, shown, type ServerSighting as Processes } from '../../src/products/urbancode-deploy/processes.ts';
import { readProperties, type ServerProperties, USUAL_PORTS } from '../../src/products/urbancode-deploy/properties.ts';
import { readMark } from '../../src/products/urbancode-deploy/versions.ts';
import { parseProcesses, PROCESSES } from '../../src/products/linux/processes.ts';
import type { Seen } from '../../src/upgrade/outcome.ts';
import type { NotDown } from './contract.ts';
import type { HostAtWork } from './host-at-work.ts';
import { asOnLinux, isWindows, lookAtWindows, windowsMark } from './windows.ts';

export interface HostSighting extends Processes {
  readonly pidFile: PidFile;
  /** Ports of the server on which something listens, as a sentence; empty when none. */
  readonly listening: string;
  /** Which of them other programs hold, each with its process. */
  readonly heldByOthers: readonly string[];
  /** Whether ports could be looked at. */
  readonly portsSeen: boolean;
}

/** The probe that proves "running" and "stopped" alike; preflight shows that it can see. */
export async function lookAtServerOn(at: HostAtWork): Promise<HostSighting> {
  if (isWindows(at.host)) return asOnLinux(await lookAtWindows(at));
  // The pid file first: a process that starts in between is in the list anyway.
  const pidFile = readPidFile(await at.look(lookAtPidFile(at.host)));
  const [listing, listeners, ports] = [await at.look(PROCESSES), readListeners(await at.look(LISTENERS)), serverPorts(readProperties((await at.look(propertiesOf(at.host))).stdout))];
  const processes = listing.code === 0 && !listing.truncated ? parseProcesses(listing.stdout) : [];
  const seen = lookForServer({ processes, pidFile: pidFile.pid, runAs: at.host.runAs, installDir: at.host.installDir });
  const mine = (listeners ?? []).filter(({ port }) => ports.includes(port));
  return { ...seen, pidFile, portsSeen: listeners !== null, listening: mine.map(({ line }) => line).join('\n'), heldByOthers: heldByOthers(mine, { processes, server: seen }) };
}

/** By its configuration: on a port that it does not name others may listen. */
export function serverPorts(properties: ServerProperties | null): readonly number[] {
  return properties?.ports ?? USUAL_PORTS;
}

/** Nothing of the server lives, nothing listens. A pid file that is left is looked at apart. */
export function isDown({ running, listening, portsSeen }: HostSighting): Seen {
  if (running !== 'no') return running === 'yes' ? 'no' : 'unknown';
  if (!portsSeen) return 'unknown';
  return listening === '' ? 'yes' : 'unknown';
}

/** Why the host does not count as down; null when it does: no process, no listener, no pid file. */
export function whyNotDown(host: string, seen: HostSighting): NotDown | null {
  const { pidFile, running, all } = seen;
  // A start that is at work has its server in a moment: that is a server that comes up.
  const starts = all.some(({ place, process }) => place === 'script' && /\s(start|run)\b/.test(process.args));
  if (running === 'yes' || starts) return { host, is: 'alive', says: running === 'yes' && seen.process ? `The server runs: ${shown(seen.process)}; its ports are ${seen.listening === '' ? 'closed' : 'open'}.` : seenSays(seen) };
  const installer = all.find(({ place }) => place === 'installer');
  if (installer) return { host, is: 'unknown', says: `An installer is at work there: process ${installer.process.pid}.` };
  if (isDown(seen) !== 'yes' || pidFile.there === 'unknown') return { host, is: 'unknown', says: seenSays(seen) };
  return pidFile.there === 'yes' ? { host, is: 'stale', says: `${seenSays(seen)} A pid file of a server that is gone is left.` } : null;
}

export function seenSays({ running, why, listening, portsSeen, heldByOthers: others }: HostSighting): string {
  if (!portsSeen) return `${why} Which ports are open could not be seen.`;
  if (others.length > 0) return `${why} Another program holds a port of the server: ${others.join('; ')}. End it, or give it another port.`;
  if (running === 'yes') return `${why} Its ports are ${listening === '' ? 'closed' : 'open'}.`;
  return listening === '' ? why : `${why} Something listens on its ports: ${listening}`;
}

/** Four numbers by the node's own mark; null when there is none or it cannot be read. */
export async function lookAtMark(at: HostAtWork): Promise<string | null> {
  if (isWindows(at.host)) return windowsMark(at);
  const { code, stdout } = await at.look(markOf(at.host));
  return code === 0 ? readMark(stdout) : null;
}

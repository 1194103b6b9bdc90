/** Looks at the processes, the package and the service of one host: what every step proves itself by. */
import { asLogin } from '../../src/upgrade/command.ts';
import { namesOf } from '../../src/upgrade/service-names.ts';
import type { PackageState } from '../../src/products/ops-manager/packaging.ts';
import { readFile as readOnHost } from '../../src/products/linux/keeping.ts';
import { parseProcesses, type Process } from '../../src/products/linux/processes.ts';
import { lookFor, type PartSighting } from '../../src/products/ops-manager/processes.ts';
import { HEALTH_PATH, servedVersion, VERSION_PATH } from '../../src/products/ops-manager/served-version.ts';
import { seenAtBoot } from '../../src/products/ops-manager/sysv.ts';
import { releaseOf } from '../../src/products/ops-manager/versions.ts';
import type { Seen } from '../../src/upgrade/outcome.ts';
import { unitAtBoot } from '../../src/products/linux/units.ts';
import { ownerOf, type Units } from '../../src/products/ops-manager/systemd.ts';
import { askHost, ownUrl } from './ask-host.ts';
import { isUnreachable } from '../at-work.ts';
import type { HostAtWork } from './host-at-work.ts';
import { lookAtUnits } from './units.ts';

export interface ProcessSighting {
  readonly processes: readonly Process[];
  readonly application: PartSighting;
  readonly daemon: PartSighting;
  readonly pids: { readonly application: number | null; readonly daemon: number | null };
  readonly units: Units | 'unknown';
}

/** The probe that proves "running" and "stopped" alike; preflight shows that it can see. */
export async function lookAtProcesses(at: HostAtWork): Promise<ProcessSighting> {
  // Pid files first: a process that starts in between is in the list anyway.
  const [application, daemon] = await Promise.all([readPid(at, at.layout.pidFiles.application), readPid(at, at.layout.pidFiles.daemon)]);
  const listing = await at.look(at.commands.processes);
  const processes = listing.code === 0 && !listing.truncated ? parseProcesses(listing.stdout) : [];
  // Units last: one that systemd is about to start has no process yet.
  const units = await lookAtUnits(at);
  const seen = { processes, runAs: at.host.runAs, installDir: at.layout.installDir, names: namesOf(at.host) };
  return {
    processes,
    pids: { application, daemon },
    units,
    application: lookFor('application', { ...seen, pidFile: application, unit: ownerOf('application', units) }),
    daemon: lookFor('daemon', { ...seen, pidFile: daemon, unit: ownerOf('backupDaemon', units) }),
  };
}

/** The first part that was not seen stopped; null when the probe saw that nothing of the product runs. */
export async function notStopped(at: HostAtWork): Promise<PartSighting | null> {
  const { application, daemon } = await lookAtProcesses(at);
  return [application, daemon].find(({ running }) => running !== 'no') ?? null;
}

async function readPid(at: HostAtWork, path: string): Promise<number | null> {
  const { code, stdout } = await at.look(readOnHost(path));
  return code === 0 && /^\s*\d+\s*$/.test(stdout) ? Number(stdout) : null;
}

/** The installed package: `unknown` when the package manager's answer could not be read. */
export type Installed = (PackageState & { readonly release: string | null }) | 'absent' | 'unknown';

export async function lookAtPackage(at: HostAtWork): Promise<Installed> {
  const state = at.commands.package.readState(await at.look(at.commands.package.state));
  return typeof state === 'string' ? state : { ...state, release: releaseOf(state.version ?? '') };
}

/** The package is whole and of the release. */
export function isOn(installed: Installed, release: string): boolean {
  return typeof installed === 'object' && installed.state === 'installed' && installed.release === release;
}

export function describePackage(installed: Installed): string {
  if (typeof installed === 'string') return installed === 'absent' ? 'The package is not installed.' : 'The installed package could not be seen.';
  return `${installed.version === null ? 'A version that is not written down' : `Package ${installed.version}`} is ${installed.state === 'installed' ? 'installed' : 'there, but its install was interrupted'}.`;
}

/** Seconds since the installed package was unpacked, by the host's own clock; null when it cannot be seen. */
export async function secondsSinceInstall(at: HostAtWork): Promise<number | null> {
  const [unpacked, now] = await Promise.all([at.look(at.commands.package.unpackedAt), at.look(asLogin('date', '+%s'))]);
  return /^-?\d+$/.test(unpacked.stdout.trim()) && now.code === 0 ? Number(now.stdout) - Number(unpacked.stdout) : null;
}

/** Whether a process was started after the package was unpacked: ages are whole seconds, so one is given. */
export function isNewerThan(process: Process, secondsAgo: number | null): Seen {
  if (secondsAgo === null) return 'unknown';
  return process.age <= secondsAgo + 1 ? 'yes' : 'no';
}

export interface Service {
  readonly healthy: boolean;
  /** Something answered at all. */
  readonly answers: boolean;
  readonly version: string | null;
  readonly says: string;
  readonly url: string;
}

/** Asks the host itself for health and version. A host that cannot be asked is not healthy; SSH trouble shows elsewhere. */
export async function askService(at: HostAtWork): Promise<Service> {
  const url = await ownUrl(at);
  const ask = (path: string) => askHost(at, path, { timeoutMs: 5_000 });
  try {
    const health = await ask(HEALTH_PATH);
    if (health.status !== 200) return { healthy: false, answers: true, version: null, says: `${url}${HEALTH_PATH} answers ${health.status}.`, url };
    const manifest = await ask(VERSION_PATH);
    const version = manifest.status === 200 ? servedVersion(manifest.headers) : null;
    return { healthy: true, answers: true, version, says: version ? `Healthy, serves ${version}.` : `Healthy, but names no version (the manifest answers ${manifest.status}).`, url };
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return { healthy: false, answers: false, version: null, says: `${url} does not answer: ${error.message}`, url };
  }
}

/** Would the Backup Daemon start at boot? */
export async function daemonAtBoot(at: HostAtWork, units: Units | 'unknown'): Promise<Seen> {
  const unit = ownerOf('backupDaemon', units), { backupDaemon } = at.commands;
  return (unit && unitAtBoot(unit)) ?? seenAtBoot(await at.look(backupDaemon.bootLinks), namesOf(at.host).backupDaemon, backupDaemon);
}

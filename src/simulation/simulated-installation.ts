/**
 * A whole installation to upgrade, simulated on this machine: three application hosts, a host with only a Backup Daemon
 * that is in the middle of a long job, a load balancer, an Application Database. All of it lives in one temporary folder
 * and in processes that end with it. The Temporal server, the worker and the CLI are not part of it: those are real.
 */
import { execFile } from 'node:child_process';
import { randomBytes, createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshKey } from './fresh-key.ts';
import { packageText } from './programs/packages.ts';
import { startSimulatedLoadBalancer } from './simulated-load-balancer.ts';
import { startSimulatedDatabase } from './simulated-database.ts';
import { startSimulatedHost, type SimulatedHost } from './simulated-host.ts';

export const FROM_VERSION = '4.4.13';
export const TO_VERSION = '4.4.18';
export const APPLICATION_HOSTS = ['om-1', 'om-2', 'om-3'] as const;
export const DAEMON_HOST = 'bkp-1';
export const LOAD_BALANCER_HOST = 'lb-1';
/** A package large enough that its upload is more than one piece, small enough to be quick; in bytes. */
const PACKAGE_BYTES = 1_000_000;

export interface SimulationOptions {
  /** How long an install takes, in seconds. */
  readonly installSeconds: number;
  /** How long the Backup Daemon's job goes on after Upgrade Mode began, in seconds. */
  readonly jobSeconds: number;
  /** Default: all of `APPLICATION_HOSTS`. */
  readonly applicationHosts?: readonly string[] | undefined;
  /** Of the key that the hosts let in; without one it is not encrypted. */
  readonly passphrase?: string | undefined;
  /** What sudo asks for on every host; without one it asks for none. */
  readonly sudoPassword?: string | undefined;
}

export interface SimulatedInstallation {
  /** The temporary folder: everything is in it, and it goes away with `close`. */
  readonly folder: string;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  readonly applicationHosts: readonly string[];
  readonly user: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly databaseUri: string;
  readonly package: { readonly file: string; readonly sha256: string };
  close(): Promise<void>;
}

/** Starts all of it. When something fails on the way, what has been started is ended. */
export async function startSimulatedInstallation(options: SimulationOptions): Promise<SimulatedInstallation> {
  const folder = makeFolder();
  const open: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.splice(0).map((end) => end()));
    await endProcesses(folder);
    // What was killed a moment ago may still write: removing tries again.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    return { ...(await start({ folder, options, open })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Beginning {
  readonly folder: string;
  readonly options: SimulationOptions;
  /** What has been started, and how it is ended. */
  readonly open: (() => Promise<unknown>)[];
}

async function start({ folder, options, open }: Beginning): Promise<Omit<SimulatedInstallation, 'close'>> {
  const user = 'ops';
  const key = freshKey(options.passphrase);
  const identityFile = join(folder, 'id_ed25519');
  writeFileSync(identityFile, key.private, { mode: 0o600 });
  const shared = join(folder, 'shared');
  mkdirSync(shared);
  const database = await startSimulatedDatabase('4.4.29');
  open.push(() => database.close());
  const genKey = randomBytes(24); // as long as the real one
  const { applicationHosts = APPLICATION_HOSTS } = options;
  const names = [...applicationHosts, DAEMON_HOST, LOAD_BALANCER_HOST];
  const hosts = new Map<string, SimulatedHost>();
  for (const name of names) {
    const opsManager = name === LOAD_BALANCER_HOST ? undefined : {
      version: FROM_VERSION, mongoUri: database.uri, genKey, application: name !== DAEMON_HOST,
      daemon: name === DAEMON_HOST ? { jobSeconds: options.jobSeconds } : undefined,
    };
    const host = await startSimulatedHost({
      name, user, folder: join(folder, name), shared, opsManager, installSeconds: options.installSeconds, sudoPassword: options.sudoPassword,
      publicKey: key.public, neighbour: (wanted) => hosts.get(wanted)?.folder,
    });
    open.push(() => host.close());
    hosts.set(name, host);
  }
  const loadBalancer = await startLoadBalancer(hosts, applicationHosts);
  open.push(() => loadBalancer.close());
  const knownHostsFile = join(folder, 'known_hosts');
  writeFileSync(knownHostsFile, [...hosts.values()].map((host) => `${host.knownHostsLine}\n`).join(''));
  await startOpsManager(hosts, { shared, applicationHosts });
  await loadBalancer.allUp();
  return { folder, hosts, applicationHosts, user, identityFile, knownHostsFile, databaseUri: database.uri, package: writePackage(folder) };
}

/** A folder whose path needs no quotes in a shell: the hosts put it in front of every path that is typed. */
function makeFolder(): string {
  const places = [realpathSync(tmpdir()), '/tmp'];
  const place = places.find((path) => /^[\w./-]+$/.test(path)) ?? '/tmp';
  return mkdtempSync(join(place, 'lockkeeper-'));
}

async function startLoadBalancer(hosts: ReadonlyMap<string, SimulatedHost>, applicationHosts: readonly string[]) {
  const own = hosts.get(LOAD_BALANCER_HOST)?.folder ?? '';
  return startSimulatedLoadBalancer(own, new Map(applicationHosts.map((name) => [name, hosts.get(name)?.folder ?? ''])));
}

interface Stage { readonly shared: string; readonly applicationHosts: readonly string[] }

/** The old version as it ran for months: its migrations long done, every host serving, the daemon busy. */
async function startOpsManager(hosts: ReadonlyMap<string, SimulatedHost>, { shared, applicationHosts }: Stage): Promise<void> {
  mkdirSync(join(shared, 'migrated'));
  writeFileSync(join(shared, 'migrated', FROM_VERSION), '');
  await Promise.all([
    ...applicationHosts.map((name) => hosts.get(name)?.run('service mongodb-mms start')),
    hosts.get(DAEMON_HOST)?.run('service mongodb-mms-backup-daemon start'),
  ]);
}

function writePackage(folder: string): { file: string; sha256: string } {
  const file = join(folder, `mongodb-mms-${TO_VERSION}.simulated.deb`);
  const text = packageText(TO_VERSION, PACKAGE_BYTES);
  writeFileSync(file, text);
  return { file, sha256: createHash('sha256').update(text).digest('hex') };
}

/** Ends every process of the simulation, and the group it leads or belongs to: all that names the folder in its command line. */
export async function endProcesses(folder: string): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,pgid=,args='], { maxBuffer: 16 * 1024 * 1024 });
  const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((row) => row !== null);
  const ours = rows.find(([, pid]) => Number(pid) === process.pid)?.[2];
  const groups = new Set(rows.filter(([, , , args]) => args?.includes(`${folder}/`)).map(([, , group]) => group));
  for (const group of groups) {
    if (group === undefined || group === ours) continue;
    try {
      process.kill(-Number(group), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended meanwhile: what was wanted
    }
  }
}

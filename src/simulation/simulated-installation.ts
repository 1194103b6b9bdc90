/**
 * A whole installation to upgrade, simulated on this machine: three application hosts, a host with only a Backup Daemon
 * that is in the middle of a long job, a load balancer, an Application Database. All of it lives in one temporary folder
 * and in processes that end with it. The Temporal server, the worker and the CLI are not part of it: those are real.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onGround, writePackage, type Ground, type GroundOptions, type Simulation, type WrittenPackage } from './ground.ts';
import { opsManagerOnHost } from './ops-manager-on-host.ts';
import { packageText } from './programs/packages.ts';
import { startSimulatedDatabase } from './simulated-database.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { startSimulatedLoadBalancer } from './simulated-load-balancer.ts';

export const FROM_VERSION = '4.4.13';
export const TO_VERSION = '4.4.18';
export const APPLICATION_HOSTS = ['om-1', 'om-2', 'om-3'] as const;
export const DAEMON_HOST = 'bkp-1';
export const LOAD_BALANCER_HOST = 'lb-1';
export const BACKEND = 'ops-manager';
/** A package large enough that its upload is more than one piece, small enough to be quick; in bytes. */
const PACKAGE_BYTES = 1_000_000;

export interface SimulationOptions extends GroundOptions {
  /** How long the Backup Daemon's job goes on after Upgrade Mode began, in seconds. */
  readonly jobSeconds: number;
  /** Default: all of `APPLICATION_HOSTS`. */
  readonly applicationHosts?: readonly string[] | undefined;
}

export interface SimulatedInstallation extends Simulation {
  readonly applicationHosts: readonly string[];
  readonly databaseUri: string;
  readonly package: WrittenPackage;
}

export async function startSimulatedInstallation(options: SimulationOptions): Promise<SimulatedInstallation> {
  return onGround(options, (ground) => start(ground, options));
}

async function start(ground: Ground, { applicationHosts = APPLICATION_HOSTS, jobSeconds }: SimulationOptions) {
  const { folder, hosts, shared } = ground;
  const database = await startSimulatedDatabase('4.4.29');
  ground.atEnd(() => database.close());
  const genKey = randomBytes(24); // as long as the real one
  for (const name of [...applicationHosts, DAEMON_HOST]) {
    const isDaemonHost = name === DAEMON_HOST;
    await ground.addHost(name, opsManagerOnHost({
      version: FROM_VERSION, mongoUri: database.uri, genKey, application: !isDaemonHost, daemon: isDaemonHost ? { jobSeconds } : undefined,
    }));
  }
  const { folder: balancing } = await ground.addHost(LOAD_BALANCER_HOST);
  const servers = new Map(applicationHosts.map((name) => [name, hosts.get(name)?.folder ?? '']));
  const loadBalancer = await startSimulatedLoadBalancer(balancing, { name: BACKEND, health: '/monitor/health', servers });
  ground.atEnd(() => loadBalancer.close());
  await startOpsManager(hosts, { shared, applicationHosts });
  await loadBalancer.allUp();
  const built = writePackage(folder, `mongodb-mms-${TO_VERSION}.simulated.deb`, packageText(TO_VERSION, PACKAGE_BYTES));
  return { applicationHosts, databaseUri: database.uri, package: built };
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

/**
 * Looks at one host of Ops Manager for `init`, as far as the login may: by sudo where sudo lets it, else without. Changes nothing.
 *
 *   1. Name and addresses, by which load balancers and people know it.
 *   2. What runs: application, Backup Daemon, from which folder, as whom; and what would start at boot.
 *   3. Which package manager knows Ops Manager: that is the platform, whatever the system calls itself.
 *   4. Its configuration: port, Application Database (set and members, never the connection string), URL for people.
 *   5. The version that it serves.
 *
 * What could not be seen is told in a sentence.
 */
import { BUILT_PLATFORMS, commandsFor } from '../../products/ops-manager/commands.ts';
import { centralUrl, databaseIdentity, ownPort } from '../../products/ops-manager/configuration.ts';
import { layoutOf } from '../../products/ops-manager/layout.ts';
import { parseProcesses, type Process } from '../../products/linux/processes.ts';
import { isBooted, unitAtBoot, unitOf } from '../../products/linux/units.ts';
import { lookFor, type PartSighting } from '../../products/ops-manager/processes.ts';
import { servedVersion, VERSION_PATH } from '../../products/ops-manager/served-version.ts';
import { VENDOR_NAMES } from '../../upgrade/service-names.ts';
import { NO_UNITS, readUnits, showUnits } from '../../products/ops-manager/systemd.ts';
import { seenAtBoot } from '../../products/ops-manager/sysv.ts';
import { releaseOf } from '../../products/ops-manager/versions.ts';
import { servedAt } from '../../upgrade/served-at.ts';
import type { SeenHost, SeenPart } from '../../installation/first-file-ops-manager.ts';
import type { HostSession } from '../../ssh/port.ts';
import type { OpsManagerHost, Platform, Reachable } from '../../upgrade/installation.ts';
import type { Seen } from '../../upgrade/outcome.ts';
import { Eyes, whoIsIt } from './eyes.ts';

export type SeenOnHost = Omit<SeenHost, 'name' | 'address' | 'ssh'> & { readonly hostname: string | undefined };

const UNSEEN: SeenPart = { running: 'unknown', atBoot: 'unknown' };

export async function lookAtOpsManager(session: HostSession, host: Reachable): Promise<SeenOnHost> {
  try {
    return await look(new Eyes(session), host);
  } catch (error) {
    return { hostname: undefined, unseen: error instanceof Error ? error.message : String(error), application: UNSEEN, daemon: UNSEEN, addresses: [], notSeen: [] };
  }
}

async function look(eyes: Eyes, host: Reachable): Promise<SeenOnHost> {
  const who = await whoIsIt(eyes);
  const usual = { name: host.name, ssh: host.ssh, installDir: DEFAULT_FOLDER, runAs: DEFAULT_USER };
  const listing = await eyes.look(commandsFor({ ...usual, platform: 'debian' }).processes); // the same on every platform
  const processes = listing.code === 0 ? parseProcesses(listing.stdout) : [];
  const [application, daemon] = (['application', 'daemon'] as const).map((part) => lookFor(part, { processes, pidFile: null, runAs: '', installDir: '' })) as [PartSighting, PartSighting];
  const main = application.process ?? daemon.process;
  const here = { ...usual, installDir: folderOf(main) ?? DEFAULT_FOLDER, runAs: main?.user ?? DEFAULT_USER };
  const found = await lookForPackage(eyes, here);
  const platform = found?.platform ?? (folderOf(main) !== undefined ? 'linux' : undefined);
  if (platform === undefined) eyes.notSeen.push('Neither a package nor a running Ops Manager was found.');
  const boot = await lookAtBoot(eyes, { ...here, platform });
  const configuration = await lookAtConfiguration(eyes, { host, installDir: here.installDir });
  return {
    ...who, platform, installed: found?.installed,
    ...(application.running === 'yes' ? { serves: await eyes.served(new URL(VERSION_PATH, configuration.url), ({ headers }) => servedVersion(headers)) } : {}),
    url: configuration.url === servedAt('http', host.address, 8080) ? undefined : configuration.url,
    installDir: here.installDir === DEFAULT_FOLDER ? undefined : here.installDir,
    runAs: here.runAs === DEFAULT_USER ? undefined : here.runAs,
    application: { running: application.running, atBoot: boot('mongodb-mms') },
    daemon: { running: daemon.running, atBoot: boot('mongodb-mms-backup-daemon') },
    database: configuration.database, centralUrl: configuration.centralUrl, notSeen: eyes.notSeen,
  };
}

/** As packages install it; the installation file leaves these out. */
const DEFAULT_FOLDER = '/opt/mongodb/mms', DEFAULT_USER = 'mongodb-mms';

type Place = Pick<OpsManagerHost, 'name' | 'ssh' | 'installDir' | 'runAs'>;

/** The tree from which a process was started: "/opt/mongodb/mms" of "/opt/mongodb/mms/jdk/bin/mms-app …". */
function folderOf(process: Process | undefined): string | undefined {
  return /^(\/\S*)\/jdk\/bin\/mms-app(\s|$)/.exec(process?.args ?? '')?.[1];
}

async function lookForPackage(eyes: Eyes, place: Place): Promise<{ readonly platform: Platform; readonly installed: string | undefined } | null> {
  for (const platform of BUILT_PLATFORMS) {
    const { package: manager } = commandsFor({ ...place, platform });
    const state = manager.readState(await eyes.look(manager.state));
    if (typeof state === 'string') continue;
    if (state.state === 'unfinished') eyes.notSeen.push('An install was interrupted here: the package is not whole.');
    return { platform, installed: releaseOf(state.version ?? '') ?? undefined };
  }
  return null;
}

async function lookAtBoot(eyes: Eyes, { platform, ...place }: Place & { readonly platform: Platform | undefined }): Promise<(service: string) => Seen> {
  if (platform === undefined || !BUILT_PLATFORMS.includes(platform)) return () => 'unknown';
  const { backupDaemon } = commandsFor({ ...place, platform });
  const printed = await eyes.look(backupDaemon.bootLinks);
  const units = (await eyes.look(isBooted)).code === 0 ? readUnits(await eyes.look(showUnits(VENDOR_NAMES)), VENDOR_NAMES) : NO_UNITS;
  return (service) => {
    const unit = units === 'unknown' ? null : Object.values(units).find((each) => each?.name === unitOf(service));
    return (unit && unitAtBoot(unit)) ?? seenAtBoot(printed, service, backupDaemon);
  };
}

interface Configured { readonly url: string; readonly database?: SeenHost['database']; readonly centralUrl?: string | undefined }

async function lookAtConfiguration(eyes: Eyes, { host, installDir }: { readonly host: Reachable; readonly installDir: string }): Promise<Configured> {
  const { properties: path, settings } = layoutOf({ installDir });
  const properties = await eyes.read(path);
  const { scheme, port } = ownPort(properties ?? '', await eyes.read(settings) ?? '');
  const url = servedAt(scheme, host.address, port);
  if (properties === null) return { url };
  return { url, database: databaseIdentity(properties) ?? undefined, centralUrl: centralUrl(properties) ?? undefined };
}

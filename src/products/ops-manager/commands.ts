/**
 * What to type on an Ops Manager host, per platform. A further platform is one more line in the table at the end, and
 * where it differs one more file that fills in this shape.
 */
import { asLogin, type Command } from '../../upgrade/command.ts';
import type { OpsManagerHost, OwnServices, Platform } from '../../upgrade/installation.ts';
import { dpkg } from './dpkg.ts';
import type { PackageManager } from './packaging.ts';
import { rpm } from './rpm.ts';
import { namesOf } from '../../upgrade/service-names.ts';
import { startUnit, stopUnit, type Owner } from '../linux/units.ts';
import type { Service } from './systemd.ts';
import { servicesOf } from './sysv.ts';
import { treeServicesOf, type TreeHost } from './tree-scripts.ts';
import { treeOf, type Tree } from './tree.ts';

export interface OpsManagerCommands {
  readonly application: { readonly start: Command; readonly stop: Command; readonly status: Command };
  readonly backupDaemon: {
    readonly start: Command;
    /** First choice (the service, or what the site wrote in its place), then what to try when the daemon goes on running. (Manual: "manually stop your Backup Daemons".) */
    readonly stop: Readonly<Record<'service' | 'init-script', Command>>;
    readonly status: Command;
    /** The script behind the second choice; it may be missing. */
    readonly initScript: string;
    /** Lists the boot links of all services. */
    readonly bootLinks: Command;
    /** Whether a service without a link is not started at boot; else something else may start it. */
    readonly bootLinksTellAll: boolean;
  };
  readonly package: PackageManager | Tree;
  /** Every process with parent, user, age in seconds and whole arguments, as root: seen by everyone, cut by nobody. */
  readonly processes: Command;
}

/** As much of a host as decides what is typed on it. */
export type TypedOn = Pick<OpsManagerHost, 'name' | 'platform'> & TreeHost;

const PLATFORMS: Readonly<Partial<Record<Platform, (host: TypedOn) => OpsManagerCommands>>> = {
  debian: (host) => ({ ...servicesOf(namesOf(host), [2]), package: dpkg }),
  rhel: (host) => ({ ...servicesOf(namesOf(host), [3]), package: rpm }),
  linux: (host) => ({ ...treeServicesOf(host), package: treeOf(host) }),
};

/** The platforms whose procedure is built. */
export const BUILT_PLATFORMS = Object.keys(PLATFORMS) as readonly Platform[];

/** The units that own the services of a host, as it was seen; none where systemd is not PID 1 or was not asked. */
export type Owners = Readonly<Partial<Record<Service, Owner | null>>>;

/**
 * What the site wrote comes first, then the unit that owns the service, then the platform's way. Throws when the platform is
 * not built; `checkInstallation` refuses such a file long before.
 */
export function commandsFor(host: TypedOn, owners: Owners = {}): OpsManagerCommands {
  const commands = PLATFORMS[host.platform];
  if (!commands) throw new Error(notBuilt(host.name, host.platform));
  const { application, backupDaemon, ...rest } = commands(host);
  const daemons = otherWay(host.service?.backupDaemon, owners.backupDaemon);
  return {
    ...rest,
    application: { ...application, ...otherWay(host.service, owners.application) },
    backupDaemon: daemons ? { ...backupDaemon, start: daemons.start, stop: { ...backupDaemon.stop, service: daemons.stop } } : backupDaemon,
  };
}

/** A site's own commands are lines for a shell, run as the login user: where they need sudo, sudo is written in them. */
function otherWay(own: Pick<OwnServices, 'start' | 'stop'> | undefined, owner: Owner | null | undefined): { readonly start: Command; readonly stop: Command } | null {
  const line = (text: string): Command => asLogin('sh', '-c', text);
  if (own?.start !== undefined && own.stop !== undefined) return { start: line(own.start), stop: line(own.stop) };
  return owner ? { start: startUnit(owner), stop: stopUnit(owner) } : null;
}

export function notBuilt(host: string, platform: Platform): string {
  return `${host}: Ops Manager on ${platform} is not supported yet; supported are ${BUILT_PLATFORMS.join(', ')}.`;
}

/**
 * What to type on an Ops Manager host, per platform. A further platform is one more file that fills in this shape and
 * one more line in the table at the end.
 */
import type { Command } from '../../upgrade/command.ts';
import type { OpsManagerHost, Platform } from '../../upgrade/installation.ts';
import { debian } from './debian.ts';

export interface OpsManagerCommands {
  readonly application: { readonly start: Command; readonly stop: Command; readonly status: Command };
  readonly backupDaemon: {
    readonly start: Command;
    /** First choice, then what to try when the daemon goes on running. (Manual: "manually stop your Backup Daemons".) */
    readonly stop: Readonly<Record<'service' | 'init-script', Command>>;
    readonly status: Command;
    /** The script behind the second choice; it may be missing. */
    readonly initScript: string;
    /** Lists the boot links of all services. */
    readonly bootLinks: Command;
  };
  readonly package: {
    /** Version, state and architecture of the installed package, by tabs. */
    readonly state: Command;
    readonly architecture: Command;
    /** Name, version and architecture of a package file. */
    describe(file: string): Command;
    /** Would the package manager take this file? Changes nothing. */
    dryRun(file: string): Command;
    /** Installs over the stopped host and keeps edited configuration; asks nothing. */
    install(file: string): Command;
    /** Files that are not as the installed package brought them: what an upgrade would wipe. */
    readonly changedFiles: Command;
    /** When the installed package was unpacked, in seconds since 1970 by the host's clock. */
    readonly unpackedAt: Command;
    /** What the new package's configuration file is called when the edited one is kept. */
    readonly shippedSuffix: string;
  };
  /** Every process with parent, user, age in seconds and whole arguments, as root: seen by everyone, cut by nobody. */
  readonly processes: Command;
}

const PLATFORMS: Readonly<Partial<Record<Platform, OpsManagerCommands>>> = { debian };

/** The platforms whose procedure is built. */
export const BUILT_PLATFORMS = Object.keys(PLATFORMS) as readonly Platform[];

/** Throws when the platform is not built; `checkInstallation` refuses such a file long before. */
export function commandsFor({ name, platform }: Pick<OpsManagerHost, 'name' | 'platform'>): OpsManagerCommands {
  const commands = PLATFORMS[platform];
  if (!commands) throw new Error(`${name}: Ops Manager on ${platform} is not supported yet; ${BUILT_PLATFORMS.join(', ')} is.`);
  return commands;
}

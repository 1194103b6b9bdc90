/**
 * How a version comes onto a host: by a package manager (dpkg.ts, rpm.ts), or as a tarball's tree (tree.ts). Each fills in
 * what to type and what the answers mean; steps and preflight know no other difference between platforms.
 */
import type { Command } from '../../upgrade/command.ts';
import type { Printed } from '../linux/printed.ts';

export const PACKAGE = 'mongodb-mms';

export interface PackageState {
  /** The package's own version: "4.4.18.100.20220101T0101Z-1"; null when it is there and nothing says which it is. */
  readonly version: string | null;
  readonly architecture: string;
  /** `unfinished`: an install was interrupted; unpacked, half configured, or old and new side by side. */
  readonly state: 'installed' | 'unfinished';
}

export interface PackageFile { readonly name: string; readonly version: string; readonly architecture: string }

export interface Packaging {
  /** The program that reads such packages, as people call it. */
  readonly name: 'dpkg' | 'rpm' | 'tar';
  /** The architecture on which Ops Manager runs, in its words. */
  readonly runsOn: string;
  /** Asks for what is installed. */
  readonly state: Command;
  /** `unknown` when the answer cannot be read. */
  readState(printed: Printed): PackageState | 'absent' | 'unknown';
  /** What to say of a host where nothing is installed. */
  whyAbsent(host: string): string;
  /** Asks for the host's architecture. */
  readonly architecture: Command;
  /** Asks for name, version and architecture of a package file. */
  describe(file: string): Command;
  /** Null when the file is no package. */
  readDescription(printed: string): PackageFile | null;
  /** Asks for files that are not as the installed package brought them: what an upgrade would wipe. See changed-files.ts. */
  readonly changedFiles: Command;
  /** Asks when the installed version was put in place, in seconds since 1970 by the host's clock. */
  readonly unpackedAt: Command;
  /** Where the new release's own configuration file is put when the site's is kept. */
  shipped(file: string): string;
}

export interface PackageManager extends Packaging {
  readonly kind: 'package-manager';
  /** Would the package manager take this file? Changes nothing. */
  dryRun(file: string): Command;
  /** Installs over the stopped host and keeps edited configuration; asks nothing. */
  install(file: string): Command;
  /** Whether an install ended at once, having done nothing, because another package manager was at work. */
  isLockedOut(output: string): boolean;
}

/** What to do where a package manager knows no Ops Manager. */
export const NO_PACKAGE = `knows no package ${PACKAGE}: correct the platform of the host (debian is for dpkg, rhel for rpm, linux for a tarball), install the version that the other hosts run, or take the host out of the file.`;

/**
 * A package manager of a platform: what to type, and what its answers mean. dpkg.ts and rpm.ts each fill in this shape;
 * steps and preflight know no other difference between platforms.
 */
import type { Command } from '../../upgrade/command.ts';

export const PACKAGE = 'mongodb-mms';

export interface PackageState {
  /** The package's own version: "4.4.18.100.20220101T0101Z-1". */
  readonly version: string;
  readonly architecture: string;
  /** `unfinished`: an install was interrupted; unpacked, half configured, or old and new side by side. */
  readonly state: 'installed' | 'unfinished';
}

export interface PackageFile { readonly name: string; readonly version: string; readonly architecture: string }

/** What a command printed, and its exit code; none when the connection broke. */
export interface Printed { readonly code: number | undefined; readonly stdout: string; readonly stderr: string }

export interface PackageManager {
  /** As people call it. */
  readonly name: 'dpkg' | 'rpm';
  /** The architecture on which Ops Manager runs, in its words. */
  readonly runsOn: string;
  /** Asks for the installed package. */
  readonly state: Command;
  /** `unknown` when the answer cannot be read. */
  readState(printed: Printed): PackageState | 'absent' | 'unknown';
  /** Asks for the host's architecture. */
  readonly architecture: Command;
  /** Asks for name, version and architecture of a package file. */
  describe(file: string): Command;
  /** Null when the file is no package. */
  readDescription(printed: string): PackageFile | null;
  /** Would the package manager take this file? Changes nothing. */
  dryRun(file: string): Command;
  /** Installs over the stopped host and keeps edited configuration; asks nothing. */
  install(file: string): Command;
  /** Whether an install ended at once, having done nothing, because another package manager was at work. */
  isLockedOut(output: string): boolean;
  /** Asks for files that are not as the installed package brought them: what an upgrade would wipe. See changed-files.ts. */
  readonly changedFiles: Command;
  /** Asks when the installed package was unpacked, in seconds since 1970 by the host's clock. */
  readonly unpackedAt: Command;
  /** What the new package's configuration file is called when the edited one is kept. */
  readonly shippedSuffix: string;
}

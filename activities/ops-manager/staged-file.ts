/** The package in Lockkeeper's folder on a host: whole, and the one to install? */
import type { Package } from '../../src/upgrade/installation.ts';
import { checksums, parseChecksums, stagedPackage } from '../../src/products/linux/keeping.ts';
import { PACKAGE, type PackageFile } from '../../src/products/ops-manager/packaging.ts';
import { releaseOf } from '../../src/products/ops-manager/versions.ts';
import { READS_PACKAGE } from '../staging.ts';
import type { HostAtWork } from './host-at-work.ts';

export interface Target { readonly package: Package; readonly version: string }
export interface Seen { readonly right: boolean; readonly says: string }

/** Checksum, then the package's own name, version and architecture. */
export async function lookAtFile(at: HostAtWork, { package: target, version }: Target): Promise<Seen> {
  const staged = stagedPackage(target.sha256);
  const wrong = (says: string): Seen => ({ right: false, says: `${at.host.name}: ${says}` });
  const sum = parseChecksums((await at.look(checksums([staged]), READS_PACKAGE)).stdout).get(staged);
  if (sum === undefined) return wrong(`${staged} is not there yet.`);
  if (sum !== target.sha256) return wrong(`${staged} has checksum ${sum}, the installation file says ${target.sha256}.`);
  const packaging = at.commands.package;
  const [described, architecture] = [await at.look(packaging.describe(staged), READS_PACKAGE), await at.look(packaging.architecture)];
  const file = described.code === 0 ? packaging.readDescription(described.stdout) : null;
  if (!file) return wrong(`${staged} cannot be read as a package: ${described.stderr.trim()}`);
  const slip = packageSlip(file, version, architecture.stdout.trim());
  return slip ? wrong(slip) : { right: true, says: `${staged} is ${file.name} ${file.version} for ${file.architecture}, checksum right` };
}

/** Why a package is not the one to install, as a sentence; null when it is. Architecture '' is not compared. */
export function packageSlip({ name, version, architecture }: PackageFile, target: string, host: string): string | null {
  if (name !== PACKAGE) return `the package is ${name} ${version}, not ${PACKAGE}: name the right file in target.packages.`;
  if (releaseOf(version) !== target) return `the package is ${PACKAGE} ${version}, the target is ${target}: name the right file in target.packages, or correct target.version.`;
  if (host !== '' && architecture !== host && !ANY_ARCHITECTURE.includes(architecture)) return `the package is for ${architecture}, the host is ${host}.`;
  return null;
}

/** What dpkg and rpm call a package for every architecture; a tarball's name need not say any. */
const ANY_ARCHITECTURE: readonly string[] = ['all', 'noarch'];

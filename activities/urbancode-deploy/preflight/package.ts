/** Is the package that the file names there and whole? On the worker, or on every host. */
import { checksums, parseChecksums, sizeOf } from '../../../src/products/linux/keeping.ts';
import { compareReleases, releaseOf } from '../../../src/products/urbancode-deploy/versions.ts';
import type { UrbancodeDeployInstallation, UrbancodeDeployPlatform } from '../../../src/upgrade/installation-urbancode.ts';
import type { Package } from '../../../src/upgrade/installation.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { about } from '../../preflight/finding.ts';
import type { Ports } from '../../ports.ts';
import { READS_PACKAGE } from '../../staging.ts';
import { readWorkerFile } from '../../worker-file.ts';
import type { HostAtWork } from '../host-at-work.ts';

export interface Packages { readonly findings: readonly Finding[]; readonly bytes: ReadonlyMap<UrbancodeDeployPlatform, number> }

/** Looks at each package file on the worker once. */
export async function checkPackages(ports: Ports, { hosts, target }: UrbancodeDeployInstallation): Promise<Packages> {
  const bytes = new Map<UrbancodeDeployPlatform, number>(), file = about('package');
  const findings = await Promise.all([...new Set(hosts.map(({ platform }) => platform))].map(async (platform): Promise<readonly Finding[]> => {
    const wanted = target.packages[platform];
    if (!wanted) return [file.refused(`target.packages names no package for ${platform}: add one.`)];
    const slip = releaseSlip(wanted, target.version);
    if (slip !== null) return [file.refused(slip)];
    if (wanted.file === undefined) return [];
    const seen = await readWorkerFile(ports.workerPath(wanted.file));
    if ('why' in seen) return [file.refused(`The package ${wanted.file} cannot be read on the worker: ${seen.why}`)];
    bytes.set(platform, seen.bytes);
    return [seen.sha256 === wanted.sha256 ? file.ok(`The package ${wanted.file} has the right checksum.`)
      : file.refused(`The package ${wanted.file} has checksum ${seen.sha256}, the installation file says ${wanted.sha256}: fetch it again, or correct sha256.`)];
  }));
  return { findings: findings.flat(), bytes };
}

/** The vendor's packages have their release in the name; an installer takes an older one without a word. */
function releaseSlip({ file, onHost }: Package, target: string): string | null {
  const path = file ?? onHost ?? '';
  const named = /(?<![\d.])\d+(?:\.\d+){3}/.exec(path.split(/[\\/]/).at(-1) ?? '')?.[0];
  const release = named === undefined ? null : releaseOf(named);
  return release === null || compareReleases(release, target) === 0 ? null : `The package ${path} is ${release} by its name, the target is ${target}: name the right file in target.packages, or correct target.version.`;
}

/** The same for a package that is on the host already. */
export async function checkPackageOnHost(at: HostAtWork, target: Package | undefined): Promise<{ readonly findings: readonly Finding[]; readonly bytes: number }> {
  const file = about('package', at.host.name), path = target?.onHost;
  if (path === undefined) return { findings: [], bytes: 0 };
  const sum = parseChecksums((await at.look(checksums([path]), READS_PACKAGE)).stdout).get(path);
  if (sum === undefined) return { bytes: 0, findings: [file.refused(`${path} is not there on ${at.host.name}: put the package there, or name a file on the worker.`)] };
  if (sum !== target?.sha256) return { bytes: 0, findings: [file.refused(`${path} on ${at.host.name} has checksum ${sum}, the installation file says ${target?.sha256}: fetch it again, or correct sha256.`)] };
  return { bytes: Number((await at.look(sizeOf(path))).stdout) || 0, findings: [file.ok(`${path} has the right checksum.`)] };
}

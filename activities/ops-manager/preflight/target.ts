/** Is the package that the file names there, whole, and the right one? On the worker, or on every host. */
import type { Finding } from '../../../src/upgrade/plan.ts';
import { applicationHosts, daemonOnlyHosts, type OpsManagerHost, type OpsManagerInstallation, type Package, type Platform } from '../../../src/upgrade/installation.ts';
import { commandsFor } from '../../../src/products/ops-manager/commands.ts';
import { checksums, parseChecksums, sizeOf } from '../../../src/products/linux/keeping.ts';
import { readPackageFile, type PackageOnWorker } from '../package-file.ts';
import type { HostAtWork } from '../host-at-work.ts';
import type { OpsManagerPorts } from '../ports.ts';
import { READS_PACKAGE } from '../../staging.ts';
import { packageSlip } from '../staged-file.ts';
import { about } from '../../preflight/finding.ts';

export interface Target { readonly findings: readonly Finding[]; readonly bytes: ReadonlyMap<Platform, number> }

/** Looks at each package file on the worker once. */
export async function checkTargets(ports: OpsManagerPorts, installation: OpsManagerInstallation): Promise<Target> {
  const bytes = new Map<Platform, number>();
  const platforms = new Set([...applicationHosts(installation), ...daemonOnlyHosts(installation)].map(({ platform }) => platform));
  const findings = await Promise.all([...platforms].map(async (platform): Promise<readonly Finding[]> => {
    const target = installation.target.packages[platform];
    if (!target) return [about('package').refused(`target.packages names no package for ${platform}: add one.`)];
    if (target.file === undefined) return [];
    const seen = await readPackageFile(ports.workerPath(target.file));
    if ('why' in seen) return [about('package').refused(`The package ${target.file} cannot be read on the worker: ${seen.why}`)];
    bytes.set(platform, seen.bytes);
    const host = installation.hosts.find((each) => each.platform === platform);
    return host ? [judgeFile(target, seen, { host, version: installation.target.version })] : [];
  }));
  return { findings: findings.flat(), bytes };
}

function judgeFile(target: Package, seen: PackageOnWorker, { host, version }: { readonly host: OpsManagerHost; readonly version: string }): Finding {
  const file = about('package');
  if (seen.sha256 !== target.sha256) return file.refused(`The package ${target.file} has checksum ${seen.sha256}, the installation file says ${target.sha256}: fetch it again, or correct sha256.`);
  const { name, runsOn } = commandsFor(host).package;
  if (seen.isFor !== name) return file.refused(`${target.file} is no package for ${name}: name the right file for ${host.platform} in target.packages.`);
  if (!seen.is) return file.ok(`The package ${target.file} has the right checksum; its contents are looked at on the hosts.`);
  const slip = packageSlip(seen.is, version, runsOn);
  return slip ? file.refused(`In ${target.file} ${slip}`) : file.ok(`The package ${target.file} is ${seen.is.name} ${seen.is.version}, checksum right.`);
}

/** The same for a package that is on the host already. */
export async function checkPackageOnHost(at: HostAtWork, target: Package | undefined, version: string): Promise<{ readonly findings: readonly Finding[]; readonly bytes: number }> {
  if (target?.onHost === undefined) return { findings: [], bytes: 0 };
  const file = about('package', at.host.name), path = target.onHost;
  const sum = parseChecksums((await at.look(checksums([path]), READS_PACKAGE)).stdout).get(path);
  if (sum !== target.sha256) return { bytes: 0, findings: [file.refused(sum === undefined ? `${path} is not there on ${at.host.name}: put the package there, or name a file on the worker.` : `${path} on ${at.host.name} has checksum ${sum}, the installation file says ${target.sha256}.`)] };
  const control = at.commands.package.readDescription((await at.look(at.commands.package.describe(path), READS_PACKAGE)).stdout);
  const architecture = (await at.look(at.commands.package.architecture)).stdout.trim();
  const slip = control ? packageSlip(control, version, architecture) : `${path} cannot be read as a package.`;
  const bytes = Number((await at.look(sizeOf(path))).stdout) || 0;
  return { bytes, findings: [slip ? file.refused(`On ${at.host.name} ${slip}`) : file.ok(`${path} is the right package.`)] };
}

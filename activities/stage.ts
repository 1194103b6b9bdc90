/** Brings the package to a host, proves that it is the right one, and clears away at the end. Nothing is stopped here. */
import { asLogin } from '../src/upgrade/command.ts';
import type { Package } from '../src/upgrade/installation.ts';
import type { StepOutcome } from '../src/upgrade/outcome.ts';
import { checksums, makeFolder, parseChecksums, removePackages, takeIn } from '../src/products/ops-manager/keeping.ts';
import { stagedPackage, uploadsIn } from '../src/products/ops-manager/layout.ts';
import { PACKAGE, type PackageFile } from '../src/products/ops-manager/package-manager.ts';
import { releaseOf } from '../src/products/ops-manager/versions.ts';
import type { OnHost, OpsManagerActs } from './contract.ts';
import { beat, refused } from './at-work.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';
import type { OpsManagerPorts } from './ports.ts';

type Stage = Parameters<OpsManagerActs['stagePackage']>[0];

/** The upload is resumable; the package is then taken to where only root can change it, and only that copy counts. */
export async function stagePackage(ports: OpsManagerPorts, input: Stage): Promise<StepOutcome> {
  const { host, attempt } = input;
  const at = atWork(ports, host);
  const before = await lookAtStaged(at, input);
  if (before.right) return outcome(ports, 'already', before.says);
  if (attempt.mode === 'look') return outcome(ports, 'failed', before.says);
  const staged = stagedPackage(input.package.sha256);
  const from = input.package.onHost ?? await upload(at, input.package);
  await runJob(at, attempt, { name: 'folder', command: makeFolder(staged.slice(0, staged.lastIndexOf('/'))) });
  const taken = await runJob(at, attempt, { name: 'take-in', command: takeIn(from, staged) });
  const after = await lookAtStaged(at, input);
  return after.right ? outcome(ports, 'done', after.says) : outcome(ports, taken.state === 'lost' ? 'unknown' : 'failed', taken.says, taken.output, after.says);
}

/** Home of the login user on the host. */
export async function homeOf(at: HostAtWork): Promise<string> {
  const { code, stdout } = await at.look(asLogin('printenv', 'HOME'));
  if (code !== 0) throw refused(`${at.host.name}: the login user has no HOME, so nothing can be uploaded.`);
  return stdout.trim();
}

async function upload(at: HostAtWork, { file, sha256 }: Package): Promise<string> {
  if (file === undefined) throw new Error(`${at.host.name}: the package names neither file nor onHost.`);
  const to = `${uploadsIn(await homeOf(at))}/${sha256}`;
  await at.session.upload(at.ports.workerPath(file), to, { sha256, signal: at.signal, onProgress: (bytes) => beat({ host: at.host.name, uploaded: bytes }) });
  return to;
}

/** Checksum, then the package's own name, version and architecture, then whether the package manager would take it. */
export async function lookAtStaged(at: HostAtWork, { package: target, version }: Pick<Stage, 'package' | 'version'>): Promise<{ readonly right: boolean; readonly says: string }> {
  const staged = stagedPackage(target.sha256);
  const wrong = (says: string) => ({ right: false, says: `${at.host.name}: ${says}` });
  const sum = parseChecksums((await at.look(checksums([staged]))).stdout).get(staged);
  if (sum === undefined) return wrong(`${staged} is not there yet.`);
  if (sum !== target.sha256) return wrong(`${staged} has checksum ${sum}, the installation file says ${target.sha256}.`);
  const manager = at.commands.package;
  const [described, architecture, dryRun] = [await at.look(manager.describe(staged)), await at.look(manager.architecture), await at.look(manager.dryRun(staged))];
  const file = manager.readDescription(described.stdout);
  if (!file) return wrong(`${staged} cannot be read as a package: ${described.stderr.trim()}`);
  const slip = packageSlip(file, version, architecture.stdout.trim());
  if (slip) return wrong(slip);
  if (dryRun.code !== 0) return wrong(`${manager.name} would not take ${staged}: ${dryRun.stderr.trim()}`);
  return { right: true, says: `${staged} is ${file.name} ${file.version} for ${file.architecture}, checksum right, dry run accepted.` };
}

/** Why a package is not the one to install, as a sentence; null when it is. Architecture '' is not compared. */
export function packageSlip({ name, version, architecture }: PackageFile, target: string, host: string): string | null {
  if (name !== PACKAGE) return `the package is ${name} ${version}, not ${PACKAGE}: name the right file in target.packages.`;
  if (releaseOf(version) !== target) return `the package is ${PACKAGE} ${version}, the target is ${target}: name the right file in target.packages, or correct target.version.`;
  if (host !== '' && architecture !== host && !ANY_ARCHITECTURE.includes(architecture)) return `the package is for ${architecture}, the host is ${host}.`;
  return null;
}

/** What dpkg and rpm call a package for every architecture. */
const ANY_ARCHITECTURE: readonly string[] = ['all', 'noarch'];

/** Removes finished job folders of this upgrade, the upload and the staged package. The saved configuration stays. */
export async function cleanUp(ports: OpsManagerPorts, { host, attempt }: OnHost): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const folder = uploadsIn(await homeOf(at));
  const there = async (): Promise<boolean> => (await at.look(asLogin('ls', '-d', folder))).code === 0;
  if (attempt.mode === 'act') {
    if (await there()) await runJob(at, attempt, { name: 'uploads', command: asLogin('rm', '-rf', '--', folder) });
    await runJob(at, attempt, { name: 'packages', command: removePackages() });
    await at.session.sweepJobs(attempt.owner.firstExecutionRunId, { signal: at.signal });
  }
  return await there() ? outcome(ports, 'failed', `${host.name}: uploaded packages are still in ${folder}; remove them by hand.`)
    : outcome(ports, 'done', `${host.name}: job folders and packages are removed. The saved configuration stays.`);
}

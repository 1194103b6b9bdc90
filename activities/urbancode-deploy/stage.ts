/** Brings the package to a host and extracts it, beside the server that serves; clears away at the end. */
import { checksums, parseChecksums, removePackages, stagedPackage } from '../../src/products/linux/keeping.ts';
import { lookAtUnpacked, readUnpacked, removeUnpacked, unpack } from '../../src/products/urbancode-deploy/staging.ts';
import { packageFolder } from '../../src/products/urbancode-deploy/windows.ts';
import { packageFile, toStage } from '../../src/products/urbancode-deploy/windows-guide.ts';
import { unpackedOf } from '../../src/products/urbancode-deploy/layout.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Package } from '../../src/upgrade/installation.ts';
import type { OnServer, UrbancodeDeployActs } from './contract.ts';
import type { Ports } from '../ports.ts';
import { checksumOf, installersIn, isWindows, typeThis } from './windows.ts';
import { clearAway, READS_PACKAGE, takeInPackage } from '../staging.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';

/** Whole in our folder, and extracted: one folder with the installer and its properties. */
export async function lookAtStaged(at: HostAtWork, { sha256 }: Package): Promise<{ readonly top: string | null; readonly says: string }> {
  const { host } = at, staged = stagedPackage(sha256), { folder } = unpackedOf(sha256);
  const sum = parseChecksums((await at.look(checksums([staged]), READS_PACKAGE)).stdout).get(staged);
  if (sum === undefined) return { top: null, says: `${host.name}: ${staged} is not there yet.` };
  if (sum !== sha256) return { top: null, says: `${host.name}: ${staged} has checksum ${sum}, the installation file says ${sha256}.` };
  const unpacked = readUnpacked(await at.look(lookAtUnpacked(host, sha256)));
  switch (unpacked) {
    case 'nothing': return { top: null, says: `${host.name}: it is not extracted in ${folder} yet.` };
    case 'unknown': return { top: null, says: `${host.name}: what is in ${folder} could not be seen.` };
    case 'foreign': return { top: null, says: `${host.name}: the package is no server package: one folder with install-server.sh and install.properties was expected in ${folder}. Name the right file in target.packages.` };
    default: return { top: unpacked.top, says: `${staged}, checksum right, extracted in ${folder}/${unpacked.top}` };
  }
}

export async function stageServer(ports: Ports, { host, attempt, package: target, version }: Parameters<UrbancodeDeployActs['stageServer']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, host);
  if (isWindows(host)) return stagedByPerson(at, attempt, { target, version });
  const before = await lookAtStaged(at, target);
  if (before.top !== null) return outcome(ports, 'already', before.says);
  if (attempt.mode === 'look') return outcome(ports, 'failed', before.says);
  let ended = await takeInPackage(at, attempt, target);
  for (const [index, command] of unpack(host, target.sha256).entries()) {
    if (ended.code !== 0) break;
    ended = await runJob(at, attempt, { name: `unpack-${index + 1}`, command });
  }
  const after = await lookAtStaged(at, target);
  return after.top !== null ? outcome(ports, 'done', after.says) : outcome(ports, ended.state === 'lost' ? 'unknown' : 'failed', ended.says, ended.output, after.says);
}

/** A person brings it; its checksum and its installer are looked for there. Where certutil tells nothing, their word on the checksum counts. */
async function stagedByPerson(at: HostAtWork, { byHand }: Attempt, { target, version }: { readonly target: Package; readonly version: string }): Promise<StepOutcome> {
  const { host, ports } = at, file = packageFile(host, target, version), folder = packageFolder(host, version);
  const checksum = await checksumOf(at, file), [installer, ...more] = await installersIn(at, folder);
  const isWhole = checksum === target.sha256 || (checksum === null && byHand === true);
  if (isWhole && installer !== undefined && more.length === 0) return outcome(ports, 'already', `${host.name}: ${installer}\\install-server.bat is there; the checksum of ${file} ${checksum === null ? 'could not be read, and is a person\'s word' : 'is right'}.`);
  const why = checksum !== null && checksum !== target.sha256 ? `${file} has checksum ${checksum}, the installation file says ${target.sha256}.`
    : installer === undefined ? `no install-server.bat was found in ${folder}.`
      : more.length > 0 ? `there is more than one install-server.bat in ${folder}: leave the one of ${version}.` : `the checksum of ${file} could not be read.`;
  return typeThis(at, why, toStage(host, target, version));
}

/** The answers to the installer go with what was extracted. */
export async function cleanUpServer(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  if (isWindows(host)) return outcome(ports, 'already', `${host.name}: nothing of Lockkeeper's own is there; the folder of the package is yours to remove.`);
  return clearAway(atWork(ports, host), attempt, { removes: [removeUnpacked(), removePackages()], stays: 'Backups stay.' });
}

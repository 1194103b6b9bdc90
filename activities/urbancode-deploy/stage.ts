/** Brings the package to a host and extracts it, beside the server that serves; clears away at the end. */
import { checksums, parseChecksums, removePackages, stagedPackage } from '../../src/products/linux/keeping.ts';
import { lookAtUnpacked, readUnpacked, removeUnpacked, unpack } from '../../src/products/urbancode-deploy/staging.ts';
import { unpackedOf } from '../../src/products/urbancode-deploy/layout.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Package } from '../../src/upgrade/installation.ts';
import type { OnServer, UrbancodeDeployActs } from './contract.ts';
import type { Ports } from '../ports.ts';
import { isWindows } from './windows.ts';
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

export async function stageServer(ports: Ports, { host, attempt, package: target }: Parameters<UrbancodeDeployActs['stageServer']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, host);
  if (isWindows(host)) return stagedByPerson(at, attempt, target);
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

/** Where a person puts it nobody else knows: their word is all there is. */
function stagedByPerson({ ports, host }: HostAtWork, { byHand }: Attempt, { file, onHost, sha256 }: Package): StepOutcome {
  return byHand ? outcome(ports, 'already', `${host.name}: a person's word.`)
    : outcome(ports, 'failed', `${host.name}: bring ${file ?? onHost ?? 'the package'} there, see that its SHA-256 is ${sha256} (certutil -hashfile FILE SHA256), and extract it into a folder of its own.`);
}

/** The answers to the installer go with what was extracted. */
export async function cleanUpServer(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  if (isWindows(host)) return outcome(ports, 'already', `${host.name}: nothing of Lockkeeper's is there; what was extracted is yours to remove.`);
  return clearAway(atWork(ports, host), attempt, { removes: [removeUnpacked(), removePackages()], stays: 'Backups stay.' });
}

/** Brings a package to where only root can change it on a host, and clears away what an upgrade left there. */
import { asLogin, type Command } from '../src/upgrade/command.ts';
import { makeFolder, stagedPackage, takeIn, uploadsIn } from '../src/products/linux/keeping.ts';
import type { Package } from '../src/upgrade/installation.ts';
import type { Attempt, StepOutcome } from '../src/upgrade/outcome.ts';
import { NOTES } from '../src/upgrade/state-folder.ts';
import { beat, refused } from './at-work.ts';
import { outcome, runJob, type HostAtWork, type JobEnd } from './host-at-work.ts';
import { dropNote } from './notes.ts';

/** Reading a package of 2 GB from a slow disk takes minutes. */
export const READS_PACKAGE = 10 * 60_000;

/** Home of the login user on the host. */
export async function homeOf(at: HostAtWork): Promise<string> {
  const { code, stdout } = await at.look(asLogin('printenv', 'HOME'));
  if (code !== 0) throw refused(`${at.host.name}: the login user has no HOME, so nothing can be uploaded.`);
  return stdout.trim();
}

/** The upload is resumable; the package is then taken to where only root can change it, and only that copy counts. */
export async function takeInPackage(at: HostAtWork, attempt: Attempt, target: Package): Promise<JobEnd> {
  const staged = stagedPackage(target.sha256);
  const from = target.onHost ?? await upload(at, target);
  await runJob(at, attempt, { name: 'folder', command: makeFolder(staged.slice(0, staged.lastIndexOf('/'))) });
  return runJob(at, attempt, { name: 'take-in', command: takeIn(from, staged) });
}

async function upload(at: HostAtWork, { file, sha256 }: Package): Promise<string> {
  if (file === undefined) throw new Error(`${at.host.name}: the package names neither file nor onHost.`);
  const to = `${uploadsIn(await homeOf(at))}/${sha256}`;
  await at.session.upload(at.ports.workerPath(file), to, { sha256, signal: at.signal, onProgress: (bytes) => beat({ host: at.host.name, uploaded: bytes }) });
  return to;
}

/** Removes finished job folders of this upgrade, the upload, the notes, and what these commands remove. */
export async function clearAway(at: HostAtWork, attempt: Attempt, { removes, stays }: { readonly removes: readonly Command[]; readonly stays: string }): Promise<StepOutcome> {
  const { ports, host } = at;
  const folder = uploadsIn(await homeOf(at));
  const there = async (): Promise<boolean> => (await at.look(asLogin('ls', '-d', folder))).code === 0;
  if (attempt.mode === 'act') {
    if (await there()) await runJob(at, attempt, { name: 'uploads', command: asLogin('rm', '-rf', '--', folder) });
    for (const [index, command] of removes.entries()) await runJob(at, attempt, { name: `packages-${index + 1}`, command });
    for (const note of NOTES) await dropNote(at, attempt, note);
    await at.session.sweepJobs(attempt.owner.firstExecutionRunId, { signal: at.signal });
  }
  return await there() ? outcome(ports, 'failed', `${host.name}: uploaded packages are still in ${folder}; remove them by hand.`)
    : outcome(ports, 'done', `${host.name}: job folders and packages are removed. ${stays}`);
}

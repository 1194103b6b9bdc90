/** Brings the package to a host, proves that it is the right one, and clears away at the end. Nothing is stopped here. */
import { asLogin } from '../../src/upgrade/command.ts';
import type { Package } from '../../src/upgrade/installation.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import { NOTES } from '../../src/upgrade/state-folder.ts';
import { makeFolder, removePackages, takeIn } from '../../src/products/ops-manager/keeping.ts';
import { stagedPackage, uploadsIn } from '../../src/products/ops-manager/layout.ts';
import type { OnHost, OpsManagerActs } from './contract.ts';
import { beat, refused } from '../at-work.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';
import { installerOf } from './installer.ts';
import { dropNote } from '../notes.ts';
import type { OpsManagerPorts } from './ports.ts';
import { lookAtFile, type Seen } from './staged-file.ts';

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
  const ended = await installerOf(at).prepare(attempt, input) ?? taken;
  const after = await lookAtStaged(at, input);
  return after.right ? outcome(ports, 'done', after.says) : outcome(ports, ended.state === 'lost' ? 'unknown' : 'failed', ended.says, ended.output, after.says);
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

/** The file, then what its way of installing needs before a host is stopped. */
async function lookAtStaged(at: HostAtWork, input: Stage): Promise<Seen> {
  const file = await lookAtFile(at, input);
  if (!file.right) return file;
  const ready = await installerOf(at).lookAtStaged(input);
  return ready.right ? { right: true, says: `${file.says}, ${ready.says}.` } : ready;
}

/** Removes finished job folders of this upgrade, the upload, the staged package and the notes. The saved configuration stays. */
export async function cleanUp(ports: OpsManagerPorts, { host, attempt }: OnHost): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const folder = uploadsIn(await homeOf(at));
  const there = async (): Promise<boolean> => (await at.look(asLogin('ls', '-d', folder))).code === 0;
  if (attempt.mode === 'act') {
    if (await there()) await runJob(at, attempt, { name: 'uploads', command: asLogin('rm', '-rf', '--', folder) });
    await runJob(at, attempt, { name: 'packages', command: removePackages() });
    for (const note of NOTES) await dropNote(at, attempt, note);
    await at.session.sweepJobs(attempt.owner.firstExecutionRunId, { signal: at.signal });
  }
  return await there() ? outcome(ports, 'failed', `${host.name}: uploaded packages are still in ${folder}; remove them by hand.`)
    : outcome(ports, 'done', `${host.name}: job folders and packages are removed. The saved configuration stays.`);
}

/**
 * Takes a tarball's switch back: the old tree in the place of a new one that was never started.
 *
 * Every tree has logs of its own, empty when it is put together, and a start writes into them first: so empty logs, and
 * nothing that runs, prove that the start never began. What began cannot be taken back: it may have migrated the database.
 */
import { readSighting, treeSteps, type TreeSighting, type TreeStep, type TreeSteps } from '../../src/products/ops-manager/tree-steps.ts';
import { stagedPackage } from '../../src/products/linux/keeping.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { OpsManagerActs } from './contract.ts';
import { atWork, outcome, type HostAtWork } from './host-at-work.ts';
import { runAll } from './install-tree.ts';
import { notStopped } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';

export async function takeBackTree(ports: OpsManagerPorts, { host, attempt, package: { sha256 }, version }: Parameters<OpsManagerActs['takeBackTree']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, host), steps = treeSteps({ host, version, sha256, staged: stagedPackage(sha256) });
  const look = async (): Promise<TreeSighting | null> => readSighting(steps, await at.look(steps.look));
  const seen = await look(), { root, before } = steps.places;
  const isBack = (now: TreeSighting | null): boolean => now !== null && !now.switched && (now.inUse === 'folder' || now.inUse === 'link');
  if (seen === null) return outcome(ports, 'unknown', `${host.name}: what is in ${root} and beside it could not be seen.`);
  if (isBack(seen)) return outcome(ports, 'already', `${host.name}: the old tree is in ${root}.`);
  if (attempt.mode === 'look') return outcome(ports, 'failed', `${host.name}: the old tree is in ${before}, not in ${root}.`);
  const why = await whyNotBack(at, steps, seen);
  if (why !== null) return outcome(ports, 'failed', `${host.name}: ${why}`);
  const ended = await runAll(at, attempt, undoOf(steps, seen));
  if (isBack(await look())) return outcome(ports, 'done', `${host.name}: the old tree is back in ${root}; the new one was never started.`);
  return outcome(ports, 'unknown', `${host.name}: the old tree was not seen in ${root} again.`, ended.says, ended.output);
}

async function whyNotBack(at: HostAtWork, { logged, places }: TreeSteps, seen: TreeSighting): Promise<string | null> {
  if (seen.before === 'absent') return `there is no old tree in ${places.before} to take back.`;
  const living = await notStopped(at);
  if (living !== null) return `it is not stopped: ${living.why} The tree was left as it is.`;
  if (!seen.switched) return null;
  const { code, stdout } = await at.look(logged);
  if (code !== 0) return `whether the new tree was started could not be seen in ${places.root}/logs. The tree was left as it is.`;
  return stdout.trim() === '' ? null : `the new tree was started already: there is ${stdout.trim()}. The tree was left as it is.`;
}

/** Between the two renames of a switch only the first is to take back. */
function undoOf({ undo }: TreeSteps, { before, inUse }: TreeSighting): readonly TreeStep[] {
  return before === 'link' ? undo.link : inUse === 'absent' ? undo.folder.slice(-1) : undo.folder;
}

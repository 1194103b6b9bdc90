/**
 * Installs a tarball's tree: unpacked beside while the host still serves, then, on the stopped host, given what the site
 * brought, and put in place of the old tree, which is kept.
 *
 * Every command is a remote job of its own, run once per attempt: an attempt that is repeated walks over them and attaches to
 * what ran. Another attempt goes by what is seen: a switch that stopped between its two renames is finished; a tree into
 * which something was carried before is put together anew, because the site may have changed its files since.
 */
import { stagedPackage } from '../../src/products/linux/keeping.ts';
import { readSighting, readTops, treeSteps, whatIsInTheWay, type TreeSighting, type TreeStep, type TreeSteps } from '../../src/products/ops-manager/tree-steps.ts';
import { typed } from '../../src/upgrade/command.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import { runJob, type HostAtWork, type JobEnd } from './host-at-work.ts';
import type { Installer } from './installer.ts';
import { notStopped } from './processes.ts';
import { lookAtFile, type Target } from './staged-file.ts';

interface Looked { readonly steps: TreeSteps; readonly seen: TreeSighting | null }

export function treeInstaller(at: HostAtWork): Installer {
  const stepsFor = ({ package: { sha256 }, version }: Target): TreeSteps => treeSteps({ host: at.host, version, sha256, staged: stagedPackage(sha256) });
  const look = async (target: Target): Promise<Looked> => {
    const steps = stepsFor(target);
    return { steps, seen: readSighting(steps, await at.look(steps.look)) };
  };
  const whyNot = ({ steps, seen }: Looked): string | null => {
    const why = seen === null ? `what is in ${steps.places.root} and beside it could not be seen.` : whatIsInTheWay(steps, seen);
    return why === null ? null : `${at.host.name}: ${why}`;
  };
  return {
    async lookAtStaged(target) {
      const looked = await look(target), why = whyNot(looked);
      if (why !== null) return { right: false, says: why };
      if (looked.seen?.switched) return { right: true, says: `its tree is in place in ${looked.steps.places.root}` };
      return looked.seen?.work === 'unpacked' ? { right: true, says: `unpacked in ${looked.steps.places.work}` }
        : { right: false, says: `${at.host.name}: ${target.version} is not unpacked in ${looked.steps.places.work} yet.` };
    },
    async prepare(attempt, target) {
      const looked = await look(target);
      if (whyNot(looked) !== null || looked.seen?.switched || !(await lookAtFile(at, target)).right) return null;
      return runAll(at, attempt, looked.steps.unpack);
    },
    async progress(attempt) {
      const states = await Promise.all(Object.values(FIRST).map(async (name) => (await at.session.readJob(attempt, name, { signal: at.signal })).state));
      return states.includes('running') ? 'running' : states.every((state) => state === 'absent') ? 'absent' : 'begun';
    },
    async whyNotInstall(target) {
      const looked = await look(target), why = whyNot(looked);
      if (why !== null || looked.seen?.work === 'unpacked' || looked.seen?.inUse === 'absent') return why;
      const file = await lookAtFile(at, target);
      return file.right ? null : file.says;
    },
    async install(attempt, target) {
      const { steps, seen } = await look(target);
      if (seen === null) return { state: 'lost', output: '', says: `What is in ${steps.places.root} and beside it could not be seen.` };
      if (seen.switched) return { state: 'finished', code: 0, output: '', says: 'The new tree is in place.' };
      const left = await whatIsLeft(at, attempt, steps, seen);
      const ended = await runAll(at, attempt, left.tree);
      const why = ended.code === 0 && left.tree.length > 0 ? await whyNotWhole(at, steps) : null;
      if (ended.code !== 0 || why !== null) return why === null ? ended : { ...ended, code: 1, says: why };
      return await whyNotSwitch(at, attempt, { seen, first: left.switch[0] }) ?? runAll(at, attempt, left.switch);
    },
    async kept(target) {
      const { steps, seen } = await look(target);
      return seen === null ? '' : keptSays(steps, seen);
    },
  };
}

/** The first job of each way into an install: whichever is there, the install was begun. */
const FIRST = { again: 'clear', cleared: 'clear-fresh', carried: 'carry-begin', switching: 'switch-in' } as const;

interface Left { readonly tree: readonly TreeStep[]; readonly switch: readonly TreeStep[] }

async function whatIsLeft(at: HostAtWork, attempt: Attempt, steps: TreeSteps, seen: TreeSighting): Promise<Left> {
  const ran = async (name: string): Promise<boolean> => (await at.session.readJob(attempt, name, { signal: at.signal })).state !== 'absent';
  // Between the two renames: only the second is left.
  if (seen.inUse === 'absent') return { tree: [], switch: steps.switch.folder.slice(-1) };
  const [cleared, again, carried] = await Promise.all([ran(FIRST.cleared), ran(FIRST.again), ran(FIRST.carried)]);
  const begun = cleared || again || carried;
  const tree = [
    ...(cleared || (!begun && seen.inUse === 'link' && seen.fresh === 'ours') ? [steps.clearFresh] : []),
    ...(again || (!carried && seen.work !== 'unpacked') ? steps.unpack : []),
    ...steps.carry(seen.onOtherFileSystem ? 'copy' : 'link'),
  ];
  return { tree, switch: steps.switch[seen.inUse === 'link' ? 'link' : 'folder'] };
}

/**
 * The host was seen stopped before the first job; a restart since, or a person, may have started the old tree again. Half a
 * switch is always finished: nothing can run from a tree that is not there.
 */
async function whyNotSwitch(at: HostAtWork, attempt: Attempt, { seen, first }: { readonly seen: TreeSighting; readonly first: TreeStep | undefined }): Promise<JobEnd | null> {
  if (first === undefined || seen.inUse === 'absent') return null;
  if ((await at.session.readJob(attempt, first.name, { signal: at.signal })).state !== 'absent') return null;
  const living = await notStopped(at);
  return living && { state: living.running === 'yes' ? 'finished' : 'lost', output: '', says: `${at.host.name} is not stopped: ${living.why} Nothing was switched.` };
}

/** Why the new tree must not be put in place: something of the old one is not in it. Null when all is. */
async function whyNotWhole(at: HostAtWork, { tops, places }: TreeSteps): Promise<string | null> {
  const [old, fresh] = await Promise.all([at.look(tops.inUse), at.look(tops.work)]);
  // It was renamed already, by this very attempt.
  if (fresh.code !== 0 && /No such file/.test(fresh.stderr)) return null;
  if (old.code !== 0 || fresh.code !== 0) return `What is in ${places.root} and ${places.work} could not be seen; nothing was switched.`;
  const names = readTops(fresh.stdout).names;
  const missing = readTops(old.stdout).names.filter((name) => !names.includes(name));
  return missing.length === 0 ? null : `${missing.join(', ')} of ${places.root} ${missing.length === 1 ? 'was' : 'were'} not carried over into ${places.work}; nothing was switched.`;
}

/** One after another; the first that does not end well ends it. */
export async function runAll(at: HostAtWork, attempt: Attempt, steps: readonly TreeStep[]): Promise<JobEnd> {
  let ended: JobEnd = { state: 'finished', code: 0, output: '', says: '' };
  for (const { name, command } of steps) {
    ended = await runJob(at, attempt, { name, command });
    if (ended.code !== 0) return { ...ended, says: `${typed(command)}: ${ended.says}` };
  }
  return ended;
}

function keptSays({ places, undo }: TreeSteps, { before, switched }: TreeSighting): string {
  if (!switched || before === 'absent') return '';
  const back = undo[before].map(({ command }) => typed(command)).join(' && ');
  return `The old tree is kept: ${places.before}${before === 'link' ? ' leads to it' : ''}. Until this host is started on the new one, this takes it back: ${back}. Remove it when the upgrade is finished.`;
}

/** Application data of the layout below 6.1.1.5: what is to be moved, and whether all of it has arrived. */
import { dataOf, DATA_ENTRIES } from '../../src/products/urbancode-deploy/layout.ts';
import { parentOf } from '../../src/products/linux/paths.ts';
import { asOwner, listAppData, probeFile, removeProbe, seeProbe, writeProbe } from '../../src/products/urbancode-deploy/commands.ts';
import { quoted, typed } from '../../src/upgrade/command.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { OnInstallation, UrbancodeDeployLooks } from './contract.ts';
import type { Ports } from '../ports.ts';
import { atWork, outcome, type HostAtWork } from './host-at-work.ts';

/** What is still to be done, as it would be typed on the first server: from below its install dir, or from where its links lead. */
export async function lookAtStorage(ports: Ports, { installation }: Parameters<UrbancodeDeployLooks['lookAtStorage']>[0]): Promise<{ readonly evidence: string }> {
  const left = await stillToDo(ports, installation);
  return { evidence: left.length === 0 ? `Nothing of the old layout is left on ${firstServer(installation).name}: all of it is in ${installation.appData}.` : left.join('\n') };
}

/** Proven by the list that was shown: nothing of it is left. And the folder is writable by its user on every host. */
export async function proveStorage(ports: Ports, { installation }: OnInstallation): Promise<StepOutcome> {
  const unwritable = await Promise.all(linuxHosts(installation).map((host) => whyNotWritable(atWork(ports, host), installation.appData)));
  const wrong = [...await stillToDo(ports, installation), ...unwritable.flat()];
  return wrong.length === 0 ? outcome(ports, 'done', `Every entry of the new layout is in ${installation.appData}, on every host, and its user may write there.`) : outcome(ports, 'failed', ...wrong);
}

/** Moves from the old place, which the first server shows; and entries that are in neither, on any host. Empty when all is done. */
async function stillToDo(ports: Ports, installation: UrbancodeDeployInstallation): Promise<readonly string[]> {
  const first = atWork(ports, firstServer(installation)), { root } = dataOf(installation.appData);
  const entries = await Promise.all(DATA_ENTRIES.map(async ({ name, always }) => ({ name, always, ...await oldPlace(first, name, root) })));
  const due = entries.flatMap(({ name, linked, move }) => (move === null ? [] : [{ folder: parentOf(`${root}/${name}`), linked, move }]));
  const arrived = entries.filter(({ always, linked, move }) => move === null && (always || linked)).map(({ name }) => name);
  const missing = await Promise.all(linuxHosts(installation).map((host) => missingOn(atWork(ports, host), installation.appData, arrived)));
  return [...(due.length === 0 ? [] : [`On ${first.host.name}, where ${root} must be the storage that all servers share:`, ...shownMoves(first, due)]), ...missing.flat()];
}

/** Short: ten moves and their paths are all that evidence holds. */
function shownMoves({ host, layout }: HostAtWork, due: readonly { readonly folder: string; readonly linked: boolean; readonly move: string }[]): readonly string[] {
  const links = due.some(({ linked }) => linked) ? [`# links that are left below ${layout.installDir} are not used any more`] : [];
  return [typed(asOwner(host, 'mkdir', '-p', '--', ...new Set(due.map(({ folder }) => folder)))), ...due.map(({ move }) => move), ...links];
}

interface OldPlace {
  /** What is typed to move it; null when nothing of it is there. */
  readonly move: string | null;
  /** A link is left there, so that it was there: it must have arrived. */
  readonly linked: boolean;
}

async function oldPlace({ host, layout, look }: HostAtWork, name: string, root: string): Promise<OldPlace> {
  const from = `${layout.installDir}/${name}`, to = `${root}/${name}`;
  const isThere = async (path: string, what: '-d' | '-dL') => (await look(asOwner(host, 'ls', what, '--', path))).code === 0;
  // A link whose target was moved away leads to nothing.
  if (!await isThere(from, '-dL')) return { move: null, linked: await isThere(from, '-d') };
  const { code, stdout } = await look(asOwner(host, 'readlink', '-f', '--', from));
  const real = stdout.trim(), source = code === 0 && real !== '' ? real : from;
  if (source === to) return { move: null, linked: true };
  const twice = `# ${quoted(to)} is there, too: bring what is only in ${quoted(source)} over, and remove that`;
  return { move: await isThere(to, '-d') ? twice : typed(asOwner(host, 'mv', '-n', '-T', '--', source, to)), linked: source !== from };
}

async function missingOn(at: HostAtWork, appData: string, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const { code, stdout } = await at.look(listAppData(at.host, appData));
  if (code === undefined || stdout.trim() === '') return [`${at.host.name}: ${appData} could not be read by ${at.host.runAs}.`];
  const there = new Set(stdout.split('\n').map((line) => line.slice(2)));
  return names.filter((name) => !there.has(name)).map((name) => `${at.host.name}: ${appData}/${name} is not there.`);
}

/** As in preflight; no job, whose end a retry would take for its own. */
async function whyNotWritable({ host, look }: HostAtWork, appData: string): Promise<readonly string[]> {
  const file = probeFile(appData, host.name);
  const wrote = await look(writeProbe(host, file)), seen = await look(seeProbe(host, file));
  await look(removeProbe(host, file));
  return wrote.code === 0 && seen.code === 0 ? [] : [`${host.name}: ${host.runAs} may not write in ${appData}.`];
}

function linuxHosts({ hosts }: UrbancodeDeployInstallation): readonly UrbancodeDeployHost[] {
  return hosts.filter(({ platform }) => platform === 'linux');
}

function firstServer({ hosts }: UrbancodeDeployInstallation): UrbancodeDeployHost {
  return hosts.find(({ roles, platform }) => roles.includes('server') && platform === 'linux') ?? hosts[0]!;
}

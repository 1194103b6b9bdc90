/**
 * What an upgrade does to a site's own files, told in the report: patches are switched off, keystores must stay, what was
 * customised below opt/tomcat is wiped or replaced by the release's own. Only what was seen to be otherwise is said to be so.
 */
import { checksumKeystores, checksumTomcat, listPatches } from '../../src/products/urbancode-deploy/commands.ts';
import { dataOf } from '../../src/products/urbancode-deploy/layout.ts';
import { checksumsBelow } from '../../src/products/linux/keeping.ts';
import { troubles, type Printed } from '../../src/products/linux/printed.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import type { UrbancodeDeployLooks } from './contract.ts';
import type { Ports } from '../ports.ts';
import { atWork, type HostAtWork } from './host-at-work.ts';

/** Of customised files: they are carried in the workflow's state, and no person puts more back by hand. */
export const MOST_COMPARED = 100;

type Sums = Readonly<Record<string, string>>;
const NOTHING: Printed = { code: 0, stdout: '', stderr: '' };

export async function compareKept(ports: Ports, { host, before, appData }: Parameters<UrbancodeDeployLooks['compareKept']>[0]): Promise<{ readonly says: readonly string[] }> {
  if (host.platform === 'windows') return { says: [] };
  const at = atWork(ports, host), { root } = dataOf(appData), customised = Object.keys(before.customised);
  const [patches, tomcat, keystores] = await Promise.all([
    at.look(listPatches(host, appData)), customised.length === 0 ? NOTHING : at.look(checksumTomcat(host, customised)), at.look(checksumKeystores(host, appData)),
  ]);
  const now = patches.stdout.split('\n'), off = before.patches.filter((name) => !now.includes(name));
  const lost = changes(before.keystores ?? {}, keystores, root), wiped = changes(before.customised, tomcat, at.layout.tomcat);
  const most = customised.length < MOST_COMPARED ? '' : ` (of the first ${MOST_COMPARED}, which were compared)`;
  return {
    says: [
      ...told(lost, `Whether the keystores in ${appData} are as they were`, (all) => `Keystores in ${appData} are not as they were: ${all}. Agents and stored secrets need the old ones: put them back from the backup.`),
      ...told(before.patches.length === 0 || isSeen(patches) ? off : null, `Whether the patches in ${appData} are still in use`, (all) => `Patches that are not in use any more: ${all}; ask whether the new release holds them.`),
      ...told(wiped, `What became of customised files below opt/tomcat on ${host.name}`, (all) => `Below opt/tomcat on ${host.name}, of what was customised${most}: ${all}; put back what is still needed.`),
    ],
  };
}

/** "x is gone", "y is another"; null when that could not be seen. */
function changes(before: Sums, printed: Printed, folder: string): readonly string[] | null {
  if (Object.keys(before).length === 0) return [];
  if (!isSeen(printed)) return null;
  const now = checksumsBelow(folder, printed.stdout);
  return Object.entries(before).filter(([name, sum]) => now[name] !== sum).map(([name]) => (now[name] === undefined ? `${name} is gone` : `${name} is another`));
}

/** That a file is not there is an answer. */
function isSeen({ code, stderr }: Printed): boolean {
  return code !== undefined && troubles(stderr).length === 0;
}

function told(found: readonly string[] | null, unseen: string, says: (all: string) => string): readonly string[] {
  if (found === null) return [`${unseen} could not be seen: look yourself.`];
  return found.length === 0 ? [] : [says(shortened(found))];
}

/** As many as a person reads. */
export function shortened(names: readonly string[]): string {
  return names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
}

/** By their names below the folder of application data, or below the install dir where it is there. */
export async function lookAtKeystores({ look, host }: HostAtWork, folder: string): Promise<NonNullable<ServerFacts['keystores']>> {
  return checksumsBelow(dataOf(folder).root, (await look(checksumKeystores(host, folder))).stdout);
}

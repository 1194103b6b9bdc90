/** What an upgrade does to a site's own files: patches are switched off, keystores must stay, what was customised is wiped. Told in the report. */
import { checksumKeystores, customisedFiles, listPatches } from '../../src/products/urbancode-deploy/commands.ts';
import { dataOf } from '../../src/products/urbancode-deploy/layout.ts';
import { parseChecksums } from '../../src/products/linux/keeping.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import type { UrbancodeDeployLooks } from './contract.ts';
import type { Ports } from '../ports.ts';
import { atWork, type HostAtWork } from './host-at-work.ts';

export async function compareKept(ports: Ports, { host, before, appData }: Parameters<UrbancodeDeployLooks['compareKept']>[0]): Promise<{ readonly says: readonly string[] }> {
  if (host.platform === 'windows') return { says: [] };
  const at = atWork(ports, host);
  const [patches, tomcat, keystores] = await Promise.all([at.look(listPatches(host, appData)), at.look(customisedFiles(host)), lookAtKeystores(at, appData)]);
  const now = patches.stdout.split('\n'), still = tomcat.stdout.split('\n');
  const off = before.patches.filter((name) => !name.endsWith('.off') && !now.includes(name));
  const wiped = before.customised.filter((name) => !still.includes(name));
  const changed = Object.entries(before.keystores ?? {}).filter(([name, sum]) => keystores[name] !== sum).map(([name]) => (keystores[name] === undefined ? `${name} is gone` : `${name} is another`));
  return {
    says: [
      ...(changed.length > 0 ? [`Keystores in ${appData} are not as they were: ${changed.join(', ')}. Agents and stored secrets need the old ones: put them back from the backup.`] : []),
      ...(off.length > 0 ? [`Patches that are not in use any more: ${off.join(', ')}; ask whether the new release holds them.`] : []),
      ...(wiped.length > 0 ? [`Wiped on ${host.name}, below opt/tomcat: ${wiped.join(', ')}; put back what is still needed.`] : []),
    ],
  };
}

/** By their names below the folder of application data, or below the install dir where it is there. */
export async function lookAtKeystores({ look, host }: HostAtWork, folder: string): Promise<NonNullable<ServerFacts['keystores']>> {
  const sums = parseChecksums((await look(checksumKeystores(host, folder))).stdout), { root } = dataOf(folder);
  return Object.fromEntries([...sums].map(([path, sum]) => [path.slice(root.length + 1), sum]));
}

/** What an upgrade does to a site's own files: patches are switched off, what was customised is wiped. Told in the report. */
import { customisedFiles, listPatches } from '../../src/products/urbancode-deploy/commands.ts';
import type { UrbancodeDeployLooks } from './contract.ts';
import type { Ports } from '../ports.ts';
import { atWork } from './host-at-work.ts';

export async function compareKept(ports: Ports, { host, before, appData }: Parameters<UrbancodeDeployLooks['compareKept']>[0]): Promise<{ readonly says: readonly string[] }> {
  if (host.platform === 'windows') return { says: [] };
  const at = atWork(ports, host);
  const [patches, tomcat] = await Promise.all([at.look(listPatches(host, appData)), at.look(customisedFiles(host))]);
  const now = patches.stdout.split('\n'), still = tomcat.stdout.split('\n');
  const off = before.patches.filter((name) => !name.endsWith('.off') && !now.includes(name));
  const wiped = before.customised.filter((name) => !still.includes(name));
  return {
    says: [
      ...(off.length > 0 ? [`Patches that are not in use any more: ${off.join(', ')}; ask whether the new release holds them.`] : []),
      ...(wiped.length > 0 ? [`Wiped on ${host.name}, below opt/tomcat: ${wiped.join(', ')}; put back what is still needed.`] : []),
    ],
  };
}

/** The workflow's input is checked again: anyone can start a workflow with `temporal`. */
import type { OpsManagerInstallation } from '../src/upgrade/installation.ts';
import { BUILT_PLATFORMS, notBuilt } from '../src/products/ops-manager/commands.ts';
import { refused } from './at-work.ts';
import type { OpsManagerPorts } from './ports.ts';

/** The installation with all defaults. Throws `Refused` with every problem, one sentence each. */
export async function checkInstallation(ports: OpsManagerPorts, input: { readonly installation: unknown }): Promise<OpsManagerInstallation> {
  const checked = ports.checkInstallation(input.installation);
  if ('problems' in checked) throw refused(checked.problems.join('\n'));
  const unbuilt = checked.installation.hosts.filter(({ platform }) => !BUILT_PLATFORMS.includes(platform));
  if (unbuilt.length > 0) throw refused(unbuilt.map(({ name, platform }) => notBuilt(name, platform)).join('\n'));
  return checked.installation;
}

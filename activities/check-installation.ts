/** The workflow's input is checked again: anyone can start a workflow with `temporal`. */
import type { Installation } from '../src/upgrade/installation-urbancode.ts';
import { refused } from './at-work.ts';
import type { Ports } from './ports.ts';

/** The installation with all defaults. Throws `Refused` with every problem, one sentence each. */
export async function checkInstallation(ports: Ports, input: { readonly installation: unknown }): Promise<Installation> {
  const checked = ports.checkInstallation(input.installation);
  if ('problems' in checked) throw refused(checked.problems.join('\n'));
  return checked.installation;
}

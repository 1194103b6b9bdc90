/** Windows hosts are guided: the question shows what to type, a person types it, and Lockkeeper proves that it is so. */
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import type { Step } from '../runbook/step.ts';

export function typedByPerson(host: UrbancodeDeployHost, what: string): Pick<Step, 'asks'> {
  if (host.platform !== 'windows') return {};
  return { asks: () => `Please ${what} on ${host.name}, by typing what is shown below. "done-by-hand" has it checked.` };
}

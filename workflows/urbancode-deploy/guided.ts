/** Windows hosts are guided: the question shows what to type, a person types it, and Lockkeeper proves that it is so. */
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import type { Step } from '../runbook/step.ts';

export function isGuided({ platform }: UrbancodeDeployHost): boolean {
  return platform === 'windows';
}

/** @param please what a person is asked for, as a sentence without its full stop. */
export function typedByPerson(host: UrbancodeDeployHost, please: string): Pick<Step, 'asks' | 'byPerson'> {
  return isGuided(host) ? { byPerson: true, asks: () => `${please}, as shown below. "done-by-hand" has it checked.` } : {};
}

/** What is done there, and who does it. */
export function titleOn(host: UrbancodeDeployHost, title: string): string {
  return isGuided(host) ? `${title} (by a person, then proven)` : title;
}

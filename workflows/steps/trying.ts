/** After an abort nobody is asked any more: what can be put in order is, and what cannot is told. */
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { unlocked } from './locks.ts';

/** Does it, or says why it could not be done. */
export async function trying(work: () => Promise<void>): Promise<readonly string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (!(error instanceof AbortUpgrade)) throw error;
    return [`Not everything could be put in order: ${error.message}.`];
  }
}

/** One after another; what one could not do keeps none of the others from being tried. */
export async function tryingEach(works: readonly (() => Promise<void>)[]): Promise<readonly string[]> {
  const troubles: string[] = [];
  for (const work of works) troubles.push(...await trying(work));
  return troubles;
}

export async function tryingToUnlock(upgrade: Upgrade): Promise<readonly string[]> {
  return (await trying(() => unlocked(upgrade))).map((trouble) => `${trouble} Locks may be left; \`lockkeeper doctor\` shows them.`);
}

/** Who aborted, and why; '' when nobody did. */
export function abortedBy({ record }: Upgrade): string {
  const { aborting } = record.state;
  return aborting ? ` (by ${aborting.by}${aborting.reason ? `: ${aborting.reason}` : ''})` : '';
}

/** What state every host is in, as a sentence. */
export function hostStates({ record }: Upgrade): string {
  return `${record.state.hosts.map((host) => `${host.name}: ${host.version ?? 'version not seen'}, ${host.state === 'waiting' ? 'not upgraded' : host.state}`).join('; ')}.`;
}

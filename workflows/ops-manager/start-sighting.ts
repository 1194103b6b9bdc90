/** One look at how the start of a host goes: process, migration, serving. */
import type { StartSighting } from '../../activities/ops-manager/contract.ts';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { look } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';

export async function startSighting({ installation, journal, steps }: Upgrade, host: OpsManagerHost, version: string): Promise<StartSighting> {
  return steps.look({
    step: 'start-sighting', host: host.name, asks: `How the start of ${host.name} goes`,
    look: () => look(`how does the start of ${host.name} go?`).lookAtStart({ host, version, health: installation.policy.health, owner: journal.owner }),
    isSeen: isStartSighting,
  });
}

export function isStartSighting(value: unknown): value is StartSighting {
  return ['process', 'migrating', 'serving', 'evidence'].every((key) => asText(asRecord(value)[key]) !== undefined);
}

/** Agents and agent relays: the upgrade leaves them alone, and tells at the end who did not come back. Nothing waits for them, and nobody is asked. */
import { agentsTold, type AgentSighting } from '../../src/upgrade/agents.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';
import { look } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';

/** A server under load lists ten thousand agents within this, in several attempts. */
const LIMIT = '3m';

/** As they are while all servers serve. */
export async function agentsSeen(upgrade: Upgrade): Promise<void> {
  upgrade.record.state.agentsBefore ??= await sighting(upgrade, { interruptible: true });
}

export async function agentsCompared(upgrade: Upgrade): Promise<void> {
  const { agentsBefore, remarks } = upgrade.record.state;
  remarks.push(...agentsTold(agentsBefore, await sighting(upgrade, { interruptible: false })));
}

async function sighting({ installation, steps }: Upgrade, how: { readonly interruptible: boolean }): Promise<AgentSighting | null> {
  if (!installation.api) return null;
  const seen = await steps.within(LIMIT, () => look('which agents and relays are online?').lookAtAgents({ installation }), how);
  return isSighting(seen) ? seen : null;
}

/** It may have been typed into the UI. */
function isSighting(value: unknown): value is AgentSighting {
  return ['agents', 'relays'].every((kind) => {
    const roll = asRecord(value)[kind];
    const { total, online, away } = asRecord(roll);
    return roll === null || (typeof total === 'number' && typeof online === 'number' && Array.isArray(away) && asArray(away).every((each) => asText(each) !== undefined));
  });
}

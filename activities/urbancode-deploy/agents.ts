/** Agents and agent relays: only looked at. A token that may not see them, an older release or an answer that cannot be read is no reason to stop. */
import { AGENTS_PATH, readRoll, RELAYS_PATH } from '../../src/products/urbancode-deploy/rest.ts';
import type { AgentSighting, Roll } from '../../src/upgrade/agents.ts';
import { isRefusal, isUnreachable } from '../at-work.ts';
import type { Ports } from '../ports.ts';
import { askAnyServer } from './ask-server.ts';
import type { UrbancodeDeployLooks } from './contract.ts';

export async function lookAtAgents(ports: Ports, { installation }: Parameters<UrbancodeDeployLooks['lookAtAgents']>[0]): Promise<AgentSighting> {
  const rollAt = async (path: string): Promise<Roll | null> => {
    try {
      const { status, body } = await askAnyServer(ports, installation, { path });
      return status === 200 ? readRoll(body) : null;
    } catch (error) {
      if (isUnreachable(error) || isRefusal(error)) return null;
      throw error;
    }
  };
  return { agents: await rollAt(AGENTS_PATH), relays: await rollAt(RELAYS_PATH) };
}

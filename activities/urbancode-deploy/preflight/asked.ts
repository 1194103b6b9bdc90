/** Do what the upgrade asks besides the hosts answer as it needs: the API with its token, the count of the database's sessions? */
import type { UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import { NOT_NOW } from '../../../src/upgrade/errors.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { about } from '../../preflight/finding.ts';
import { isRefusal, isUnreachable } from '../../at-work.ts';
import type { Ports } from '../../ports.ts';
import { lookAtSessions } from '../sessions.ts';
import { lookAtWork } from '../work.ts';

export async function checkApi(ports: Ports, installation: UrbancodeDeployInstallation): Promise<readonly Finding[]> {
  const api = about('api');
  if (!installation.api) return [api.warning('The file has no api: a person must see on the Dashboard that no process runs, and what begins after that is not seen.')];
  try {
    const { idle, says } = await lookAtWork(ports, { installation });
    if (idle === 'unknown') return [api.refused(`The servers do not tell what runs: ${says} Give a token whose user may see all processes, or leave out api.`)];
    return [api.ok(idle === 'yes' ? `The token is taken. ${says}` : `The token is taken. What runs now is waited for after the start: ${says}`)];
  } catch (error) {
    if (isRefusal(error)) return [api.refused(error.message)];
    // No server runs: an upgrade that goes on, or one that begins with all of them down.
    if (isUnreachable(error) || (error as { readonly type?: unknown }).type === NOT_NOW) return [api.unknown(`Whether the token is taken cannot be seen: ${(error as Error).message}`)];
    throw error;
  }
}

export async function checkSessions(ports: Ports, installation: UrbancodeDeployInstallation): Promise<readonly Finding[]> {
  const sessions = about('database sessions');
  try {
    const seen = await lookAtSessions(ports, installation);
    if (seen === null) return [];
    return [seen.count === null ? sessions.refused(`${seen.says} Correct database.sessions: its command must print a number and nothing else.`) : sessions.ok(`${seen.says} It must be 0 when every server is down.`)];
  } catch (error) {
    if (!isRefusal(error) && !isUnreachable(error)) throw error;
    return [sessions.refused(error.message)];
  }
}

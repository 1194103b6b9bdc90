import { describe, expect, it } from 'vitest';
import { agentsTold, type Roll } from '../../src/upgrade/agents.ts';

const roll = (total: number, ...away: string[]): Roll => ({ total, online: total - away.length, away });
const UPGRADE = "upgrade them from the servers' own pages.";

describe('a report tells of agents and relays', () => {
  it.each<[string, Roll | null, Roll | null, string]>([
    ['that all are online', roll(2), roll(2), 'Agents: 2 of 2 online.'],
    ['who was online before and is not', roll(3, 'old (OFFLINE)'), roll(3, 'old (OFFLINE)', 'web (OFFLINE)'), 'Agents: 1 of 3 online. Online before and not now, and perhaps still reconnecting: web (OFFLINE).'],
    ['that nobody was lost', roll(3, 'old (OFFLINE)'), roll(3, 'old (ERROR)'), 'Agents: 2 of 3 online; the others were away before, too.'],
    ['who is not online, where it was not seen before', null, roll(2, 'web (OFFLINE)'), 'Agents: 1 of 2 online. Not online now, and perhaps still reconnecting: web (OFFLINE).'],
    ['no more than was seen, where names were cut off', { total: 99, online: 9, away: ['old (OFFLINE)'] }, { total: 99, online: 90, away: ['web (OFFLINE)'] }, 'Agents: 90 of 99 online. Not online now, and perhaps still reconnecting: web (OFFLINE), and 8 more that are not online.'],
  ])('%s', (_, before, after, says) => {
    expect(agentsTold({ agents: before, relays: roll(1) }, { agents: after, relays: roll(1) })).toEqual([says, 'Agent relays: 1 of 1 online.', `Agents and agent relays were not upgraded; ${UPGRADE}`]);
  });

  it('that what could not be seen is a person\'s to look at', () => {
    expect(agentsTold(null, null)).toEqual([`Agents and agent relays were not upgraded, and could not be seen: see that each is online; ${UPGRADE}`]);
    expect(agentsTold(null, { agents: roll(2), relays: null })).toEqual(['Agents: 2 of 2 online.', `Agents and agent relays were not upgraded, and agent relays could not be seen: see that each is online; ${UPGRADE}`]);
  });
});

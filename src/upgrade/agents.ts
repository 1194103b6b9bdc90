/**
 * UrbanCode Deploy's agents and agent relays, as a server lists them before the full stop and at the end. An upgrade does not
 * touch them; what it owes people is the names of those that did not come back.
 */

/** One list. */
export interface Roll {
  readonly total: number;
  readonly online: number;
  /** Who is not online, by name and the product's own word for it: "web-7 (OFFLINE)". At most `TOLD`, in the list's order. */
  readonly away: readonly string[];
}

/** null: the list could not be read. */
export interface AgentSighting { readonly agents: Roll | null; readonly relays: Roll | null }

/** Names in a report and in the upgrade's state; with more, people open the product's own page. */
export const TOLD = 50;

/** Sentences for the report: who is back, and who was online before and is not. */
export function agentsTold(before: AgentSighting | null, after: AgentSighting | null): readonly string[] {
  const told = ([['agents', 'Agents'], ['relays', 'Agent relays']] as const).flatMap(([kind, title]) => {
    const now = after?.[kind];
    return now ? [rollTold(title, before?.[kind] ?? null, now)] : [];
  });
  const unseen = ([['agents', 'agents'], ['relays', 'agent relays']] as const).filter(([kind]) => !after?.[kind]).map(([, title]) => title);
  return [
    ...told,
    `Agents and agent relays were not upgraded${unseen.length > 0 ? `, and ${unseen.length === 1 ? `${unseen[0] ?? ''} ` : ''}could not be seen: see that each is online` : ''}; upgrade them from the servers' own pages.`,
  ];
}

function rollTold(title: string, before: Roll | null, now: Roll): string {
  const counted = `${title}: ${now.online} of ${now.total} online`;
  if (now.away.length === 0) return `${counted}.`;
  const whole = before !== null && before.away.length === before.total - before.online;
  const lost = whole ? now.away.filter((each) => !before.away.some((known) => nameIn(known) === nameIn(each))) : now.away;
  if (lost.length === 0) return `${counted}; the others were away before, too.`;
  const more = now.total - now.online - now.away.length;
  return `${counted}. ${whole ? 'Online before and not now' : 'Not online now'}, and perhaps still reconnecting: ${lost.join(', ')}${more > 0 ? `, and ${more} more that are not online` : ''}.`;
}

function nameIn(shown: string): string {
  return shown.slice(0, shown.lastIndexOf(' ('));
}

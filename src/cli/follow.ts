/**
 * Follows an upgrade until it is closed, and shows each new standing.
 *
 *   1. Look, show, and stop if the caller has seen enough.
 *   2. Wait for the doorbell; where no worker answers, only a few seconds: a worker that comes back rings no bell.
 *   3. Temporal may be away for a while, a restart for example: say so and go on when it is back.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Doorbell } from './doorbell.ts';
import { isUnreachable } from './explain.ts';
import { lookAt, type Standing } from './standing.ts';
import type { Connected } from './temporal.ts';

export interface Follower {
  /** Shows what stands now; true ends the following. */
  readonly show: (standing: Standing) => boolean;
  /** Temporal does not answer, since then. */
  readonly away: (since: Date) => void;
  readonly signal: AbortSignal;
}

const LOOK_AGAIN = { open: 60_000, unanswered: 5_000 } as const; // ms without a ring
const AWAY_AT_MOST = 600_000; // ms: longer than any restart of a server

/** The last standing seen; null when the signal was aborted before there was one. Throws when Temporal stays away. */
export async function follow(temporal: Connected, installation: string, follower: Follower): Promise<Standing | null> {
  const { signal } = follower;
  const bell = new Doorbell(temporal, signal);
  let last: Standing | null = null;
  let awaySince: Date | null = null;
  while (!signal.aborted) {
    try {
      last = await lookAt(temporal.client, installation);
      awaySince = null;
      if (last.kind === 'closed' || follower.show(last)) break;
      await bell.wait(last, LOOK_AGAIN[last.kind]);
    } catch (error) {
      awaySince ??= new Date();
      if (!isUnreachable(error) || Date.now() - awaySince.getTime() > AWAY_AT_MOST) throw error;
      follower.away(awaySince);
      await pause(1_000, undefined, { signal }).catch(() => undefined); // an abort ends the loop
    }
  }
  if (last?.kind === 'closed') follower.show(last);
  return last;
}

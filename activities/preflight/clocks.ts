/** Do all hosts have the same time? Locks, logs and ages are compared between them. */
import { asLogin } from '../../src/upgrade/command.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { about } from './finding.ts';

/** How far a host's clock is ahead of the worker's, in milliseconds, and how sure that is; null when it could not be read. */
export interface ClockSighting {
  readonly host: string;
  readonly ahead: { readonly milliseconds: number; readonly sureTo: number } | null;
}

/** The quickest of three looks tells best: the truth is within half its round trip. */
export async function clockAhead(at: HostAtWork): Promise<ClockSighting['ahead']> {
  let best: ClockSighting['ahead'] = null;
  for (let look = 0; look < 3; look += 1) {
    const before = at.ports.clock.now().getTime();
    const { stdout } = await at.look(asLogin('date', '+%s.%N'));
    const after = at.ports.clock.now().getTime();
    const there = Number(stdout.trim()) * 1_000;
    if (!/^\d+\.\d+$/.test(stdout.trim())) return null;
    const sureTo = (after - before) / 2;
    if (best === null || sureTo < best.sureTo) best = { milliseconds: there - (before + after) / 2, sureTo };
  }
  return best;
}

/** In milliseconds: more than this apart, they would mislead. */
const APART_AT_MOST = 5_000;

export function judgeClocks(seen: readonly ClockSighting[]): Finding {
  const clock = about('clocks');
  const known = seen.flatMap(({ host, ahead }) => ahead ? [{ host, ...ahead }] : []).sort((a, b) => a.milliseconds - b.milliseconds);
  const first = known[0], last = known[known.length - 1];
  if (!first || !last || known.length < seen.length) return clock.unknown(`The time could not be read on ${seen.filter(({ ahead }) => !ahead).map(({ host }) => host).join(', ')}.`);
  const apart = last.milliseconds - first.milliseconds, sureTo = first.sureTo + last.sureTo;
  const seconds = (apart / 1_000).toFixed(1);
  if (apart - sureTo > APART_AT_MOST) return clock.refused(`The clocks of ${first.host} and ${last.host} are ${seconds} s apart, and 5 s are allowed: bring NTP back on the one that is wrong.`);
  if (apart + sureTo > APART_AT_MOST && apart > sureTo) return clock.unknown(`The clocks of ${first.host} and ${last.host} seem ${seconds} s apart, but the connection is too slow to be sure.`);
  return clock.ok(`The clocks are at most ${Math.max(0.1, apart / 1_000).toFixed(1)} s apart.`);
}

/**
 * Watches Ops Manager through the load balancer, as its users reach it: one probe every five seconds, summed up.
 *
 * A probe is answered when health and one unauthenticated read both are 200. A gap is the time between two answered
 * probes beyond the pause between them. The sums ride on the heartbeats, so another worker counts on from them.
 */
import type { WatchSummary } from '../../src/upgrade/view.ts';
import type { HostSession, HttpQuestion } from '../../src/ssh/port.ts';
import { HEALTH_PATH, VERSION_PATH } from '../../src/products/ops-manager/served-version.ts';
import type { OpsManagerLooks } from './contract.ts';
import { entrance } from '../entrance.ts';
import { tlsOf } from '../tls.ts';
import { beat, cancellation, isUnreachable, lastBeat, stoppedByWorkflow } from '../at-work.ts';
import type { OpsManagerPorts } from './ports.ts';

const EVERY = 5_000;

interface Sums extends WatchSummary {
  /** Milliseconds since 1970 of the last answered probe; null before the first. */
  readonly lastAnswer: number | null;
}

/** Adds one probe to the sums. The gap grows while nothing answers, so that a watch that ends in one shows it. */
export function counted(sums: Sums, answered: boolean, at: number): Sums {
  const gap = sums.lastAnswer === null ? 0 : Math.max(0, at - sums.lastAnswer - EVERY);
  return {
    probes: sums.probes + 1,
    answered: sums.answered + (answered ? 1 : 0),
    // A second of slack: a probe's own time is no gap.
    longestGapMs: Math.max(sums.longestGapMs, gap > 1_000 ? gap : 0),
    lastAnswer: answered ? at : sums.lastAnswer ?? at,
  };
}

export async function watchService(ports: OpsManagerPorts, { loadBalancers, through, soFar }: Parameters<OpsManagerLooks['watchService']>[0]): Promise<WatchSummary> {
  const from = entrance(loadBalancers, through);
  let sums = (lastBeat() as Sums | undefined) ?? { ...(soFar ?? { probes: 0, answered: 0, longestGapMs: 0 }), lastAnswer: null };
  if (from === null) return summary(sums);
  const session = ports.hosts.session(from.host);
  // One site, one CA: what the host's certificate is proven by proves the load balancer's.
  const tls = await tlsOf(ports, through);
  // Time without a worker is time in which nobody looked: it is no gap of Ops Manager's.
  sums = { ...sums, lastAnswer: null };
  try {
    for (;;) {
      const answered = await probe(session, from.url, tls);
      sums = counted(sums, answered, ports.clock.now().getTime());
      beat(sums);
      await ports.clock.pause(EVERY, cancellation());
    }
  } catch (error) {
    if (stoppedByWorkflow()) return summary(sums);
    throw error;
  }
}

async function probe(session: HostSession, url: string, tls: HttpQuestion['tls']): Promise<boolean> {
  try {
    for (const path of [HEALTH_PATH, VERSION_PATH]) {
      const { status } = await session.http({ url: new URL(path, url).href, tls, timeoutMs: 4_000, signal: cancellation() });
      if (status !== 200) return false;
    }
    return true;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return false;
  }
}

function summary({ probes, answered, longestGapMs }: Sums): WatchSummary {
  return { probes, answered, longestGapMs };
}

/** Names and sentences that more than one screen shows. */
import type { End } from '../standing.ts';
import type { WatchSummary } from '../../upgrade/view.ts';
import { inWords } from './text.ts';

const PRODUCTS: Readonly<Record<string, string>> = { 'ops-manager': 'Ops Manager', 'urbancode-deploy': 'UrbanCode Deploy' };

export function productName(product: string): string {
  return PRODUCTS[product] ?? product;
}

const ENDS: Readonly<Record<End, string>> = {
  'done': 'done', 'refused': 'refused, nothing was touched', 'aborted': 'aborted', 'failed': 'failed',
  'terminated': 'terminated', 'cancelled': 'cancelled', 'timed-out': 'timed out',
};

export function endInWords(end: End): string {
  return ENDS[end];
}

/** An upgrade stays with the build that began it until a worker of another build has taken it over. */
export const buildGoneWayOut = 'Start a worker of that release, or of a newer one, which takes the upgrade over if its code can carry it on. If neither can be had: terminate it in Temporal; `lockkeeper start` on the same file then goes on from what the hosts show.';

/** What users saw of the upgrade, from the watch through the load balancer. */
export function watchInWords({ probes, answered, longestGapMs }: WatchSummary): string {
  const gap = longestGapMs > 0 ? `, longest gap ${inWords(longestGapMs)}` : '';
  return `Monitoring was reachable in ${answered} of ${probes} probes${gap}.`;
}

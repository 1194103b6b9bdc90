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

/** What users saw of the upgrade, from the watch through the load balancer. */
export function watchInWords({ probes, answered, longestGapMs }: WatchSummary): string {
  const gap = longestGapMs > 0 ? `, longest gap ${inWords(longestGapMs)}` : '';
  return `Monitoring was reachable in ${answered} of ${probes} probes${gap}.`;
}

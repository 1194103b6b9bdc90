/** Where users come in. */
import type { LoadBalancer, Reachable } from '../src/upgrade/installation.ts';

/** Where it is asked: through the balancer's own host where there is one, so that a closed network is no obstacle. */
export function entrance(balancers: readonly LoadBalancer[], through: Reachable): { readonly url: string; readonly host: Reachable } | null {
  for (const balancer of balancers) {
    if ('haproxy' in balancer && balancer.haproxy.url) return { url: balancer.haproxy.url, host: balancer.haproxy.host };
    if ('commands' in balancer && balancer.commands.url) return { url: balancer.commands.url, host: balancer.commands.host };
    if (('confirm' in balancer || 'health' in balancer) && balancer.url) return { url: balancer.url, host: through };
  }
  return null;
}

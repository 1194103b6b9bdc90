/** Lines of a plan that are the same for every product: a site's own commands, load balancers. */
import type { LoadBalancer, OpsManagerHost } from '../../upgrade/installation.ts';
import type { HostPlan } from '../../upgrade/plan.ts';
import { setState, typedRequest } from '../haproxy/runtime.ts';

type Typed = HostPlan['commands'][number];

/** The site's own commands; they hold for as long as the upgrade works on anything of the host. */
export function quiescing({ quiesce }: Pick<OpsManagerHost, 'quiesce'>, when: 'before' | 'after'): readonly Typed[] {
  const line = quiesce?.[when];
  return line === undefined ? [] : [{ step: when === 'before' ? 'quiesce the host' : 'end its quiescence', typed: line }];
}

export function balancing(host: { readonly name: string }, balancers: readonly LoadBalancer[], state: 'drain' | 'ready'): readonly Typed[] {
  const step = state === 'drain' ? 'drain from the load balancer' : 'put back in the load balancer';
  return balancers.flatMap((balancer): readonly Typed[] => {
    if ('haproxy' in balancer) {
      const server = balancer.haproxy.servers[host.name];
      return server === undefined ? [] : [{ step: `${step} (on ${balancer.haproxy.host.name})`, typed: typedRequest(balancer.haproxy, setState(balancer.haproxy.backend, server, state)) }];
    }
    if ('commands' in balancer) return [{ step: `${step} (on ${balancer.commands.host.name})`, typed: `${balancer.commands[state]} ${host.name}` }];
    return 'confirm' in balancer ? [{ step, typed: `(a person) ${balancer.confirm}` }] : [];
  });
}

/** Do the load balancers and the installation file know the same hosts, and does each take requests? */
import type { HaproxyLoadBalancer, LoadBalancer, Reachable } from '../../src/upgrade/installation.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import { takesRequests } from '../../src/products/haproxy/runtime.ts';
import { isRefusal, isUnreachable } from '../at-work.ts';
import { haproxyServers, lookAtBalancers } from '../load-balancer.ts';
import type { Ports } from '../ports.ts';
import { about } from './finding.ts';

const balancing = about('load balancer');

/** `serving`: the hosts that users are sent to. */
export async function checkBalancers(ports: Ports, loadBalancers: readonly LoadBalancer[], serving: readonly Reachable[]): Promise<readonly Finding[]> {
  const checked = await Promise.all(loadBalancers.map(async (balancer): Promise<readonly Finding[]> => {
    try {
      return await checkOne(ports, serving, balancer);
    } catch (error) {
      if (!isRefusal(error) && !isUnreachable(error)) throw error;
      return [balancing.refused(`The load balancer cannot be asked: ${error.message}`)];
    }
  }));
  return checked.flat();
}

async function checkOne(ports: Ports, serving: readonly Reachable[], balancer: LoadBalancer): Promise<readonly Finding[]> {
  if ('haproxy' in balancer) return checkHaproxy(ports, serving, balancer);
  if ('confirm' in balancer) return [balancing.ok(`A person takes hosts out and puts them back: ${balancer.confirm}`)];
  if ('health' in balancer) return [balancing.ok(`It drops unhealthy hosts by itself: ${balancer.health}`)];
  if ('none' in balancer) return [balancing.warning(`There is none: ${balancer.none}. While a host is down, those who use it see that.`)];
  const states = await Promise.all(serving.map(async ({ name }) => ({ name, seen: (await lookAtBalancers(ports, [balancer], name))[0] })));
  return states.map(({ name, seen }) => {
    const on = about('load balancer', name);
    if (seen?.in === 'yes') return on.ok(seen.says);
    return seen?.in === 'no' ? on.warning(`${name} gets no requests: ${seen.says}`) : on.refused(`The state of ${name} cannot be seen; the command must print "in" or "out". ${seen?.says ?? ''}`);
  });
}

async function checkHaproxy(ports: Ports, serving: readonly Reachable[], balancer: HaproxyLoadBalancer): Promise<readonly Finding[]> {
  const { backend, servers, host, socket } = balancer.haproxy;
  const seen = await haproxyServers(ports, balancer);
  if (seen === null) return [balancing.refused(`HAProxy on ${host.name} does not answer "show stat" on ${socket}: check that the socket is there, that socat is installed and that the user may use it.`)];
  if (seen.length === 0) return [balancing.refused(`HAProxy on ${host.name} has no backend ${backend}: correct haproxy.backend.`)];
  const known = new Set(Object.values(servers));
  const strangers = seen.filter(({ server }) => !known.has(server))
    .map(({ server }) => balancing.refused(`HAProxy's backend ${backend} has a server ${server} that the installation file does not know: add its host to the file, or take it out of the backend. What nobody upgrades must not serve beside the others.`));
  const mine = serving.map(({ name }) => {
    const on = about('load balancer', name), server = servers[name];
    if (server === undefined) return on.refused(`${name} serves users, but haproxy.servers names no server for it.`);
    const found = seen.find((each) => each.server === server);
    if (!found) return on.refused(`HAProxy's backend ${backend} has no server ${server}, which the file gives for ${name}.`);
    return takesRequests(found) === 'yes' ? on.ok(`${backend}/${server} is ${found.status}.`) : on.warning(`${backend}/${server} is ${found.status}: ${name} gets no requests now.`);
  });
  return [...strangers, ...mine];
}

/**
 * Takes a host out of the load balancers and puts it back, and reads the state back: what a balancer answers to a change
 * proves nothing. Where a person, or the balancer's own health check, does it, nothing is done here and that is said.
 */
import { asLogin } from '../src/upgrade/command.ts';
import type { CommandLoadBalancer, HaproxyLoadBalancer, LoadBalancer, Reachable } from '../src/upgrade/installation.ts';
import type { Attempt, Outcome, Seen, StepOutcome } from '../src/upgrade/outcome.ts';
import { isHeld, parseStatistics, setState, SHOW_STATISTICS, socket, takesRequests, type ServerStatistics } from '../src/products/haproxy/runtime.ts';
import type { OnLoadBalancer } from './contract.ts';
import { cancellation, refused } from './at-work.ts';
import { isOurs } from './lock.ts';
import { outcome, until } from './host-at-work.ts';
import type { Ports } from './ports.ts';

/** A host as one balancer sees it. `in`: it gets new requests. `held`: it stays out even when it becomes healthy. */
export interface Balanced { readonly in: Seen; readonly held: boolean; readonly sessions: number; readonly says: string }

interface Balancer {
  look(): Promise<Balanced>;
  set(state: 'drain' | 'ready'): Promise<void>;
}

/** The balancer's servers, whether the file knows them or not; null when its answer cannot be read. */
export async function haproxyServers(ports: Ports, { haproxy }: HaproxyLoadBalancer): Promise<readonly ServerStatistics[] | null> {
  const { stdout } = await ports.hosts.session(haproxy.host).run(socket(haproxy), { stdin: `${SHOW_STATISTICS}\n`, signal: cancellation() });
  return parseStatistics(stdout, haproxy.backend);
}

function haproxyBalancer(ports: Ports, balancer: HaproxyLoadBalancer, host: string): Balancer | null {
  const { haproxy } = balancer;
  const name = haproxy.servers[host];
  if (name === undefined) return null;
  const where = `${haproxy.backend}/${name} on ${haproxy.host.name}`;
  return {
    async look() {
      const server = (await haproxyServers(ports, balancer))?.find((each) => each.server === name);
      if (!server) return { in: 'unknown', held: false, sessions: 0, says: `${where} could not be seen.` };
      return { in: takesRequests(server), held: isHeld(server), sessions: server.sessions, says: `${where} is ${server.status} with ${server.sessions} sessions.` };
    },
    async set(state) {
      await ports.hosts.session(haproxy.host).run(socket(haproxy), { stdin: `${setState(haproxy.backend, name, state)}\n`, signal: cancellation() });
    },
  };
}

function commandBalancer(ports: Ports, { commands }: CommandLoadBalancer, host: string): Balancer {
  // The site's own text, as the file has it; the host's name goes in as an argument, never into the text.
  const run = (text: string) => ports.hosts.session(commands.host).run(asLogin('sh', '-c', `${text} "$1"`, 'lockkeeper', host), { signal: cancellation(), timeoutMs: 60_000 });
  return {
    async look() {
      const { code, stdout } = await run(commands.state);
      const word = stdout.trim();
      return { in: code === 0 && word === 'in' ? 'yes' : code === 0 && word === 'out' ? 'no' : 'unknown', held: word === 'out', sessions: 0, says: `${commands.state} ${host} on ${commands.host.name} says "${word.slice(0, 80)}".` };
    },
    async set(state) {
      await run(commands[state]);
    },
  };
}

function balancerOf(ports: Ports, balancer: LoadBalancer, host: string): Balancer | string {
  if ('haproxy' in balancer) return haproxyBalancer(ports, balancer, host) ?? `${host} is not behind ${balancer.haproxy.backend} on ${balancer.haproxy.host.name}.`;
  if ('commands' in balancer) return commandBalancer(ports, balancer, host);
  if ('confirm' in balancer) return `Nothing was done: a person does it (${balancer.confirm}).`;
  return 'health' in balancer ? `Nothing was done: the load balancer does it by itself (${balancer.health}).` : `There is no load balancer: ${balancer.none}.`;
}

/** The host in every balancer that can be asked. */
export async function lookAtBalancers(ports: Ports, balancers: readonly LoadBalancer[], host: string): Promise<readonly Balanced[]> {
  const asked = balancers.map((balancer) => balancerOf(ports, balancer, host));
  return Promise.all(asked.flatMap((balancer) => typeof balancer === 'string' ? [] : [balancer.look()]));
}

// Agents ask every few seconds, people's pages are small, and both are answered at once: what lasts longer is not worth waiting for.
const DRAINED_WITHIN = 30_000;
// HAProxy takes a server back after `rise` good checks, with its defaults 2 of them 2 s apart; sites stretch that.
const BACK_WITHIN = 60_000;

/** Out of every balancer, and its sessions over or waited for. */
export async function drain(ports: Ports, input: OnLoadBalancer): Promise<StepOutcome> {
  return change(ports, input, 'drain');
}

/** In every balancer, seen to take requests again. */
export async function putBack(ports: Ports, input: OnLoadBalancer): Promise<StepOutcome> {
  return change(ports, input, 'ready');
}

async function change(ports: Ports, { host, attempt, loadBalancers, lockedOn = host }: OnLoadBalancer, state: 'drain' | 'ready'): Promise<StepOutcome> {
  const results: { readonly is: Outcome; readonly says: string }[] = [];
  for (const each of loadBalancers) {
    const balancer = balancerOf(ports, each, host.name);
    results.push(typeof balancer === 'string' ? { is: 'already', says: balancer } : await changeOne(ports, { host, attempt, balancer, state, lockedOn }));
  }
  const worst = (['failed', 'unknown', 'done'] as const).find((is) => results.some((result) => result.is === is)) ?? 'already';
  return outcome(ports, worst, ...results.map(({ says }) => says));
}

interface Change { readonly lockedOn: Reachable; readonly host: OnLoadBalancer['host']; readonly attempt: Attempt; readonly balancer: Balancer; readonly state: 'drain' | 'ready' }

async function changeOne(ports: Ports, { host, attempt, balancer, state, lockedOn }: Change): Promise<{ readonly is: Outcome; readonly says: string }> {
  const goal = state === 'drain' ? 'no' : 'yes';
  const over = (seen: Balanced): boolean => seen.in === goal && (state === 'ready' || seen.sessions === 0);
  const before = await balancer.look();
  // A server that is merely down would come back by itself with the next start, before anybody has looked at it.
  const rightBefore = state === 'ready' ? before.in === goal : before.in === goal && before.held;
  if (rightBefore && over(before)) return { is: 'already', says: before.says };
  if (attempt.mode === 'look') return { is: before.in === goal ? 'already' : before.in === 'unknown' ? 'unknown' : 'failed', says: before.says };
  // The balancer's host holds no lock of ours, so the upgraded host's is asked: an attempt that slept must not act.
  const lock = await ports.hosts.session(lockedOn).readLock({ signal: cancellation() });
  if (!isOurs(lock, attempt.owner, ports) || (lock?.stepNumber ?? 0) > attempt.stepNumber) throw refused(`${host.name} is not locked by this upgrade at this step any more: the load balancer was left alone.`);
  if (!rightBefore) await balancer.set(state);
  const pause = (milliseconds: number) => ports.clock.pause(milliseconds, cancellation());
  const after = await until({ pause }, () => balancer.look(), over, state === 'drain' ? DRAINED_WITHIN : BACK_WITHIN);
  if (after.in !== goal) return { is: after.in === 'unknown' ? 'unknown' : 'failed', says: after.says };
  return { is: 'done', says: over(after) ? after.says : `${after.says} Waited ${DRAINED_WITHIN / 1_000} s for them.` };
}

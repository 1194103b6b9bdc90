/** Rules about reaching hosts: somebody to log in as, and a host key that is known beforehand. */
import type { Draft, DraftReachable, DraftSsh } from './draft.ts';
import type { Path, Problem } from './problems.ts';

/** For every host, load balancer's host and jump host. What all hosts lack is said once, where it is best added. */
export function everyHostIsTrusted({ hosts, loadBalancers }: Draft): readonly Problem[] {
  const others = loadBalancers.flatMap(({ host }) => host ?? []).filter(({ name }) => !hosts.some((one) => one.name === name));
  const doors = [...hosts.map(({ name = 'this host', ssh, path }) => ({ name, ssh, path })), ...others];
  const allDoors = [...doors, ...doors.flatMap(behind)];
  return [
    ...lacking(allDoors, 'user', 'nothing says which user logs in on'),
    ...lacking(allDoors, 'knownHostsFile', 'a host key is never trusted blindly; give knownHostsFile, or hostKey, for'),
    ...doors.flatMap(throughItself),
    ...allDoors.flatMap(({ ssh: { twoWays } }) => (twoWays === undefined ? [] : [{ path: [...twoWays, 'proxyCommand'], says: 'stands beside jumpHost, but one way leads to a host; keep one, or give proxyCommand to the jump host itself' }])),
    ...loadBalancers.flatMap(({ host }) => (host === undefined ? [] : namesTheSameMachine(host, hosts))),
  ];
}

interface Door { readonly name: string; readonly ssh: DraftSsh; readonly path: Path }

/** The jump hosts that lead there. */
function behind({ ssh: { jumpHost } }: Door): readonly Door[] {
  return jumpHost === undefined ? [] : [jumpHost, ...behind(jumpHost)];
}

function throughItself(door: Door): readonly Problem[] {
  if (!behind(door).some(({ name }) => name === door.name)) return [];
  return [{ path: [...door.path, 'ssh', 'jumpHost'], says: `${door.name} would be reached through itself; name jumpHost only where it is needed, in the ssh of the other hosts` }];
}

function lacking(doors: readonly Door[], key: 'user' | 'knownHostsFile', why: string): readonly Problem[] {
  const lack = doors.filter(({ ssh }) => ssh[key] === undefined && (key === 'user' || (ssh.hostKey === undefined && ssh.configFile === undefined)));
  if (lack.length > 1 && lack.length === doors.length) return [{ path: ['ssh', key], says: `is missing: ${why} ${lack.map(({ name }) => name).join(', ')}` }];
  return lack.map(({ name, path }) => ({ path: [...path, 'ssh', key], says: `is missing: ${why} ${name}, here or for all hosts under ssh` }));
}

/** One pinned key for all would trust each host to be any other. */
export function keysBelongToOneHost({ ssh }: Draft): readonly Problem[] {
  return ['hostKey', 'hostKeyAlias'].filter((key) => ssh[key] !== undefined).map((key) => ({
    path: ['ssh', key],
    aboutKey: true,
    says: 'belongs to one host; move it to the ssh of that host',
  }));
}

/** A load balancer on one of the hosts is that host: its address stands there. */
function namesTheSameMachine({ name, address, path }: DraftReachable, hosts: Draft['hosts']): readonly Problem[] {
  const host = hosts.find((one) => one.name === name);
  if (host === undefined || address === undefined || address === host.address) return [];
  return [{
    path: [...path, 'address'],
    says: `found ${address}, but ${name} in hosts has the address ${host.address ?? 'missing'}; leave it out, or choose a name that no host has`,
  }];
}

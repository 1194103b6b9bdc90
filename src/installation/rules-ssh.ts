/** Rules about reaching hosts: somebody to log in as, and a host key that is known beforehand. */
import type { Draft, DraftReachable, DraftSsh } from './draft.ts';
import type { Path, Problem } from './problems.ts';

/** For every host, load balancer's host and jump host. */
export function everyHostIsTrusted({ hosts, loadBalancers }: Draft): readonly Problem[] {
  const others = loadBalancers.flatMap(({ host }) => host ?? []).filter(({ name }) => !hosts.some((one) => one.name === name));
  return [
    ...hosts.flatMap((host) => trustProblems(host.name ?? 'this host', host.ssh, host.path)),
    ...others.flatMap(reachableProblems),
    ...loadBalancers.flatMap(({ host }) => (host === undefined ? [] : namesTheSameMachine(host, hosts))),
  ];
}

/** One pinned key for all would trust each host to be any other. */
export function keysBelongToOneHost({ ssh }: Draft): readonly Problem[] {
  return ['hostKey', 'hostKeyAlias'].filter((key) => ssh[key] !== undefined).map((key) => ({
    path: ['ssh', key],
    aboutKey: true,
    says: 'belongs to one host; move it to the ssh of that host',
  }));
}

function reachableProblems({ name, ssh, path }: DraftReachable): readonly Problem[] {
  return trustProblems(name, ssh, path);
}

function trustProblems(name: string, ssh: DraftSsh, path: Path): readonly Problem[] {
  const noUser = ssh.user !== undefined ? [] : [{
    path: [...path, 'ssh', 'user'],
    says: `is missing: ${name} has no user to log in as; say it for all hosts under ssh.user, or here`,
  }];
  const noKey = ssh.hostKey !== undefined || ssh.knownHostsFile !== undefined ? [] : [{
    path: [...path, 'ssh', 'knownHostsFile'],
    says: `is missing: nothing says which host key of ${name} is right, and no key is trusted blindly; give knownHostsFile for all hosts under ssh, or hostKey here`,
  }];
  return [...noUser, ...noKey, ...(ssh.jumpHost === undefined ? [] : reachableProblems(ssh.jumpHost))];
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

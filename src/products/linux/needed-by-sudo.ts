/** What an upgrade runs by sudo, in the form in which preflight asks sudo about it and `lockkeeper sudoers` prints it. */
import type { Command } from '../../upgrade/command.ts';
import type { LoadBalancer, Reachable } from '../../upgrade/installation.ts';
import { socket } from '../haproxy/runtime.ts';

export interface RootCommand {
  readonly step: string;
  readonly command: Command;
  /** Needed only on hosts that have this file. */
  readonly ifThere?: string | undefined;
}

export interface NeededOnHost { readonly host: Reachable; readonly commands: readonly RootCommand[] }

export function forStep(step: string, commands: readonly Command[]): readonly RootCommand[] {
  return commands.map((command) => ({ step, command }));
}

/** These hosts, and then those of load balancers, which may be among them. */
export function withLoadBalancers(hosts: readonly NeededOnHost[], balancers: readonly LoadBalancer[]): readonly NeededOnHost[] {
  const others = balancers.flatMap((each): readonly NeededOnHost[] => 'haproxy' in each && each.haproxy.sudo
    ? [{ host: each.haproxy.host, commands: forStep('drain hosts in HAProxy, put them back', [socket(each.haproxy)]) }] : []);
  return [...hosts, ...others].reduce<readonly NeededOnHost[]>((merged, each) => {
    const known = merged.find(({ host }) => host.name === each.host.name && host.ssh.user === each.host.ssh.user);
    return known === undefined ? [...merged, each] : merged.map((other) => other === known ? { ...known, commands: [...known.commands, ...each.commands] } : other);
  }, []);
}

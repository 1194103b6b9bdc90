/** `loadBalancers`: how hosts are taken out of service and put back. */
import { z } from 'zod';
import type { LoadBalancer, Reachable } from '../upgrade/installation.ts';
import { listOf, section } from './section.ts';
import { completeReachable, inLongForm, reachable } from './ssh.ts';
import type { ReachableInFile, SshInFile } from './ssh.ts';
import { command, hostPath, name, textLike, url, words, yesOrNo } from './values.ts';

const haproxyName = textLike(/^[A-Za-z0-9_.:-]{1,255}$/, 'a name of letters, digits and _ . : - as HAProxy allows');

const haproxy = section({
  host: reachable,
  socket: hostPath,
  backend: haproxyName,
  servers: z.record(name, haproxyName, { error: 'a mapping from host names of this file to server names in HAProxy' }),
  url: url.optional(),
  // The admin socket belongs to root or to haproxy unless a site changed it.
  sudo: yesOrNo.default(true),
});

const commands = section({ host: reachable, drain: command, ready: command, state: command, url: url.optional() });

const kinds = 'exactly one of haproxy, commands, confirm, health, none (with the reason)';

export const loadBalancers = listOf(z.union([
  section({ haproxy }),
  section({ commands }),
  section({ confirm: words, url: url.optional() }),
  section({ health: words, url: url.optional() }),
  section({ none: words }),
], { error: kinds }).meta({ id: 'loadBalancer' }), `a list of at least one load balancer, each ${kinds}`);

export function completeLoadBalancers(
  written: z.output<typeof loadBalancers>, base: SshInFile, hosts: readonly Reachable[],
): readonly LoadBalancer[] {
  // A load balancer on one of the hosts is reached as that host is.
  const complete = (itsHost: ReachableInFile) =>
    completeReachable(itsHost, hosts.find((host) => host.name === inLongForm(itsHost).name)?.ssh ?? base, hosts);
  return written.map((one) => {
    if ('haproxy' in one) return { haproxy: { ...one.haproxy, host: complete(one.haproxy.host) } };
    if ('commands' in one) return { commands: { ...one.commands, host: complete(one.commands.host) } };
    return one;
  });
}

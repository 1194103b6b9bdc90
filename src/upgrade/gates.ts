/** The gates that an installation file implies: what a person may approve, in the order in which they open. */
import type { Installation, UrbancodeDeployInstallation } from './installation-urbancode.ts';
import { applicationHosts, daemonOnlyHosts, type OpsManagerInstallation } from './installation.ts';

/**
 * All gates that may open. Which application host goes first is decided by preflight (an unhealthy one goes first), so
 * with `each-host` every host has a gate here; the first host's is never asked for.
 */
function gatesOfOpsManager(installation: OpsManagerInstallation): readonly string[] {
  const approve = new Set(installation.policy.approve);
  const hosts = [...applicationHosts(installation), ...daemonOnlyHosts(installation)];
  return [
    ...(approve.has('start') ? ['start'] : []),
    ...(approve.has('first-host') ? ['first-host'] : []),
    ...(approve.has('each-host') ? hosts.map((host) => `host:${host.name}`) : []),
    ...(approve.has('finish') ? ['finish'] : []),
  ];
}

/** The first server has the gate `first-installer`: no other of its own. */
function gatesOfUrbancodeDeploy({ hosts, policy }: UrbancodeDeployInstallation): readonly string[] {
  const approve = new Set(policy.approve);
  return [
    ...(['start', 'storage', 'first-installer'] as const).filter((gate) => approve.has(gate)),
    ...(approve.has('each-host') ? hosts.map((host) => `host:${host.name}`) : []),
    ...(approve.has('finish') ? ['finish'] : []),
  ];
}

export function gatesOf(installation: Installation): readonly string[] {
  return installation.product === 'ops-manager' ? gatesOfOpsManager(installation) : gatesOfUrbancodeDeploy(installation);
}

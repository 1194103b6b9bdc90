/** Which server is upgraded first, which follow, and who must be down meanwhile. Pure: it only reads what preflight saw. */
import type { UrbancodeDeployHost, UrbancodeDeployRole } from '../../src/upgrade/installation-urbancode.ts';
import { factsOf, type Upgrade } from './upgrade.ts';

export interface Order {
  /** The server whose installer changes the database; none when an earlier run has done that. */
  readonly first: UrbancodeDeployHost | undefined;
  readonly others: readonly UrbancodeDeployHost[];
}

const ROLES: readonly UrbancodeDeployRole[] = ['server', 'front-end', 'standby'];

/** Servers in the file's order, then front-ends, then standbys; of a continued upgrade first what only has to be started. */
export function orderOf(upgrade: Upgrade): Order {
  const unfinished = ROLES.flatMap((role) => upgrade.installation.hosts.filter((host) => host.roles.includes(role))).filter((host) => factsOf(upgrade, host)?.finished !== true);
  if (isContinued(upgrade)) {
    const installed = unfinished.filter((host) => isOnTarget(upgrade, host));
    return { first: undefined, others: [...installed, ...unfinished.filter((host) => !installed.includes(host))] };
  }
  const [first, ...others] = unfinished;
  return { first, others };
}

/** One node's mark is the target's: the database is, too. */
export function isContinued(upgrade: Upgrade): boolean {
  return upgrade.installation.hosts.some((host) => isOnTarget(upgrade, host));
}

export function isOnTarget(upgrade: Upgrade, host: UrbancodeDeployHost): boolean {
  return factsOf(upgrade, host)?.installed === upgrade.installation.target.version;
}

/** Hosts that still have the old version: none of them may live once the first installer has begun. */
export function oldHosts(upgrade: Upgrade): readonly UrbancodeDeployHost[] {
  const { installation, journal } = upgrade;
  return installation.hosts.filter((host) => !isOnTarget(upgrade, host) && !journal.isDone(`install:${host.name}`));
}

/** Who is upgraded, in which order, and who is left alone because it is finished. Pure: it only reads preflight's plan. */
import { applicationHosts, daemonOnlyHosts, type OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Upgrade } from './upgrade.ts';

export interface Roll {
  /** The host that begins Upgrade Mode; none when an earlier run upgraded it. */
  readonly first: OpsManagerHost | undefined;
  readonly others: readonly OpsManagerHost[];
  readonly daemonHosts: readonly OpsManagerHost[];
}

/** The plan's order: unhealthy hosts first, so that a host that is down already is the one that is worked on. */
export function hostsToUpgrade({ installation, record }: Upgrade): Roll {
  const planned = record.state.plan?.hosts ?? [];
  const unfinished = (hosts: readonly OpsManagerHost[]) => planned.flatMap((plan) => {
    const host = plan.finished ? undefined : hosts.find((each) => each.name === plan.name);
    return host ? [host] : [];
  });
  const application = unfinished(applicationHosts(installation));
  const nobodyFinished = application.length === applicationHosts(installation).length;
  return {
    first: nobodyFinished ? application[0] : undefined,
    others: nobodyFinished ? application.slice(1) : application,
    daemonHosts: unfinished(daemonOnlyHosts(installation)),
  };
}

/** Hosts whose daemon ran when the upgrade began, or must have before an earlier run stopped it. */
export function daemonsThatRan({ installation, record }: Upgrade): readonly string[] {
  const { facts, findings } = record.state;
  const continued = facts.some((host) => host.finished || host.installed === installation.target.version) || findings.some((finding) => finding.subject === 'lock' && finding.verdict === 'warning');
  return facts
    .filter(({ daemon }) => daemon.running === 'yes' || (continued && daemon.running === 'no' && daemon.enabledAtBoot === 'yes'))
    .map((host) => host.name);
}

/** What was on the host's disk when preflight looked. */
export function installedBefore({ record }: Upgrade, { name }: OpsManagerHost): string | undefined {
  return record.state.facts.find((facts) => facts.name === name)?.installed;
}

/** The version that an abort brings back; none where it was not seen, or where an earlier run had put the target in its place. */
export function oldVersion(upgrade: Upgrade, host: OpsManagerHost): string | undefined {
  const installed = installedBefore(upgrade, host);
  return installed === upgrade.installation.target.version ? undefined : installed;
}

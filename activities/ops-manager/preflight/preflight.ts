/**
 * Preflight: a look at everything before anything is touched.
 *
 *   1. The package on the worker: there, whole, the right one.
 *   2. Every host, side by side: reached, allowed, seen (`host.ts`).
 *   3. What must be the same on all hosts: gen.key, Application Database, time.
 *   4. The versions, and whether they may become the target.
 *   5. The load balancers, the settings of Backup Daemons where an API key is given, the Application Database itself.
 *
 * It changes nothing but the canary job's folder. Every finding is one sentence; what could not be seen is a finding too.
 */
import { judgeDatabase } from '../../../src/products/ops-manager/application-database.ts';
import { planUpgrade } from '../../../src/products/ops-manager/plan.ts';
import { applicationHosts, type OpsManagerInstallation } from '../../../src/upgrade/installation.ts';
import type { Finding, HostFacts, Preflight } from '../../../src/upgrade/plan.ts';
import type { OpsManagerLooks } from '../contract.ts';
import { cancellation, isRefusal } from '../../at-work.ts';
import type { OpsManagerPorts } from '../ports.ts';
import { checkBackupJobs } from './backup-jobs.ts';
import { checkBalancers } from '../../preflight/balancers.ts';
import { judgeClocks } from '../../preflight/clocks.ts';
import { about } from '../../preflight/finding.ts';
import { lookAtHost } from './host.ts';
import { judgeDatabases, judgeKeys } from './same-everywhere.ts';
import { checkTargets } from './target.ts';
import { judgeVersions } from './versions.ts';

export async function preflight(ports: OpsManagerPorts, { installation, owner, attempt }: Parameters<OpsManagerLooks['preflight']>[0]): Promise<Preflight> {
  const target = await checkTargets(ports, installation);
  const [reports, balancers, backupJobs, database] = await Promise.all([
    Promise.all(installation.hosts.map((host) => lookAtHost(ports, { installation, host, owner, attempt, uploadBytes: target.bytes.get(host.platform) ?? 0 }))),
    checkBalancers(ports, installation.loadBalancers, applicationHosts(installation)),
    checkBackupJobs(ports, installation),
    checkDatabase(ports, installation),
  ]);
  const facts = reports.map((report) => report.facts);
  const shared = reports.flatMap((report) => report.shared ?? []);
  const everySeen = shared.length === reports.length;
  const findings = [
    ...target.findings,
    ...reports.flatMap((report) => report.findings),
    ...(shared.length > 0 ? [...judgeKeys(shared), ...judgeDatabases(shared, database.uri), judgeClocks(shared)] : []),
    // Versions of hosts that could not be looked at would only repeat why not.
    ...(everySeen ? judgeVersions({ facts, target: installation.target.version, newerThanKnown: installation.target.newerThanKnown, begunBefore: reports.some(({ begunBefore }) => begunBefore) }) : []),
    ...checkServingTogether(facts),
    ...balancers,
    ...backupJobs,
    ...database.findings,
  ];
  return { findings, hosts: facts, plan: planUpgrade({ installation, facts, firstExecutionRunId: owner.firstExecutionRunId }) };
}

/** One host down is the most that an upgrade works with: it goes first. */
function checkServingTogether(facts: readonly HostFacts[]): readonly Finding[] {
  const down = facts.filter(({ roles, healthy }) => roles.includes('application') && !healthy).map(({ name }) => name);
  return down.length < 2 ? [] : [about('health').refused(`${down.join(' and ')} do not serve: with more than one host down no other may go down. Bring all but one back first.`)];
}

async function checkDatabase(ports: OpsManagerPorts, installation: OpsManagerInstallation): Promise<{ readonly findings: readonly Finding[]; readonly uri: string | null }> {
  const { applicationDatabase, target } = installation;
  try {
    const uri = applicationDatabase.uri ? await ports.secrets.resolve(applicationDatabase.uri) : null;
    const seen = await ports.applicationDatabase.look(installation, cancellation());
    return { uri, findings: judgeDatabase(seen, target.version) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { uri: null, findings: [about('Application Database').refused(error.message)] };
  }
}

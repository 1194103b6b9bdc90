/**
 * Preflight: a look at everything before anything is touched.
 *
 *   1. The package on the worker: there, whole, the right one.
 *   2. Every host, side by side: reached, allowed, seen (`host.ts`).
 *   3. What all must have in common, or each for itself: application data as one folder, database, layout, time.
 *   4. The versions, by each node's own mark, and whether they may become the target.
 *   5. The load balancers, the API, the count of the database's sessions.
 *
 * It changes nothing but the canary job's folder, and a probe file in application data, which it removes. Every finding is
 * one sentence with the way out; what could not be seen is a finding too.
 */
import { planUpgrade } from '../../../src/products/urbancode-deploy/plan.ts';
import type { UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import type { Finding, Preflight } from '../../../src/upgrade/plan.ts';
import type { ServerFacts } from '../../../src/upgrade/urbancode-facts.ts';
import { checkBalancers } from '../../preflight/balancers.ts';
import { judgeClocks } from '../../preflight/clocks.ts';
import type { Ports } from '../../ports.ts';
import type { UrbancodeDeployLooks } from '../contract.ts';
import { checkOneFolder } from './application-data.ts';
import { checkApi, checkSessions } from './asked.ts';
import { withBegun } from './begun.ts';
import { checkEntrance } from './entrance.ts';
import { lookAtHost, type HostReport } from './host.ts';
import { checkPackages } from './package.ts';
import { judgeAgentcomm, judgeDatabase, judgeFips, judgeLayouts, judgePatches, judgeRunning } from './together.ts';
import { judgeVersions } from './versions.ts';
import { isWindows } from '../windows.ts';
import { lookAtWindowsHost } from './windows-host.ts';

export async function preflightServers(ports: Ports, { installation, owner, attempt }: Parameters<UrbancodeDeployLooks['preflightServers']>[0]): Promise<Preflight<ServerFacts>> {
  const packages = await checkPackages(ports, installation);
  const [seen, balancers] = await Promise.all([
    Promise.all(installation.hosts.map((host) => (isWindows(host) ? lookAtWindowsHost : lookAtHost)(ports, { installation, host, owner, attempt, uploadBytes: packages.bytes.get(host.platform) ?? 0 }))),
    checkBalancers(ports, installation.loadBalancers, installation.hosts.filter(({ roles }) => !roles.includes('standby'))),
  ]);
  const reports = withBegun(seen, installation.target.version), facts = reports.map((report) => report.facts);
  const findings = [
    ...packages.findings,
    ...reports.flatMap((report) => report.findings),
    ...await judgeTogether(installation, reports, owner.firstExecutionRunId),
    ...balancers, ...(facts.some(({ running, healthy }) => running === 'yes' && healthy) ? await checkEntrance(ports, installation) : []),
    // Of hosts that cannot be reached this would only say why not again.
    ...(reports.every(({ seen, facts: { installed } }) => seen ?? installed) ? [...judgeVersions({ installation, facts, begunBefore: reports.some(({ begunBefore }) => begunBefore) }), ...await checkApi(ports, installation), ...await checkSessions(ports, installation)] : []),
  ];
  return { findings, hosts: facts, plan: planUpgrade({ installation, facts }) };
}

async function judgeTogether(installation: UrbancodeDeployInstallation, reports: readonly HostReport[], run: string): Promise<readonly Finding[]> {
  const { appData, target } = installation, seen = reports.flatMap((report) => report.seen ?? []);
  if (seen.length === 0) return [];
  const together = seen.map(({ at, dir }) => ({ host: at.host, dir }));
  return [
    ...await checkOneFolder(seen.map(({ at }) => at).filter(({ host }) => !isWindows(host)), { appData, run }),
    ...judgeLayouts(together, target.version), ...judgeDatabase(together, target.version), ...judgeAgentcomm(together), ...judgeFips(together, installation), ...judgePatches(together),
    ...judgeRunning(reports.map(({ facts }) => facts), target.version),
    judgeClocks(seen.flatMap(({ clock }) => clock ?? [])),
  ];
}

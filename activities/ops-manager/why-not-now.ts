/**
 * Why a host may not go down now. Asked right before every drain and every stop, because a gate may have waited for days:
 *
 *   1. The locks are ours, and no other upgrade's job lives.
 *   2. Every other application host is healthy and in the load balancers.
 *   3. The Application Database has a primary and its majority.
 *   4. No package manager is at work on the host.
 *   5. Before a stop, whether the host is still out of the load balancers: a reload forgets what was set at run time.
 *
 * Its answer is one sentence, the text of the question; what cannot be seen is an answer too.
 */
import { whyDatabaseForbids } from '../../src/products/ops-manager/application-database.ts';
import { packageManagerAtWork } from '../../src/products/linux/processes.ts';
import { shown } from '../../src/products/ops-manager/processes.ts';
import { applicationHosts, type OpsManagerHost, type OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { LockOwner } from '../../src/upgrade/outcome.ts';
import type { ClearToGoDown, OpsManagerLooks } from './contract.ts';
import { cancellation, isUnreachable } from '../at-work.ts';
import { atWork, until } from './host-at-work.ts';
import { lookAtBalancers } from '../load-balancer.ts';
import { isOurs } from '../lock.ts';
import { askService, lookAtProcesses } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';

type Question = Parameters<OpsManagerLooks['whyNotNow']>[0];

export async function whyNotNow(ports: OpsManagerPorts, { installation, host: name, owner, before }: Question): Promise<ClearToGoDown> {
  const host = installation.hosts.find((each) => each.name === name);
  if (!host) return { why: `${name} is not in the installation file.` };
  const others = applicationHosts(installation).filter((each) => each.name !== name);
  const [balanced, ...answers] = await Promise.all([
    before === 'stop' ? stillBalanced(ports, installation, name) : undefined,
    ...installation.hosts.map((each) => whyNotBecauseOf(each, [
      () => whoElseIsAtWork(ports, each, owner),
      () => others.includes(each) ? whyNotServing(ports, installation, each) : null,
      () => each === host ? whyPackagesWait(ports, each) : null,
    ])),
    ports.applicationDatabase.look(installation, cancellation()).then(whyDatabaseForbids),
  ]);
  const why = answers.filter((answer) => answer !== null);
  return { why: why.length === 0 ? null : `${name} may not go down now. ${why.join(' ')}`, balanced };
}

/** A load balancer that cannot be reached is thrown, and becomes a question; one whose answer cannot be read was the drain's to find. */
async function stillBalanced(ports: OpsManagerPorts, { loadBalancers }: OpsManagerInstallation, host: string): Promise<ClearToGoDown['balanced']> {
  const seen = await lookAtBalancers(ports, loadBalancers, host);
  const inService = seen.find((each) => each.in === 'yes');
  if (inService) return { is: 'in', says: inService.says };
  const busy = seen.find(({ sessions }) => sessions > 0);
  return busy && { is: 'busy', says: busy.says };
}

type Ask = () => Promise<string | null> | null;

/** The first reason that one host gives; that it cannot be reached is one of its own. */
async function whyNotBecauseOf(host: OpsManagerHost, questions: readonly Ask[]): Promise<string | null> {
  try {
    for (const ask of questions) {
      const why = await ask();
      if (why !== null) return why;
    }
    return null;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return `${host.name} cannot be reached: ${error.message}`;
  }
}

async function whoElseIsAtWork(ports: OpsManagerPorts, host: OpsManagerHost, owner: LockOwner): Promise<string | null> {
  const at = atWork(ports, host);
  const lock = await at.session.readLock({ signal: at.signal });
  if (!isOurs(lock, owner, ports)) return lock ? `${host.name} is locked by ${lock.workflowId} (run ${lock.firstExecutionRunId}).` : `The lock on ${host.name} is gone.`;
  const foreign = (await at.session.livingJobs({ signal: at.signal })).filter((job) => !job.includes(owner.firstExecutionRunId));
  return foreign.length === 0 ? null : `Another upgrade's job runs on ${host.name}: ${foreign.join(', ')}.`;
}

// One probe that is lost is no reason to wake a person.
const HEALTHY_WITHIN = 6_000;

async function whyNotServing(ports: OpsManagerPorts, { loadBalancers }: OpsManagerInstallation, other: OpsManagerHost): Promise<string | null> {
  const at = atWork(ports, other);
  const service = await until(at, () => askService(at), ({ healthy }) => healthy, HEALTHY_WITHIN);
  if (!service.healthy) {
    // The probe cannot tell a dead host from a dead application: asking the host itself can.
    await at.session.run({ argv: ['true'], as: 'login' }, { signal: at.signal });
    return `${other.name} is not healthy: ${service.says}`;
  }
  const seen = await lookAtBalancers(ports, loadBalancers, other.name);
  const out = seen.find((balanced) => balanced.in !== 'yes');
  return out ? `${other.name} is not in the load balancer: ${out.says}` : null;
}

async function whyPackagesWait(ports: OpsManagerPorts, host: OpsManagerHost): Promise<string | null> {
  const { processes } = await lookAtProcesses(atWork(ports, host));
  const busy = packageManagerAtWork(processes);
  return busy ? `A package manager is at work on ${host.name} (${shown(busy)}); the host would stay down until it is done.` : null;
}

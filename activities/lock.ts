/**
 * The lock on every host: taken on all or on none, adopted only from a run that is known to be closed.
 *
 * A lock says whose upgrade is at work and never expires. One of another Temporal cluster or namespace is never adopted:
 * nobody here can tell whether that run is over.
 */
import type { HostLock } from '../src/ssh/port.ts';
import type { Reachable } from '../src/upgrade/installation.ts';
import type { Attempt, LockOwner, StepOutcome } from '../src/upgrade/outcome.ts';
import type { OnAllHosts } from './contract.ts';
import { cancellation, refused } from './at-work.ts';
import { atWork, outcome, type HostAtWork } from './host-at-work.ts';
import type { Ports } from './ports.ts';

/** Is the lock this upgrade's, whatever step it is at? */
export function isOurs(lock: HostLock | null, owner: LockOwner, { cluster }: Pick<Ports, 'cluster'>): boolean {
  return lock !== null && lock.workflowId === owner.workflowId && lock.firstExecutionRunId === owner.firstExecutionRunId
    && lock.clusterId === cluster.clusterId && lock.namespace === cluster.namespace;
}

/** Why an act that no command on the host compares with the lock must not happen any more; null when it may. */
export async function whyTooLate(at: HostAtWork, { owner, stepNumber }: Attempt): Promise<string | null> {
  const lock = await at.session.readLock({ signal: at.signal });
  if (lock === null || !isOurs(lock, owner, at.ports)) return `the lock on ${at.host.name} is not this upgrade's`;
  return lock.stepNumber > stepNumber ? `step ${lock.stepNumber} has already passed on ${at.host.name}` : null;
}

/** Why a foreign lock cannot be adopted, with the way out; null when its run is known to be closed and no job lives. */
export async function whyNotAdopt(at: HostAtWork, lock: HostLock): Promise<string | null> {
  const { ports, host } = at;
  const whose = `${host.name} is locked by ${lock.workflowId} (run ${lock.firstExecutionRunId})`;
  if (lock.clusterId !== ports.cluster.clusterId || lock.namespace !== ports.cluster.namespace) {
    return `${whose} of another Temporal (cluster ${lock.clusterId}, namespace ${lock.namespace}), where nobody here can see whether it is over. If it is, clear the lock with: lockkeeper doctor`;
  }
  const closed = await ports.isRunClosed(lock.workflowId, lock.firstExecutionRunId);
  if (closed === 'no') return `${whose}, which is still open. Finish or abort it first.`;
  if (closed === 'unknown') return `${whose}, and Temporal cannot say whether it is over. If it is, clear the lock with: lockkeeper doctor`;
  const living = await at.session.livingJobs({ signal: at.signal });
  return living.length === 0 ? null : `${whose}, which is over, but its remote job still runs (${living.join(', ')}). Wait until it has ended.`;
}

export async function takeLocks(ports: Ports, { hosts, attempt }: OnAllHosts): Promise<StepOutcome> {
  const names = hosts.map(({ name }) => name).join(', ');
  const ours = await Promise.all(hosts.map(async (host) => isOurs(await ports.hosts.session(host).readLock({ signal: cancellation() }), attempt.owner, ports)));
  if (ours.every(Boolean)) return outcome(ports, 'already', `The lock on ${names} is this upgrade's.`);
  if (attempt.mode === 'look') return outcome(ports, 'failed', `The lock is not this upgrade's on ${hosts.filter((_, at) => !ours[at]).map(({ name }) => name).join(', ')}.`);
  const lock = { ...ports.cluster, ...attempt.owner, stepNumber: attempt.stepNumber };
  const taken: Reachable[] = [];
  for (const [index, host] of hosts.entries()) {
    const why = await takeOne(atWork(ports, host), lock);
    if (why !== null) {
      await Promise.all(taken.map((other) => ports.hosts.session(other).releaseLock(lock, { signal: cancellation() })));
      throw refused(why);
    }
    if (!ours[index]) taken.push(host);
  }
  return outcome(ports, 'done', `The lock was taken on ${names}.`);
}

async function takeOne(at: HostAtWork, lock: HostLock): Promise<string | null> {
  const options = { signal: at.signal };
  const first = await at.session.takeLock(lock, options);
  if (first.taken) return null;
  if (!first.heldBy) return `${at.host.name} could not be locked: ${first.why}`;
  const why = await whyNotAdopt(at, first.heldBy);
  if (why !== null) return why;
  await at.session.breakLock(first.heldBy, options);
  const second = await at.session.takeLock(lock, options);
  return second.taken ? null : `${at.host.name} could not be locked: ${second.why}`;
}

export async function releaseLocks(ports: Ports, { hosts, attempt }: OnAllHosts): Promise<StepOutcome> {
  const lock = { ...ports.cluster, ...attempt.owner, stepNumber: attempt.stepNumber };
  const left = await Promise.all(hosts.map(async (host) => {
    const session = ports.hosts.session(host);
    if (attempt.mode === 'act') await session.releaseLock(lock, { signal: cancellation() });
    return isOurs(await session.readLock({ signal: cancellation() }), attempt.owner, ports) ? host.name : null;
  }));
  const names = left.filter((name) => name !== null);
  return names.length === 0 ? outcome(ports, 'done', 'No host is locked by this upgrade.') : outcome(ports, 'failed', `The lock is still on ${names.join(', ')}.`);
}

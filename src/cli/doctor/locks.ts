/** The lock on every host of an installation: whose it is, and whether it may go. */
import { createSecrets } from '../../secrets/secrets.ts';
import { createHosts } from '../../ssh/hosts.ts';
import type { HostLock, HostSession, Hosts } from '../../ssh/port.ts';
import { clusterId, isRunClosed } from '../../temporal/cluster.ts';
import type { Installation } from '../../upgrade/installation-urbancode.ts';
import type { Connected } from '../temporal.ts';
import { ok, wrong, type Check } from './check.ts';

/** Hosts as a worker on this machine would reach them. */
export function hostsFromHere(environment: NodeJS.ProcessEnv): Hosts {
  const places = { folder: environment['LOCKKEEPER_FOLDER'] || process.cwd(), env: environment };
  return createHosts({ ...places, secrets: createSecrets(places), stateFolder: environment['LOCKKEEPER_STATE'] || undefined });
}

/** Looks at every host; `temporal` is null when it cannot be reached, and then nobody knows whether a lock's run is open. */
export async function checkLocks(installation: Installation, hosts: Hosts, temporal: Connected | null): Promise<readonly Check[]> {
  return Promise.all(installation.hosts.map(async (host) => (host.platform === 'windows' ? ok(`lock on ${host.name}`, 'A Windows host holds none.') : checkLock(hosts.session(host), temporal))));
}

async function checkLock(session: HostSession, temporal: Connected | null): Promise<Check> {
  const subject = `lock on ${session.name}`;
  try {
    const lock = await session.readLock();
    if (lock === null) return ok(subject, 'There is none.');
    const jobs = await session.livingJobs();
    const said = `${await explained(lock, temporal)}${jobs.length > 0 ? ` A command of an upgrade still runs there: ${jobs.join(', ')}.` : ''}`;
    return (await isOpen(lock, temporal)) === 'yes' ? ok(subject, said) : wrong(subject, said);
  } catch (error) {
    return { subject, verdict: 'unknown', says: `It could not be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Openness = 'yes' | 'no' | 'unknown' | 'elsewhere';

async function isOpen(lock: HostLock, temporal: Connected | null): Promise<Openness> {
  if (temporal === null) return 'unknown';
  if ((await clusterId(temporal)) !== lock.clusterId || temporal.namespace !== lock.namespace) return 'elsewhere';
  const closed = await isRunClosed(temporal, lock.workflowId, lock.firstExecutionRunId);
  return closed === 'yes' ? 'no' : closed === 'no' ? 'yes' : 'unknown';
}

/** Whose lock it is and what that means, as sentences. */
async function explained(lock: HostLock, temporal: Connected | null): Promise<string> {
  const whose = `It is held by ${lock.workflowId}, run ${lock.firstExecutionRunId}, at its step ${lock.stepNumber}.`;
  switch (await isOpen(lock, temporal)) {
    case 'yes': return `${whose} That upgrade is open: the lock is right.`;
    case 'no': return `${whose} That upgrade has ended: the next \`lockkeeper start\` takes the lock over by itself.`;
    case 'elsewhere': return `${whose} It belongs to another Temporal (cluster ${lock.clusterId}, namespace ${lock.namespace}): ask there before you clear it.`;
    case 'unknown': return `${whose} Whether that upgrade is open could not be seen here. Clear it only when you know that nobody works on the host.`;
  }
}

/**
 * Removes the lock of one host, whoever holds it, after the person has seen whose it is. Refused while a command of an
 * upgrade runs there, and while the lock's upgrade is open: abort or terminate that first.
 */
export async function clearLock(session: HostSession, temporal: Connected | null): Promise<Check> {
  const subject = `lock on ${session.name}`;
  const lock = await session.readLock();
  if (lock === null) return ok(subject, 'There is none; nothing to clear.');
  const jobs = await session.livingJobs();
  if (jobs.length > 0) return wrong(subject, `Not cleared: a command of an upgrade still runs there: ${jobs.join(', ')}. Wait for its end.`);
  if ((await isOpen(lock, temporal)) === 'yes') return wrong(subject, `Not cleared: ${lock.workflowId} is open and at work. End it first: lockkeeper abort ${lock.workflowId.replace(/^upgrade\//, '')}`);
  const gone = await session.breakLock(lock);
  return gone ? ok(subject, `Cleared. It was held by ${lock.workflowId}, run ${lock.firstExecutionRunId}.`)
    : wrong(subject, 'Not cleared: it has changed since it was shown. Run doctor again.');
}

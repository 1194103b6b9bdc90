/** Is nobody else at work on the host? */
import type { LockOwner } from '../../src/upgrade/outcome.ts';
import { NOTES, noteFile } from '../../src/upgrade/state-folder.ts';
import type { Finding, HostFacts } from '../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { isOurs, whyNotAdopt } from '../lock.ts';
import { daemonsNoted } from '../backup-jobs.ts';
import { readNote } from '../notes.ts';
import { about } from './finding.ts';

export interface Locks extends Pick<HostFacts, 'quiesced' | 'backupJobsOff'> {
  readonly findings: readonly Finding[];
  readonly begunBefore: boolean;
}

/** `begunBefore`: a run of this very upgrade left its lock here. Then an upgrade goes on, which the warning tells the runbook. */
export async function checkLocks(at: HostAtWork, owner: LockOwner): Promise<Locks> {
  const lock = about('lock', at.host.name);
  const held = await at.session.readLock({ signal: at.signal });
  const jobs = (await at.session.livingJobs({ signal: at.signal })).filter((job) => !job.includes(owner.firstExecutionRunId));
  const notes = new Map(await Promise.all(NOTES.map(async (note) => [note, await readNote(at, note)] as const)));
  const owed = NOTES.filter((note) => notes.get(note) !== null);
  const facts = { quiesced: owed.includes('quiesced'), backupJobsOff: daemonsNoted(notes.get('backup-jobs-off') ?? null) };
  const begunBefore = held?.workflowId === owner.workflowId;
  if (held && !isOurs(held, owner, at.ports)) {
    const why = await whyNotAdopt(at, held);
    if (why) return { ...facts, findings: [lock.refused(why)], begunBefore };
    return { ...facts, findings: [lock.warning(`${at.host.name} still has the lock of run ${held.firstExecutionRunId}, which is over: it will be adopted, and what that run left is finished.`)], begunBefore };
  }
  if (jobs.length > 0) return { ...facts, findings: [lock.refused(`A remote job of another upgrade still runs on ${at.host.name} (${jobs.join(', ')}): wait until it has ended.`)], begunBefore };
  if (owed.length > 0) return { ...facts, findings: [lock.warning(`An earlier run has left something on ${at.host.name} that is not undone (${owed.map(noteFile).join(', ')}): this one does it at its end, or says how you do it where the file gives it no way to.`)], begunBefore: true };
  return { ...facts, findings: [lock.ok(held ? 'The lock is this upgrade\'s.' : 'Nobody else is at work.')], begunBefore };
}

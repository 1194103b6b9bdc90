/** Is nobody else at work on the host? */
import type { LockOwner } from '../../src/upgrade/outcome.ts';
import { noteFile, type Note } from '../../src/upgrade/state-folder.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { isOurs, whyNotAdopt } from '../lock.ts';
import { notesOn } from '../notes.ts';
import { about } from './finding.ts';

export interface Locks {
  readonly findings: readonly Finding[];
  /** What earlier runs noted here and have not undone. */
  readonly notes: ReadonlyMap<Note, string>;
  readonly begunBefore: boolean;
}

/** `begunBefore`: a run of this very upgrade left its lock here. Then an upgrade goes on, which the warning tells the runbook. */
export async function checkLocks(at: HostAtWork, owner: LockOwner): Promise<Locks> {
  const lock = about('lock', at.host.name);
  const held = await at.session.readLock({ signal: at.signal });
  const jobs = (await at.session.livingJobs({ signal: at.signal })).filter((job) => !job.includes(owner.firstExecutionRunId));
  const notes = await notesOn(at);
  const owed = [...notes.keys()];
  const begunBefore = held?.workflowId === owner.workflowId;
  if (held && !isOurs(held, owner, at.ports)) {
    const why = await whyNotAdopt(at, held);
    if (why) return { notes, findings: [lock.refused(why)], begunBefore };
    return { notes, findings: [lock.warning(`${at.host.name} still has the lock of run ${held.firstExecutionRunId}, which is over: it will be adopted, and what that run left is finished.`)], begunBefore };
  }
  if (jobs.length > 0) return { notes, findings: [lock.refused(`A remote job of another upgrade still runs on ${at.host.name} (${jobs.join(', ')}): wait until it has ended.`)], begunBefore };
  if (owed.length > 0) return { notes, findings: [lock.warning(`An earlier run has left something on ${at.host.name} that is not undone (${owed.map(noteFile).join(', ')}): this one does it at its end, or says how you do it where the file gives it no way to.`)], begunBefore: true };
  return { notes, findings: [lock.ok(held ? 'The lock is this upgrade\'s.' : 'Nobody else is at work.')], begunBefore };
}

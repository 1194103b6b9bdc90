/** Backs up by the site's own command, and checks it by another. There is no downgrade: this is the only way back. */
import prettyMs from 'pretty-ms';
import { asLogin } from '../src/upgrade/command.ts';
import type { StepOutcome } from '../src/upgrade/outcome.ts';
import type { SharedActs, SharedLooks } from './contract.ts';
import { firstScheduled } from './at-work.ts';
import { atWork, millisecondsOf, outcome, runJob, type HostAtWork } from './host-at-work.ts';
import type { Ports } from './ports.ts';

type Backup = Parameters<SharedActs['backUp']>[0];

/** The backup counts as taken when the step was scheduled: it holds nothing younger than that for certain. */
export async function backUp(ports: Ports, { host, backup, attempt }: Backup): Promise<StepOutcome & { readonly takenAt: string }> {
  const at = atWork(ports, host);
  const takenAt = firstScheduled().toISOString();
  if (attempt.mode === 'look') {
    // An old dump passes the check, and so may half of a new one: unless a person stands for it, its command ended well.
    const job = attempt.byHand ? null : await at.session.readJob(attempt, 'backup', { signal: at.signal });
    if (job && job.state !== 'finished') return { ...outcome(ports, 'unknown', `${host.name}: the backup's command ${job.state === 'running' ? 'still runs' : 'was not seen to end'}.`), takenAt };
    if (job && job.code !== 0) return { ...outcome(ports, 'failed', `${host.name}: the backup's command ended with exit code ${job.code}.`, job.output), takenAt };
    const seen = await verify(at, backup.verify);
    return { ...outcome(ports, seen.holds ? 'already' : 'failed', seen.says), takenAt };
  }
  const ended = await runJob(at, attempt, { name: 'backup', command: asLogin('sh', '-c', backup.command) });
  const seen = await verify(at, backup.verify);
  const right = ended.state === 'finished' && ended.code === 0 && seen.holds;
  return { ...outcome(ports, right ? 'done' : ended.state === 'lost' ? 'unknown' : 'failed', `${host.name}: ${ended.says}`, seen.says, ended.output), takenAt };
}

/** The site's check. An old dump may pass it too, which is why the command's own end counts as well. */
async function verify(at: HostAtWork, check: string): Promise<{ readonly holds: boolean; readonly says: string }> {
  const { code, stdout, stderr } = await at.look(asLogin('sh', '-c', check));
  return { holds: code === 0, says: `Its check (${check}) ${code === 0 ? 'holds' : `fails with exit code ${code ?? 'unknown'}`}. ${(stdout + stderr).trim()}` };
}

export async function checkBackupAge(ports: Ports, { takenAt, maxAge }: Parameters<SharedLooks['checkBackupAge']>[0]): Promise<{ readonly tooOld: boolean; readonly says: string }> {
  const age = ports.clock.now().getTime() - Date.parse(takenAt);
  const tooOld = age > millisecondsOf(maxAge);
  return { tooOld, says: `The backup was taken ${prettyMs(Math.max(0, age), { unitCount: 2 })} ago; the installation file allows ${maxAge}.` };
}

/** Harmless jobs, run as an install would be: started, the connection cut on purpose, found finished after coming back. */
import { asLogin, typed, type Command } from '../../src/upgrade/command.ts';
import type { JobSighting } from '../../src/ssh/port.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import { isRefusal } from '../at-work.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { until } from '../host-at-work.ts';
import { about } from './finding.ts';

// Long enough to be alive when the connection is cut.
const SLEEP = asLogin('sleep', '1');
const FINISHED_WITHIN = 20_000;

/** One job outlives the cut, others show that a job may use sudo: harmless commands, at most one as root and one as another user. */
export async function checkCanary(at: HostAtWork, attempt: Attempt, harmless: readonly Command[]): Promise<Finding> {
  const canary = about('canary job', at.host.name);
  const options = { signal: at.signal };
  const jobs = [{ name: 'canary', command: SLEEP }, ...harmless.map((command) => ({ name: command.as === 'root' ? 'canary-root' : 'canary-owner', command }))];
  try {
    for (const job of jobs) {
      const begun = await at.session.startJob(attempt, { ...job, unlocked: true, beside: true }, options);
      if (begun.state === 'refused') return canary.refused(`${at.host.name} did not run a harmless job: ${begun.why}`);
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return canary.refused(error.message);
  }
  at.session.cut();
  for (const { name, command } of jobs) {
    const seen = await until(at, () => at.session.readJob(attempt, name, options), ({ state }) => state !== 'running', FINISHED_WITHIN);
    if (seen.state !== 'finished' || seen.code !== 0) return canary.refused(`A harmless job on ${at.host.name} (${typed(command)}) ${howItEnded(seen)}: an install would fare the same.`);
  }
  return canary.ok('Jobs outlive a cut connection and may use sudo.');
}

function howItEnded(seen: JobSighting): string {
  if (seen.state === 'finished') return `ended with exit code ${seen.code} and said "${seen.output.trim().slice(0, 200)}"`;
  if (seen.state === 'lost') return `died with the connection (${seen.why}); where systemd ends what a login leaves behind (KillUserProcesses=yes in logind.conf), let sudo run systemd-run as \`lockkeeper sudoers\` prints it, without a password, or name the user in KillExcludeUsers=`;
  return seen.state === 'running' ? 'did not end within 20 s' : 'left no trace';
}

/** A harmless job, run as an install would be: started, the connection cut on purpose, found finished after coming back. */
import { asRoot } from '../../src/upgrade/command.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import { isRefusal } from '../at-work.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { until } from '../host-at-work.ts';
import { about } from './finding.ts';

// Long enough to be alive when the connection is cut.
const CANARY = asRoot('sh', '-c', 'sleep 1; id -u');
const FINISHED_WITHIN = 20_000;

export async function checkCanary(at: HostAtWork, attempt: Attempt): Promise<Finding> {
  const canary = about('canary job', at.host.name);
  const options = { signal: at.signal };
  try {
    const begun = await at.session.startJob(attempt, { name: 'canary', command: CANARY, unlocked: true }, options);
    if (begun.state === 'refused') return canary.refused(`${at.host.name} did not run a harmless job: ${begun.why}`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return canary.refused(error.message);
  }
  at.session.cut();
  const seen = await until(at, () => at.session.readJob(attempt, 'canary', options), ({ state }) => state !== 'running', FINISHED_WITHIN);
  if (seen.state === 'finished' && seen.code === 0 && seen.output.trim() === '0') return canary.ok('A job as root outlived a cut connection.');
  const what = seen.state === 'finished' ? `ended with exit code ${seen.code} and said "${seen.output.trim().slice(0, 80)}"`
    : seen.state === 'lost' ? `died with the connection (${seen.why}); if systemd kills what a login leaves behind, allow it to linger`
      : seen.state === 'running' ? 'did not end within 20 s' : 'left no trace';
  return canary.refused(`A harmless job on ${at.host.name} ${what}: an install would fare the same.`);
}

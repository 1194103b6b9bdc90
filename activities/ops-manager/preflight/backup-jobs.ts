/** Which Backup Daemons take backup jobs, and may the key see it? Only looked at: whether it may change it, is seen when it does. */
import { nameOf } from '../../../src/upgrade/backup-jobs.ts';
import type { OpsManagerInstallation } from '../../../src/upgrade/installation.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { isUnreachable } from '../../at-work.ts';
import { lookAtSettings } from '../backup-jobs.ts';
import type { OpsManagerPorts } from '../ports.ts';
import { about } from '../../preflight/finding.ts';

/** Never a refusal: an upgrade can do without. */
export async function checkBackupJobs(ports: OpsManagerPorts, { api, hosts, policy }: OpsManagerInstallation): Promise<readonly Finding[]> {
  const { quiesce } = policy.backupDaemons;
  if (!api || quiesce === undefined || quiesce === 'never') return [];
  const jobs = about('backup jobs');
  const without = (why: string) => [jobs.warning(`New backup jobs cannot be kept away from the Backup Daemons: ${why}. The upgrade goes without; a daemon in the middle of a job is then waited for, or a question.`)];
  try {
    const seen = await lookAtSettings(ports, hosts, api);
    if ('why' in seen) return without(seen.why);
    const on = seen.settings.filter(({ backupJobsEnabled }) => backupJobsEnabled), off = seen.settings.filter((each) => !on.includes(each));
    return [jobs.ok([
      on.length > 0 ? `New ones are kept away from ${on.map(nameOf).join(', ')}, from ${quiesce} before the first host until Upgrade Mode is over.` : 'No Backup Daemon takes any now.',
      ...(off.length > 0 ? [`Off already: ${off.map(nameOf).join(', ')}; on again at the end only what an earlier run of this upgrade switched off.`] : []),
    ].join(' '))];
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return without(error.message.replace(/\.$/, ''));
  }
}

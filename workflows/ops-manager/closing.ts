/** What is seen and done at the end of an upgrade that went through. */
import type { StartSighting } from '../../activities/ops-manager/contract.ts';
import { applicationHosts } from '../../src/upgrade/installation.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from './upgrade.ts';
import { backupJobsLeftOff } from './backup-jobs.ts';
import { unlocked } from '../steps/locks.ts';
import { leftQuiesced } from '../steps/quiesce.ts';
import { leftStopped } from './start-backup-daemons.ts';
import { isStartSighting } from './start-sighting.ts';

/** Short steps: this long means that something is wrong. */
const LIMIT = '10m';

/** Upgrade Mode, seen from outside: two versions served and reads answered, or one version everywhere. */
export async function upgradeModeSeen({ installation, steps }: Upgrade, expected: 'on' | 'off'): Promise<void> {
  const api = installation.policy.proveReadOnly ? installation.api : undefined;
  await steps.run({
    step: `upgrade-mode-${expected}`, interruptible: false, choices: ['retry', 'wait'],
    ways: [{
      limit: LIMIT,
      title: `see Upgrade Mode ${expected}`,
      act: (attempt, title) => look(title).seeUpgradeMode({ hosts: applicationHosts(installation), expected, attempt, ...(api ? { api } : {}) }),
    }],
  });
}

/** Gates may have waited for days: before the end begins, every application host is seen to serve the target now. */
export async function allHostsServeTarget({ installation, journal, operator, record, steps }: Upgrade): Promise<void> {
  const { target: { version }, policy: { health } } = installation;
  for (const host of applicationHosts(installation)) {
    for (;;) {
      const sighting = await steps.look<StartSighting>({
        step: 'serves-target', host: host.name, asks: `Whether ${host.name} serves ${version}`,
        look: () => look(`does ${host.name} serve ${version}?`).lookAtStart({ host, version, health, owner: journal.owner }),
        isSeen: isStartSighting,
      });
      if (sighting.serving === 'yes') break;
      const { choice } = await operator.ask({
        id: journal.questionId(`serves-target:${host.name}`), choices: ['retry', 'abort'], evidence: sighting.evidence,
        asks: `${host.name} was upgraded but does not serve ${version} now. Look again once it does?`,
      });
      if (choice === 'abort') throw new AbortUpgrade(`aborted: ${host.name} does not serve ${version}`);
    }
    record.host(host.name, { state: 'upgraded', version });
  }
}

/** Job folders, staged packages, notes, locks: gone. */
export async function cleanedUp(upgrade: Upgrade): Promise<void> {
  const { installation, steps } = upgrade;
  await steps.all(installation.hosts.map((host) => ({
    step: 'clean-up', host: host.name, interruptible: false, choices: ['retry'],
    ways: [{ limit: LIMIT, title: `clean up on ${host.name}`, act: (attempt, title) => act(title).cleanUp({ host, attempt }) }],
  })));
  await unlocked(upgrade);
}

export function doneHeadline(upgrade: Upgrade): string {
  const { installation, record } = upgrade;
  const { watch, from } = record.state;
  const stopped = leftStopped(upgrade);
  return [
    `${installation.installation}: ${from ?? '?'} → ${installation.target.version} done on ${installation.hosts.length} hosts.`,
    ...(stopped.length > 0 ? [`The Backup Daemon on ${stopped.join(', ')} was left stopped: no backups there.`] : []),
    ...backupJobsLeftOff(upgrade),
    ...leftQuiesced(upgrade),
    ...(watch ? [`The service answered ${watch.answered} of ${watch.probes} probes; longest gap ${Math.round(watch.longestGapMs / 1000)} s.`] : []),
  ].join(' ');
}

/**
 * With an API key, new backup jobs are kept away from all Backup Daemons, so that none is in the middle of one when
 * Upgrade Mode begins and stops them. It is a write, which Upgrade Mode refuses: done well before the first host, while
 * the Application Database is backed up, and undone when Upgrade Mode has been seen off.
 *
 * An upgrade can do without: what cannot be switched off is told, and daemons stop as they always did. What was switched
 * off is owed: it is switched on again, or a person is told how.
 */
import { msToNumber } from '@temporalio/common';
import type { BackupJobsOutcome } from '../../activities/ops-manager/contract.ts';
import { daemonsIn, nameOf, onByHand } from '../../src/upgrade/backup-jobs.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';
import { duration } from '../runbook/duration.ts';
import { now } from '../runbook/record.ts';
import { succeeded, type Step } from '../runbook/step.ts';
import { hostsToUpgrade } from './roll.ts';

/** A few requests: this long means that something is wrong. */
const LIMIT = '10m';

/** Switches them off, if the policy says so and there is a host to upgrade. */
export async function backupJobsOff(upgrade: Upgrade): Promise<void> {
  const { journal, record, steps } = upgrade;
  const { first, others, daemonHosts } = hostsToUpgrade(upgrade);
  const step = switching(upgrade, 'off');
  if (!step || journal.isDone('backup-jobs-tried') || [first, ...others, ...daemonHosts].every((host) => !host)) return;
  const outcome = await steps.tried(step);
  if (!succeeded(outcome)) record.note({ step: 'backup-jobs-off', outcome: `the upgrade goes on without, a daemon in the middle of a job is waited for. ${outcome.evidence.split('\n')[0] ?? ''}` });
  else if (first && record.state.backupJobsOff.length > 0) record.state.backupJobsOffSince = now();
  journal.done('backup-jobs-tried');
}

/** Before Upgrade Mode begins: waits for what is left of the policy's time, which the setting may take. An abort ends it. */
export async function backupJobsKeptAway({ installation, operator, record }: Upgrade): Promise<void> {
  const { quiesce } = installation.policy.backupDaemons;
  const { backupJobsOffSince: since } = record.state;
  if (!since || !quiesce || quiesce === 'never') return;
  const left = Date.parse(since) + msToNumber(duration(quiesce)) - Date.now();
  if (left > 0) {
    record.note({ step: 'backup-jobs-off', outcome: `off since ${since}: the first host is begun ${quiesce} after that, for so long a daemon may not have heard of it` });
    await operator.pause(`${left}ms`);
  }
  operator.throwIfAborting();
  record.state.backupJobsOffSince = null;
}

/** Switches on again exactly those that took jobs before; also what an earlier run left off. */
export async function backupJobsOn(upgrade: Upgrade): Promise<void> {
  const step = switching(upgrade, 'on');
  if (step) await upgrade.steps.run(step);
}

/** What of it stays undone, also where an earlier run did it and this one may not switch them, and how a person does it. */
export function backupJobsLeftOff(upgrade: Upgrade): readonly string[] {
  const { backupJobsOff: off } = upgrade.record.state;
  const next = switching(upgrade, 'on') ? 'the next run of this upgrade switches them on at its end' : 'an earlier run switched them off, and the file does not let this one switch them on';
  return off.length === 0 ? [] : [`Backup jobs are switched off for ${off.map(nameOf).join(', ')}: ${next}. ${onByHand(off)}`];
}

function switching({ installation, record }: Upgrade, to: 'off' | 'on'): Step | null {
  const { api, hosts, policy: { backupDaemons: { quiesce } } } = installation;
  if (!api || quiesce === undefined || quiesce === 'never') return null;
  const remembered = async (switched: Promise<BackupJobsOutcome>) => {
    const said = await switched;
    record.state.backupJobsOff = daemonsIn(asRecord(said)['off']); // it may have been typed into the UI
    return said;
  };
  return {
    step: `backup-jobs-${to}`, interruptible: to === 'off', choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{
      limit: LIMIT, title: to === 'off' ? 'keep new backup jobs away' : 'let backup jobs begin again',
      act: (attempt, title) => remembered(to === 'off'
        ? act(title).switchBackupJobsOff({ hosts, api, attempt })
        : act(title).switchBackupJobsOn({ hosts, api, attempt, off: record.state.backupJobsOff })),
    }],
  };
}

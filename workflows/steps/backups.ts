/** Backups, by commands and their checks, or by a person's word. No product here can be downgraded: they are the only way back. */
import type { ConfirmedBackup, DatabaseBackup, Reachable } from '../../src/upgrade/installation.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { now } from '../runbook/record.ts';
import { refuse } from '../runbook/request.ts';

/** Dumps of large databases take hours. */
const LIMIT = '24h';

export type Backup = DatabaseBackup | ConfirmedBackup;

/** What is backed up, and when: two rounds of the same backups are taken apart by their name. */
export interface Backups {
  readonly backups: readonly Backup[];
  /** What is backed up, for titles: "the Application Database". */
  readonly what: string;
  /** Its word in tokens and questions. */
  readonly step: string;
  /** What must not come before it, for questions: "the first host is stopped". */
  readonly before: string;
}

export async function backedUp(upgrade: Upgrade, round: Backups): Promise<void> {
  for (const index of round.backups.keys()) await backUp(upgrade, round, index);
}

async function backUp({ installation, journal, operator, record, steps }: Upgrade, { backups, what, step }: Backups, index: number): Promise<void> {
  const backup = backups[index], name = nameOf(step, index);
  if (!backup || record.state.backupsTakenAt[name]) return;
  if ('confirm' in backup) {
    const asks = `Is it true? "${backup.confirm}" Nothing can check it here: "done-by-hand" is your word, and stands in the report.`;
    const { choice } = await operator.ask({ id: journal.questionId(step), asks, choices: ['done-by-hand', 'abort'], evidence: '' });
    if (choice === 'abort') throw new AbortUpgrade('aborted before the backup was confirmed', 'before');
    record.state.backupsTakenAt[name] = now();
    return;
  }
  const host = hostNamed<Reachable>(installation.hosts, backup.host);
  // The backup holds nothing younger than the moment when its command was first scheduled; a check later proves no more.
  const begun = { token: '', at: '' };
  await steps.run({
    step: name, host: host.name, interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{
      limit: LIMIT,
      title: `back up ${what} on ${host.name}`,
      act: (attempt, title) => {
        if (attempt.mode === 'act' && begun.token !== attempt.token) Object.assign(begun, { token: attempt.token, at: now() });
        return act(title).backUp({ host, backup, attempt });
      },
    }],
  });
  record.state.backupsTakenAt[name] = begun.at;
}

function nameOf(step: string, index: number): string {
  return index === 0 ? step : `${step}-${index + 1}`;
}

/**
 * Is the only way back young enough? Asked right before what it must be younger than, as often as that is due. A person who said `stop-anyway` of a backup is not asked about it again.
 */
export async function backupsYoungEnough(upgrade: Upgrade, round: Backups): Promise<void> {
  const { journal, operator, record, steps } = upgrade;
  for (const [index, backup] of round.backups.entries()) {
    const accepted = `old-backup-accepted-${index + 1}`, name = nameOf(round.step, index);
    if (journal.isDone(accepted)) continue;
    const { tooOld, says } = await steps.look({
      step: 'backup-age', asks: 'The age of the backup',
      look: () => look('check the age of the backup').checkBackupAge({ takenAt: record.state.backupsTakenAt[name] ?? '', maxAge: backup.maxAge }),
      isSeen: (value): value is { tooOld: boolean; says: string } => typeof asRecord(value)['tooOld'] === 'boolean' && typeof asRecord(value)['says'] === 'string',
    });
    if (!tooOld) continue;
    const { choice } = await operator.ask({
      id: journal.questionId('backup-age'), asks: `${says} It is the only way back. Back up again before ${round.before}?`,
      choices: ['run-again', 'stop-anyway', 'abort'], means: { 'run-again': 'Back up again', 'stop-anyway': 'Go on with this backup' }, evidence: '',
    });
    if (choice === 'abort') throw new AbortUpgrade('aborted: the backup was too old', 'before');
    if (choice === 'stop-anyway') {
      journal.done(accepted);
      continue;
    }
    delete record.state.backupsTakenAt[name];
    if ('host' in backup) journal.again(`${name}:${backup.host}`);
    await backUp(upgrade, round, index);
  }
}

export function hostNamed<Host extends Reachable>(hosts: readonly Host[], name: string): Host {
  const found = hosts.find((host) => host.name === name);
  if (!found) throw refuse(`There is no host ${name} in the installation.`);
  return found;
}

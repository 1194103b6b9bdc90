/** Before anything is down: preflight, the lock, backups, the package on every host. */
import { daemonsIn, everyDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { OpsManagerHost, Package } from '../../src/upgrade/installation.ts';
import { refusals, type Preflight } from '../../src/upgrade/plan.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { RefuseUpgrade, type Upgrade } from '../runbook/conduct.ts';
import { now } from '../runbook/record.ts';
import { isShaped, refuse } from '../runbook/request.ts';
import { daemonsThatRan } from './roll.ts';

/** Short steps: this long means that something is wrong. */
const LIMIT = '10m';
/** Dumps of large databases take hours. */
const BACKUP_LIMIT = '24h';
/** A package of 1 GB through a slow bastion. */
const STAGE_LIMIT = '6h';

/** Looks at everything and refuses before anything is touched. Runs again after gate `start`: the world may have changed. */
export async function preflight(upgrade: Upgrade, when: 'before start' | 'after start'): Promise<void> {
  const { journal, record, steps } = upgrade;
  if (record.state.locked) return; // carried over by continue-as-new: preflight belongs to the time before the lock
  record.installation = await steps.look({
    step: 'check-input', asks: 'Whether the input is a valid installation',
    look: () => look('check the installation').checkInstallation({ installation: record.installation }),
    isSeen: (value): value is Upgrade['installation'] => isWhole(value, record.installation),
  });
  const seen = await steps.look({
    step: 'preflight', asks: 'The installation',
    look: () => {
      journal.again('preflight'); // a canary job of its own each time
      return look(`preflight of every host, ${when}`).preflight({
        installation: record.installation, owner: journal.owner, attempt: journal.attempt('preflight', 'act'),
      });
    },
    isSeen: isPreflight,
  });
  record.state.findings = seen.findings;
  record.state.facts = seen.hosts;
  record.state.plan = seen.plan;
  record.state.hostsQuiesced = seen.hosts.filter(({ quiesced }) => quiesced === true).map(({ name }) => name);
  record.state.backupJobsOff = everyDaemon(...seen.hosts.map(({ backupJobsOff }) => daemonsIn(backupJobsOff)));
  record.state.from = seen.plan.from;
  for (const host of seen.hosts) {
    record.host(host.name, { version: host.serves ?? host.installed, ...(host.finished ? { state: 'upgraded' as const } : {}) });
  }
  const refused = refusals(seen.findings);
  record.note({ step: `preflight ${when}`, outcome: refused.length > 0 ? `${refused.length} refused` : 'nothing refused' });
  if (refused.length > 0) throw new RefuseUpgrade(refused);
}

/** The same installation with everything filled in: what a person types into the UI instead does not pass. */
function isWhole(value: unknown, asked: Upgrade['installation']): value is Upgrade['installation'] {
  const { policy, applicationDatabase, loadBalancers } = asRecord(value);
  return isShaped(value) && value.installation === asked.installation
    && ['backupDaemons', 'health'].every((key) => asText(asRecord(asRecord(asRecord(policy)[key]))[key === 'health' ? 'within' : 'for']))
    && Array.isArray(asRecord(applicationDatabase)['backups']) && Array.isArray(loadBalancers);
}

function isPreflight(value: unknown): value is Preflight {
  const { findings, hosts, plan } = asRecord(value);
  const planned = asRecord(plan)['hosts'];
  return isListWith(findings, 'verdict') && isListWith(findings, 'says') && isListWith(hosts, 'name') && isListWith(planned, 'name')
    && asArray(hosts).every((each) => asText(asRecord(asRecord(each)['daemon'])['running']))
    && asArray(planned).every((each) => isListWith(asRecord(each)['commands'], 'typed'));
}

function isListWith(value: unknown, key: string): boolean {
  return Array.isArray(value) && value.every((each) => asText(asRecord(each)[key]) !== undefined);
}

/** The lock on all hosts or on none. From here on the hosts know whose upgrade is at work. */
export async function locked(upgrade: Upgrade): Promise<void> {
  const { installation, record, steps } = upgrade;
  await steps.run({
    step: 'lock', interruptible: true, choices: ['retry'],
    ways: [{ limit: LIMIT, title: 'take the lock on every host', act: (attempt, title) => act(title).takeLocks({ hosts: installation.hosts, attempt }) }],
  });
  if (record.state.locked) return;
  record.state.daemonsToStart = [...daemonsThatRan(upgrade)];
  record.state.locked = true;
}

/** The Application Database: by commands and their checks, or by a person's word. */
export async function backedUp(upgrade: Upgrade): Promise<void> {
  for (const index of upgrade.installation.applicationDatabase.backups.keys()) await backUp(upgrade, index);
}

async function backUp({ installation, journal, operator, record, steps }: Upgrade, index: number): Promise<void> {
  const backup = installation.applicationDatabase.backups[index];
  if (!backup || record.state.backupsTakenAt[index]) return;
  if ('confirm' in backup) {
    const asks = `Is it true? "${backup.confirm}" Nothing can check it here: "done-by-hand" is your word, and stands in the report.`;
    const { choice } = await operator.ask({ id: journal.questionId('backup'), asks, choices: ['done-by-hand', 'abort'], evidence: '' });
    if (choice === 'abort') throw new AbortUpgrade('aborted before the backup was confirmed', 'before');
    record.state.backupsTakenAt[index] = now();
    return;
  }
  const host = hostNamed(installation.hosts, backup.host);
  // The backup holds nothing younger than the moment when its command was first scheduled; a check later proves no more.
  const begun = { token: '', at: '' };
  await steps.run({
    step: backupStep(index), host: host.name, interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{
      limit: BACKUP_LIMIT,
      title: `back up the Application Database on ${host.name}`,
      act: (attempt, title) => {
        if (attempt.mode === 'act' && begun.token !== attempt.token) Object.assign(begun, { token: attempt.token, at: now() });
        return act(title).backUpApplicationDatabase({ host, backup, attempt });
      },
    }],
  });
  record.state.backupsTakenAt[index] = begun.at;
}

function backupStep(index: number): string {
  return index === 0 ? 'backup' : `backup-${index + 1}`;
}

/**
 * Asked before the first host is drained, and again before it is stopped: is the only way back young enough? A person
 * who said `stop-anyway` of a backup is not asked about it again.
 */
export async function backupsYoungEnough(upgrade: Upgrade): Promise<void> {
  const { installation, journal, operator, record, steps } = upgrade;
  for (const [index, backup] of installation.applicationDatabase.backups.entries()) {
    const accepted = `old-backup-accepted-${index + 1}`;
    if (journal.isDone(accepted)) continue;
    const { tooOld, says } = await steps.look({
      step: 'backup-age', asks: 'The age of the backup',
      look: () => look('check the age of the backup').checkBackupAge({ takenAt: record.state.backupsTakenAt[index] ?? '', maxAge: backup.maxAge }),
      isSeen: (value): value is { tooOld: boolean; says: string } => typeof asRecord(value)['tooOld'] === 'boolean' && typeof asRecord(value)['says'] === 'string',
    });
    if (!tooOld) continue;
    const { choice } = await operator.ask({
      id: journal.questionId('backup-age'), asks: `${says} It is the only way back. Back up again before the first host is stopped?`,
      choices: ['run-again', 'stop-anyway', 'abort'], evidence: '',
    });
    if (choice === 'abort') throw new AbortUpgrade('aborted: the backup was too old', 'before');
    if (choice === 'stop-anyway') {
      journal.done(accepted);
      continue;
    }
    delete record.state.backupsTakenAt[index];
    if ('host' in backup) journal.again(`${backupStep(index)}:${backup.host}`);
    await backUp(upgrade, index);
  }
}

/** gen.key and the configuration files of every host, with checksums. */
export async function configurationSaved({ installation, steps }: Upgrade): Promise<void> {
  await steps.all(installation.hosts.map((host) => ({
    step: 'save-configuration', host: host.name, interruptible: true, choices: ['retry'],
    ways: [{ limit: LIMIT, title: `save gen.key and configuration of ${host.name}`, act: (attempt, title) => act(title).saveConfiguration({ host, attempt }) }],
  })));
}

/** The package on every host, checked. Nothing has been drained yet, so a slow upload costs no redundancy. */
export async function packagesStaged({ installation, record, steps }: Upgrade): Promise<void> {
  const unfinished = new Set(record.state.plan?.hosts.filter((host) => !host.finished).map((host) => host.name));
  await steps.all(installation.hosts.filter((host) => unfinished.has(host.name)).map((host) => ({
    step: 'stage', host: host.name, interruptible: true, choices: ['retry'],
    ways: [{
      limit: STAGE_LIMIT,
      title: `bring the package to ${host.name}`,
      act: (attempt, title) => act(title).stagePackage({ host, attempt, package: packageFor(installation, host), version: installation.target.version }),
    }],
  })));
}

export function packageFor(installation: Upgrade['installation'], host: OpsManagerHost): Package {
  const found = installation.target.packages[host.platform];
  if (!found) throw refuse(`There is no package for ${host.platform}, which ${host.name} needs. Add target.packages.${host.platform}.`);
  return found;
}

export function hostNamed(hosts: readonly OpsManagerHost[], name: string): OpsManagerHost {
  const found = hosts.find((host) => host.name === name);
  if (!found) throw refuse(`There is no host ${name} in the installation.`);
  return found;
}

/**
 * Upgrades an Ops Manager installation without monitoring downtime (vendor's guide: "Upgrade Mode for Highly Available
 * applications").
 *
 *    1. Look at every host; refuse before anything is touched. Gate `start`, look again, take the lock on all hosts.
 *    2. Back up the Application Database and every host's gen.key and configuration. There is no downgrade: this is the
 *       only way back. Bring the package to every host.
 *    3. Upgrade the first host. When it starts, migrations run and two versions are served: Ops Manager is in Upgrade
 *       Mode, read-only. From here there is no way back but the backup.
 *    4. See every Backup Daemon stopped, by itself or by us; if it was not by itself, restart the first host.
 *    5. Upgrade the other hosts, one after another; then the hosts that serve only a Backup Daemon, which stays down.
 *    6. Start the Backup Daemons that ran before, see Upgrade Mode end, see the daemons still alive. Take the locks off.
 *
 * Guarantees: never two hosts down at once; nothing installed twice; no step after a failed one without a person's word;
 * no Backup Daemon ever killed. Stopped at any moment, it can be started again on the same file and goes on.
 */
import type { UpgradeSummary } from '../src/upgrade/view.ts';
import { backupJobsKeptAway, backupJobsOff, backupJobsOn } from './ops-manager/backup-jobs.ts';
import { backupDaemonsStopped, stopBackupDaemonsFirst } from './ops-manager/backup-daemons.ts';
import { backupDaemonsAlive, startBackupDaemons } from './ops-manager/start-backup-daemons.ts';
import { afterAbort } from './ops-manager/after-abort.ts';
import { cleanedUp, doneHeadline, upgradeModeSeen, allHostsServeTarget } from './ops-manager/closing.ts';
import { startHost } from './ops-manager/application.ts';
import { finishHost, takeDownAndInstall, upgradeDaemonHost } from './ops-manager/host.ts';
import { backupsOf, configurationSaved, locked, packagesStaged, preflight } from './ops-manager/preparation.ts';
import { allUnquiesced, daemonHostsQuiesced } from './ops-manager/quiesce.ts';
import { hostsToUpgrade } from './ops-manager/roll.ts';
import { firstHostStarted } from './ops-manager/start.ts';
import { serviceWatched } from './ops-manager/service-watch.ts';
import { remembering, type Upgrade } from './ops-manager/upgrade.ts';
import { conduct } from './runbook/conduct.ts';
import { backedUp } from './steps/backups.ts';
import type { UpgradeState } from './runbook/state.ts';

export async function opsManagerUpgrade(request: unknown, carried?: UpgradeState): Promise<UpgradeSummary> {
  return conduct(request, carried, { product: 'ops-manager', remembering, run, abort: afterAbort });
}

async function run(upgrade: Upgrade): Promise<string> {
  const { operator, record, steps } = upgrade;

  await preflight(upgrade, 'before start');
  await operator.gate('start', 'Start the upgrade as planned?');
  await preflight(upgrade, 'after start');
  await locked(upgrade);
  const watch = serviceWatched(upgrade);
  await backupJobsOff(upgrade); // with an API key: a write, so well before Upgrade Mode

  record.enter('backup');
  await backedUp(upgrade, backupsOf(upgrade));
  await configurationSaved(upgrade);
  await packagesStaged(upgrade);

  record.enter('upgrading');
  const { first, others, daemonHosts } = hostsToUpgrade(upgrade);
  await backupJobsKeptAway(upgrade);
  await daemonHostsQuiesced(upgrade); // the site's own commands, where the file has some
  await stopBackupDaemonsFirst(upgrade); // only where the policy says before-first-host
  if (first) {
    // ---- one host is down from here
    await takeDownAndInstall(upgrade, first, 'first');
    await startHost(upgrade, first); // ---- no way back but the backup from here: migrations run
    await firstHostStarted(upgrade, first);
    await upgradeModeSeen(upgrade, 'on');
    await finishHost(upgrade, first); // ---- and up again
    await operator.gate('first-host', `${first.name} is upgraded and in service. Go on with the other hosts?`);
  } else if (others.length > 0) {
    await steps.asOne(() => backupDaemonsStopped(upgrade)); // an earlier run upgraded the first host; Upgrade Mode is on
  }

  for (const host of others) {
    await operator.gate(`host:${host.name}`, `Upgrade ${host.name} next?`);
    await takeDownAndInstall(upgrade, host);
    await startHost(upgrade, host);
    await finishHost(upgrade, host);
  }
  for (const host of daemonHosts) {
    await operator.gate(`host:${host.name}`, `Upgrade ${host.name} next? It serves only a Backup Daemon, which stays down.`);
    await upgradeDaemonHost(upgrade, host);
  }

  await operator.gate('finish', 'Every host is upgraded. Start the Backup Daemons and finish?');
  await allHostsServeTarget(upgrade);
  record.enter('finishing');
  await startBackupDaemons(upgrade);
  await upgradeModeSeen(upgrade, 'off');
  await backupDaemonsAlive(upgrade);
  await backupJobsOn(upgrade);
  await allUnquiesced(upgrade);
  await watch.end();
  await cleanedUp(upgrade);
  return doneHeadline(upgrade);
}

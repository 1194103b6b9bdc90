/**
 * Upgrades an HCL UrbanCode Deploy high-availability installation (vendor's guide: "Upgrading high-availability
 * installations"). All servers share one database and must be of one version, so it is a full stop, not a roll.
 *
 *    1. Look at every host; refuse before anything is touched. Gate `start`, look again, take the lock on all hosts.
 *    2. Bring the package to every host and extract it, while all serve. Back up (the guide's order; or later, by policy).
 *    3. See that no application, component or generic process runs.
 *    4. Close the load balancer, switch off what starts servers by itself, stop all servers; prove all down together.
 *    5. From below 6.1.1.5: a person moves application data to the new layout.
 *    6. Gate `first-installer`. Run the installer on the first server: the database is changed, and there is no way back
 *       but the backups. Every other host is watched to stay down.
 *    7. Start that server by its service script and see it back online.
 *    8. Upgrade the others, one after another; a standby is never started.
 *    9. Put back what was switched off; see all on one version, tell which agents are not back; take the locks off.
 *
 * Guarantees: no installer while a server of the old version lives anywhere; nothing installed twice; an installer that ended
 * half-way is not run again before a person says that database and files are restored; no start but by the service script.
 */
import type { UpgradeSummary } from '../src/upgrade/view.ts';
import { conduct } from './runbook/conduct.ts';
import type { UpgradeState } from './runbook/state.ts';
import { locked } from './steps/locks.ts';
import { mayBegin } from './steps/may-begin.ts';
import { quiesced } from './steps/quiesce.ts';
import { agentsCompared } from './urbancode-deploy/agents.ts';
import { afterAbort } from './urbancode-deploy/after-abort.ts';
import { allOnTarget, allUnquiesced, autostartRestored, cleanedUp, comparedKept, doneHeadline, maintenanceOff } from './urbancode-deploy/closing.ts';
import { installed, isInstalled } from './urbancode-deploy/install.ts';
import { orLeftStopped } from './urbancode-deploy/leave-stopped.ts';
import { oldHosts, orderOf } from './urbancode-deploy/order.ts';
import { backedUpWhile, backupsAreYoung, preflight, restoredMeanwhile, staged } from './urbancode-deploy/preparation.ts';
import { started } from './urbancode-deploy/start.ts';
import { fullStopProven, stopped } from './urbancode-deploy/stop.ts';
import { storageMoved } from './urbancode-deploy/storage.ts';
import { remembering, serves, type Upgrade } from './urbancode-deploy/upgrade.ts';
import { workEnded } from './urbancode-deploy/work.ts';

export async function urbancodeDeployUpgrade(request: unknown, carried?: UpgradeState): Promise<UpgradeSummary> {
  return conduct(request, carried, { product: 'urbancode-deploy', remembering, run, abort: afterAbort });
}

async function run(upgrade: Upgrade): Promise<string> {
  const { installation: { hosts }, operator, record } = upgrade;

  await preflight(upgrade, 'before start');
  await operator.gate('start', 'Start the upgrade as planned?');
  await preflight(upgrade, 'after start');
  await restoredMeanwhile(upgrade);
  await locked(upgrade);
  await staged(upgrade); // users still work

  record.enter('backup');
  await backedUpWhile(upgrade, 'all serve');

  record.enter('upgrading');
  const { first, others } = orderOf(upgrade);
  for (const host of [first ?? [], others].flat()) await quiesced(upgrade, host); // the site's own commands, where the file has some
  if (!first) {
    await stopped(upgrade, oldHosts(upgrade), { work: false }); // an earlier run changed the database: none of them may live
  } else if (!isInstalled(upgrade, first)) {
    await workEnded(upgrade);
    await stopped(upgrade, hosts, { work: true }); // ---- nobody is served from here on
    await fullStopProven(upgrade, { installation: upgrade.installation, hosts: hosts.map(({ name }) => name), everything: true });
    await backedUpWhile(upgrade, 'all are down');
    await storageMoved(upgrade); // from below 6.1.1.5
    await backupsAreYoung(upgrade);
    await operator.gate('first-installer', `Run the installer on ${first.name}? This is the point of no return: it changes the database, and the only way back is the backup.`);
    await installed(upgrade, first, 'first'); // ---- no way back but the backups from here
  }
  if (first) await started(upgrade, first, 'first'); // ---- one server serves again

  for (const host of others) {
    await operator.gate(`host:${host.name}`, serves(host) ? `Upgrade ${host.name} next?` : `Upgrade ${host.name} next? It is a standby, which stays down.`);
    await mayBegin(upgrade, host.name);
    await orLeftStopped(upgrade, host, async () => {
      await installed(upgrade, host, 'other');
      if (serves(host)) await started(upgrade, host, 'other');
    });
  }

  await operator.gate('finish', 'Every host is upgraded. Put back what was switched off, and finish?');
  await allOnTarget(upgrade);
  record.enter('finishing');
  await autostartRestored(upgrade);
  await maintenanceOff(upgrade);
  await comparedKept(upgrade);
  await agentsCompared(upgrade);
  await allUnquiesced(upgrade);
  await cleanedUp(upgrade);
  return doneHeadline(upgrade);
}

/** All activities of the Ops Manager runbook, over the ports that the worker gives them. Each heartbeats while it works. */
import { overPorts, sharedActivities } from '../shared.ts';
import { startApplication, stopApplication } from './application.ts';
import { awaitBackupDaemonsStopped, lookAtBackupDaemons, startBackupDaemon, stopBackupDaemon } from './backup-daemon.ts';
import { switchBackupJobsOff, switchBackupJobsOn } from './backup-jobs.ts';
import { saveConfiguration } from './configuration.ts';
import type { OpsManagerActivities } from './contract.ts';
import { installPackage } from './install.ts';
import type { OpsManagerPorts } from './ports.ts';
import { preflight } from './preflight/preflight.ts';
import { cleanUp, stagePackage } from './stage.ts';
import { awaitServing, lookAtStart, lookAtUpgraded, soak } from './start.ts';
import { seeUpgradeMode } from './upgrade-mode.ts';
import { takeBackTree } from './take-back.ts';
import { watchService } from './watch.ts';
import { whyNotNow } from './why-not-now.ts';

export function createOpsManagerActivities(ports: OpsManagerPorts): OpsManagerActivities {
  const over = overPorts(ports);
  return {
    ...sharedActivities(ports),
    preflight: over(preflight),
    whyNotNow: over(whyNotNow),
    lookAtBackupDaemons: over(lookAtBackupDaemons),
    awaitBackupDaemonsStopped: over(awaitBackupDaemonsStopped),
    lookAtUpgraded: over(lookAtUpgraded),
    lookAtStart: over(lookAtStart),
    awaitServing: over(awaitServing),
    seeUpgradeMode: over(seeUpgradeMode),
    soak: over(soak),
    watchService: over(watchService),
    saveConfiguration: over(saveConfiguration),
    stagePackage: over(stagePackage),
    switchBackupJobsOff: over(switchBackupJobsOff),
    switchBackupJobsOn: over(switchBackupJobsOn),
    stopBackupDaemon: over(stopBackupDaemon),
    startBackupDaemon: over(startBackupDaemon),
    stopApplication: over(stopApplication),
    installPackage: over(installPackage),
    takeBackTree: over(takeBackTree),
    startApplication: over(startApplication),
    cleanUp: over(cleanUp),
  };
}

/** All activities of the Ops Manager runbook, over the ports that the worker gives them. Each heartbeats while it works. */
import { startApplication, stopApplication } from './application.ts';
import { beating } from './at-work.ts';
import { awaitBackupDaemonsStopped, lookAtBackupDaemons, startBackupDaemon, stopBackupDaemon } from './backup-daemon.ts';
import { switchBackupJobsOff, switchBackupJobsOn } from './backup-jobs.ts';
import { backUpApplicationDatabase, checkBackupAge } from './backup.ts';
import { checkInstallation } from './check-installation.ts';
import { saveConfiguration } from './configuration.ts';
import type { OpsManagerActivities } from './contract.ts';
import { installPackage } from './install.ts';
import { drain, putBack } from './load-balancer.ts';
import { quiesceHost, unquiesceHost } from './quiesce.ts';
import { releaseLocks, takeLocks } from './lock.ts';
import type { OpsManagerPorts } from './ports.ts';
import { preflight } from './preflight/preflight.ts';
import { cleanUp, stagePackage } from './stage.ts';
import { awaitServing, lookAtStart, lookAtUpgraded, soak } from './start.ts';
import { seeUpgradeMode } from './upgrade-mode.ts';
import { takeBackTree } from './take-back.ts';
import { watchService } from './watch.ts';
import { whyNotNow } from './why-not-now.ts';

type Over<Input, Output> = (ports: OpsManagerPorts, input: Input) => Promise<Output>;

export function createOpsManagerActivities(ports: OpsManagerPorts): OpsManagerActivities {
  const over = <Input, Output>(activity: Over<Input, Output>) => (input: Input): Promise<Output> => beating(() => activity(ports, input));
  return {
    checkInstallation: over(checkInstallation),
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
    checkBackupAge: over(checkBackupAge),
    takeLocks: over(takeLocks),
    releaseLocks: over(releaseLocks),
    backUpApplicationDatabase: over(backUpApplicationDatabase),
    saveConfiguration: over(saveConfiguration),
    stagePackage: over(stagePackage),
    quiesceHost: over(quiesceHost),
    unquiesceHost: over(unquiesceHost),
    switchBackupJobsOff: over(switchBackupJobsOff),
    switchBackupJobsOn: over(switchBackupJobsOn),
    drain: over(drain),
    putBack: over(putBack),
    stopBackupDaemon: over(stopBackupDaemon),
    startBackupDaemon: over(startBackupDaemon),
    stopApplication: over(stopApplication),
    installPackage: over(installPackage),
    takeBackTree: over(takeBackTree),
    startApplication: over(startApplication),
    cleanUp: over(cleanUp),
  };
}

/** All activities of the UrbanCode Deploy runbook, over the ports that the worker gives them. Each heartbeats while it works. */
import type { Ports } from '../ports.ts';
import { overPorts, sharedActivities } from '../shared.ts';
import { lookAtAgents } from './agents.ts';
import { disableAutostart, restoreAutostart } from './autostart.ts';
import type { UrbancodeDeployActivities } from './contract.ts';
import { installServer, restoreBackup } from './install.ts';
import { compareKept } from './kept.ts';
import { preflightServers } from './preflight/preflight.ts';
import { cleanUpServer, stageServer } from './stage.ts';
import { awaitServer, lookAtServer, startServer } from './start.ts';
import { lookAtFullStop, removePidFile, signalServer, stopServer, watchForServers } from './stop.ts';
import { lookAtStorage, proveStorage } from './storage.ts';
import { awaitIdle, cancelWork, lookAtWork, switchMaintenanceOff, switchMaintenanceOn } from './work.ts';

export function createUrbancodeDeployActivities(ports: Ports): UrbancodeDeployActivities {
  const over = overPorts(ports);
  return {
    ...sharedActivities(ports),
    preflightServers: over(preflightServers),
    lookAtWork: over(lookAtWork),
    awaitIdle: over(awaitIdle),
    lookAtAgents: over(lookAtAgents),
    lookAtFullStop: over(lookAtFullStop),
    watchForServers: over(watchForServers),
    lookAtStorage: over(lookAtStorage),
    lookAtServer: over(lookAtServer),
    awaitServer: over(awaitServer),
    compareKept: over(compareKept),
    stageServer: over(stageServer),
    switchMaintenanceOn: over(switchMaintenanceOn),
    switchMaintenanceOff: over(switchMaintenanceOff),
    cancelWork: over(cancelWork),
    disableAutostart: over(disableAutostart),
    restoreAutostart: over(restoreAutostart),
    stopServer: over(stopServer),
    signalServer: over(signalServer),
    removePidFile: over(removePidFile),
    proveStorage: over(proveStorage),
    installServer: over(installServer),
    restoreBackup: over(restoreBackup),
    startServer: over(startServer),
    cleanUpServer: over(cleanUpServer),
  };
}

import { setTimeout as pause } from 'node:timers/promises';
import type { OpsManagerPorts } from '../activities/ops-manager/ports.ts';
import { createApplicationDatabase } from '../src/database/application-database.ts';
import { checkInstallation } from '../src/installation/check.ts';
import { messageOf } from '../src/installation/problems.ts';
import { createSecrets, workerPath } from '../src/secrets/secrets.ts';
import { createHosts } from '../src/ssh/hosts.ts';
import type { Hosts } from '../src/ssh/port.ts';
import { clusterId, isRunClosed } from '../src/temporal/cluster.ts';
import type { Connected } from '../src/temporal/connect.ts';
import type { WorkerConfig } from './config.ts';

/** Puts together what the activities stand on: hosts over SSH unless others are given, database, secrets, Temporal's word on runs. */
export async function opsManagerPorts(config: WorkerConfig, temporal: Connected, hosts?: Hosts): Promise<OpsManagerPorts> {
  const places = { folder: config.folder, env: process.env };
  const secrets = createSecrets(places);
  const ours = {
    hosts: hosts ?? createHosts({ secrets, ...places, stateFolder: config.stateFolder }),
    secrets,
    workerPath: (path: string) => workerPath(path, places),
  };
  return {
    ...ours,
    applicationDatabase: createApplicationDatabase(ours),
    cluster: { clusterId: await clusterId(temporal), namespace: temporal.namespace },
    isRunClosed: (workflowId, firstExecutionRunId) => isRunClosed(temporal, workflowId, firstExecutionRunId),
    checkInstallation: checked,
    clock: { now: () => new Date(), pause: (milliseconds, signal) => pause(milliseconds, undefined, { signal }) },
  };
}

const checked: OpsManagerPorts['checkInstallation'] = (input) => {
  const seen = checkInstallation(input);
  return 'problems' in seen ? { problems: seen.problems.map(messageOf) } : seen;
};

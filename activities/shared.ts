/** The activities that every runbook has, over the ports that the worker gives them. Each heartbeats while it works. */
import { beating } from './at-work.ts';
import { backUp, checkBackupAge } from './backup.ts';
import { checkInstallation } from './check-installation.ts';
import type { SharedActivities } from './contract.ts';
import { drain, putBack } from './load-balancer.ts';
import { releaseLocks, takeLocks } from './lock.ts';
import type { Ports } from './ports.ts';
import { quiesceHost, unquiesceHost } from './quiesce.ts';

type Over<Known extends Ports, Input, Output> = (ports: Known, input: Input) => Promise<Output>;

/** Makes an activity of what works over ports. */
export function overPorts<Known extends Ports>(ports: Known) {
  return <Input, Output>(activity: Over<Known, Input, Output>) => (input: Input): Promise<Output> => beating(() => activity(ports, input));
}

export function sharedActivities(ports: Ports): SharedActivities {
  const over = overPorts(ports);
  return {
    checkInstallation: over(checkInstallation),
    checkBackupAge: over(checkBackupAge),
    takeLocks: over(takeLocks),
    releaseLocks: over(releaseLocks),
    backUp: over(backUp),
    quiesceHost: over(quiesceHost),
    unquiesceHost: over(unquiesceHost),
    drain: over(drain),
    putBack: over(putBack),
  };
}

/** The undo of a host that may be down but still has the old version on its disk: started again and put back. */
import { applicationHosts, type OpsManagerHost } from '../../src/upgrade/installation.ts';
import { act } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';
import { startHost } from './application.ts';
import { backInService } from '../steps/load-balancer.ts';
import { packageFor } from './preparation.ts';
import { installedBefore, oldVersion } from './roll.ts';
import { served } from './start.ts';

/** Only before the install has begun, or when a tarball's was taken back. What was not taken away is found in place and left alone. */
export async function bringBackOld(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { journal, record } = upgrade;
  const old = oldVersion(upgrade, host);
  if (old === undefined) {
    // An earlier run installed the target here: starting it would migrate the database, which nobody asked for any more.
    const target = installedBefore(upgrade, host);
    record.note({ step: 'bring back', host: host.name, outcome: `left as it is: ${target === undefined ? 'its old version was not seen' : `${target} is on its disk`}` });
    return;
  }
  record.note({ step: 'bring back', host: host.name, outcome: `aborted before ${host.name} was started on the target: ${old} stays in service` });
  if (journal.mayHaveHappened(`stop:${host.name}`)) {
    await startHost(upgrade, host, 'start-old');
    await served(upgrade, host, old);
  }
  if (journal.mayHaveHappened(`drain:${host.name}`)) await backInService(upgrade, host);
  record.host(host.name, { state: 'waiting', step: undefined });
}

/** Whether the old version is kept on its disk by this very upgrade: what an earlier run switched may have been started since. */
export function keepsOldTree(upgrade: Upgrade, host: OpsManagerHost): boolean {
  return host.platform === 'linux' && oldVersion(upgrade, host) !== undefined;
}

/** A tarball's old tree is kept beside the new one: until a start began, an abort takes the switch back. */
export async function takeBackUnstarted(upgrade: Upgrade): Promise<void> {
  const { installation, journal, steps } = upgrade;
  const { version } = installation.target;
  const unstarted = applicationHosts(installation).filter((host) => keepsOldTree(upgrade, host)
    && journal.isBegun(`install:${host.name}`) && journal.isDone(`stop:${host.name}`) && !journal.mayHaveHappened(`start:${host.name}`));
  for (const host of unstarted) {
    await steps.run({
      step: 'take-back', host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
      ways: [{
        limit: '15m', title: `put the old tree of ${host.name} back`,
        act: (attempt, title) => act(title).takeBackTree({ host, attempt, package: packageFor(installation, host), version }),
      }],
    });
    journal.again(`install:${host.name}`);
    await bringBackOld(upgrade, host);
  }
}

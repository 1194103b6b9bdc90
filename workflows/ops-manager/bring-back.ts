/** The undo of a host that may be down but still has the old version on its disk: started again and put back. */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { startHost } from './application.ts';
import { backInService } from './load-balancer.ts';
import { served } from './start.ts';

/** Only before the install has begun. What was not taken away is found in place and left alone. */
export async function bringBackOld(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { installation, journal, record } = upgrade;
  const old = record.state.facts.find((facts) => facts.name === host.name)?.installed;
  if (old === undefined || old === installation.target.version) {
    // An earlier run installed the target here: starting it would migrate the database, which nobody asked for any more.
    record.note({ step: 'bring back', host: host.name, outcome: `left as it is: ${old === undefined ? 'its old version was not seen' : `${old} is on its disk`}` });
    return;
  }
  record.note({ step: 'bring back', host: host.name, outcome: `aborted before the install: ${old} stays in service` });
  if (journal.mayHaveHappened(`stop:${host.name}`)) {
    await startHost(upgrade, host, 'start-old');
    await served(upgrade, host, old);
  }
  if (journal.mayHaveHappened(`drain:${host.name}`)) await backInService(upgrade, host);
  record.host(host.name, { state: 'waiting', step: undefined });
}

/** The undo of a host that may be down but still has the old version on its disk: started again and put back. */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { startHost } from './application.ts';
import { backInService } from './load-balancer.ts';
import { served } from './start.ts';

/** Only before the install has begun. What was not taken away is found in place and left alone. */
export async function bringBackOld(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { record, steps } = upgrade;
  const old = record.state.facts.find((facts) => facts.name === host.name)?.installed;
  record.note({ step: 'bring back', host: host.name, outcome: `aborted before the install: ${old ?? 'the old version'} stays in service` });
  if (steps.touched(`stop:${host.name}`)) {
    await startHost(upgrade, host, 'start-old');
    if (old) await served(upgrade, host, old);
  }
  if (steps.touched(`drain:${host.name}`)) await backInService(upgrade, host);
  record.host(host.name, { state: 'waiting', step: undefined });
}

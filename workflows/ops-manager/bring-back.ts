/** The undo of a host that is down but still has the old version on its disk: started again and put back. */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { act } from '../activities.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { backInService } from './host.ts';
import { served } from './start.ts';

/** Only before the install has begun. What was not taken away yet is found in place and left alone. */
export async function bringBackOld(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { record, steps } = upgrade;
  const old = record.state.facts.find((facts) => facts.name === host.name)?.installed;
  record.note({ step: 'bring back', host: host.name, outcome: `aborted before the install: ${old ?? 'the old version'} is started again` });
  if (record.state.journal[`stop:${host.name}`]) {
    await steps.run({
      step: 'start-old', host: host.name, state: 'starting', interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
      ways: [{ title: `start the old version on ${host.name} again`, act: (attempt, title) => act(title).startApplication({ host, attempt }) }],
    });
    if (old) await served(upgrade, host, old);
  }
  if (record.state.journal[`drain:${host.name}`]) await backInService(upgrade, host);
  record.host(host.name, { state: 'waiting', step: undefined });
}

/** May a host go down right now? Gates wait for days and the world changes meanwhile, so it is asked at the last moment. */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { cut } from '../../src/upgrade/outcome.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';

/** Returns when all other hosts are healthy and in service, the database is whole, and the lock is ours; else a person is asked. */
export async function clearToGoDown(upgrade: Upgrade, host: OpsManagerHost, before: 'drain' | 'stop' | 'restart'): Promise<void> {
  const { installation, journal, operator, steps } = upgrade;
  for (;;) {
    const { why } = await steps.look({
      step: `why-not-${before}`, host: host.name, asks: `Whether ${host.name} may go down now`,
      look: () => look(`may ${host.name} go down? (before ${before})`).whyNotNow({ installation, host: host.name, owner: journal.owner }),
      isSeen: (value): value is { why: string | null } => asRecord(value)['why'] === null || typeof asRecord(value)['why'] === 'string',
    });
    operator.throwIfAborting();
    if (why === null) return;
    const { choice } = await operator.ask({
      id: journal.questionId(`why-not-${before}:${host.name}`), asks: cut(`${host.name} may not go down now. ${why}`), choices: ['retry', 'abort'], evidence: why,
    });
    if (choice === 'abort') throw new AbortUpgrade(why, 'before');
  }
}

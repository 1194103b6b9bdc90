/** May a host go down right now? Gates wait for days and the world changes meanwhile, so it is asked at the last moment. */
import type { ClearToGoDown, GoingDown } from '../../activities/ops-manager/contract.ts';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Answer, Choice } from '../../src/upgrade/messages.ts';
import { cut } from '../../src/upgrade/outcome.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from './upgrade.ts';
import { drainedAgain } from '../steps/load-balancer.ts';

/** How long sessions are waited for before the person who said `wait` is asked again. */
const SESSIONS_WAITED_FOR = '5m';

/**
 * Returns when all other hosts are healthy and in service, the database is whole, and the lock is ours; before a stop also
 * when the load balancers are done with the host. A forgotten drain is made again, once; for the rest a person is asked.
 * A question may stand open for hours, so everything is asked again after each; `first`: what the caller asks, too.
 */
export async function clearToGoDown(upgrade: Upgrade, host: OpsManagerHost, before: GoingDown, first?: () => Promise<void>): Promise<void> {
  const { operator } = upgrade;
  let sessionsMayEnd = false; // by a person's `stop-anyway`
  for (let drains = 0; ;) {
    await first?.();
    const { why, balanced } = await asked(upgrade, host, before);
    operator.throwIfAborting();
    if (why !== null) await question(upgrade, host, before, { asks: why, choices: ['retry', 'abort'] });
    else if (balanced === undefined || (balanced.is === 'busy' && sessionsMayEnd)) return;
    else if (balanced.is === 'in' && drains === 0) {
      drains += 1;
      await drainedAgain(upgrade, host);
    } else if (balanced.is === 'in') {
      await question(upgrade, host, before, { asks: `${host.name} was drained, and gets requests again: ${balanced.says}`, choices: ['retry', 'abort'] });
    } else {
      const answer = await question(upgrade, host, before, { asks: `${host.name} is drained, but its sessions are not over: ${balanced.says}`, choices: ['wait', 'stop-anyway', 'abort'] });
      if (answer.choice === 'stop-anyway') sessionsMayEnd = true;
      else await operator.pause(answer.for ?? SESSIONS_WAITED_FOR);
    }
  }
}

async function asked({ installation, journal, steps }: Upgrade, host: OpsManagerHost, before: GoingDown): Promise<ClearToGoDown> {
  return steps.look({
    step: `why-not-${before}`, host: host.name, asks: `Whether ${host.name} may go down now`,
    look: () => look(`may ${host.name} go down? (before ${before})`).whyNotNow({ installation, host: host.name, owner: journal.owner, before }),
    isSeen: isAnswer,
  });
}

function isAnswer(value: unknown): value is ClearToGoDown {
  const { why, balanced } = asRecord(value);
  const { is, says } = asRecord(balanced);
  return (why === null || asText(why) !== undefined) && (balanced === undefined || ((is === 'in' || is === 'busy') && asText(says) !== undefined));
}

async function question(
  { journal, operator }: Upgrade, host: OpsManagerHost, before: GoingDown, { asks, choices }: { readonly asks: string; readonly choices: readonly Choice[] },
): Promise<Answer> {
  const answer = await operator.ask({ id: journal.questionId(`why-not-${before}:${host.name}`), asks: cut(asks), choices, evidence: asks });
  if (answer.choice === 'abort') throw new AbortUpgrade(asks, 'before');
  return answer;
}

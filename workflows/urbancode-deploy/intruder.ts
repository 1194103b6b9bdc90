/** Nothing may come up while an installer runs: all that must be down is watched, by the same probe that proved it. */
import { CancellationScope } from '@temporalio/workflow';
import type { NotDown } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { watch } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { whatHappened } from '../runbook/happened.ts';
import { bothEnded } from '../runbook/step.ts';
import { hostNamed } from '../steps/backups.ts';
import { stoppedAgain } from './stop.ts';
import type { Upgrade } from './upgrade.ts';

/** A supervisor's cycle is seldom shorter, and a look costs each host a process list. */
const EVERY = '5s';

interface Beside { readonly installer: UrbancodeDeployHost; readonly down: readonly UrbancodeDeployHost[] }

/** Does the work and watches beside it. What came up was stopped, and a person has looked at the database, before this returns. */
export async function intruderAwaited(upgrade: Upgrade, beside: Beside, work: () => Promise<void>): Promise<void> {
  const { record, steps } = upgrade;
  const scope = new CancellationScope();
  const watching = async (): Promise<void> => {
    for (;;) {
      const seen = await scope.run(() => watch(`watch that no server comes up beside the installer on ${beside.installer.name}`).watchForServers({ hosts: beside.down, every: EVERY }))
        .catch((error: unknown) => {
          const happened = whatHappened(error);
          if (happened.kind === 'unknown') record.note({ step: 'watch', outcome: `ended early: ${happened.says}` });
          return undefined;
        });
      if (!isNotDown(seen) || seen.is !== 'alive') return;
      await intruderStopped(upgrade, beside, seen);
    }
  };
  const working = async (): Promise<void> => {
    const ended = await work().then(() => undefined, (error: unknown) => ({ error }));
    scope.cancel();
    if (ended) throw ended.error;
  };
  await steps.asOne(() => bothEnded([working(), watching()]));
}

async function intruderStopped(upgrade: Upgrade, { installer }: Beside, seen: NotDown): Promise<void> {
  const { installation, journal, operator, record } = upgrade;
  record.note({ step: 'watch', host: seen.host, outcome: `a server came up beside the installer on ${installer.name}: ${seen.says}` });
  await stoppedAgain(upgrade, hostNamed(installation.hosts, seen.host));
  const answer = await operator.ask({
    id: journal.questionId(`intruder:${seen.host}`), evidence: seen.says, choices: ['keep-mine', 'abort'],
    asks: `A server lived on ${seen.host} beside the installer on ${installer.name}. It is stopped now, but may have damaged the database. Find out what started it and look at the database and the installer's log; "keep-mine" goes on with the database as it is.`,
  });
  record.state.remarks.push(`A server lived on ${seen.host} beside the installer on ${installer.name}; ${answer.choice === 'abort' ? 'nobody has' : `${answer.by} has`} looked at the database.`);
  if (answer.choice === 'abort') throw new AbortUpgrade(`aborted: a server lived on ${seen.host} beside the installer`);
}

function isNotDown(value: unknown): value is NotDown {
  const { host, is, says } = asRecord(value);
  return [host, is, says].every((each) => asText(each) !== undefined);
}

/**
 * The installer on one host, as a remote job. The first one changes the database, and there is no way back but the backups.
 *
 * All hosts that must be down are proven so right before it, and watched while it runs: one that comes up is stopped and
 * becomes a question, because it may have damaged the database. What ended half-way is never simply run again: first a
 * person, or the file's own commands, restore database and files.
 */
import type { WholeStop } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import type { Choice } from '../../src/upgrade/messages.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act } from '../activities.ts';
import { hostNamed } from '../steps/backups.ts';
import { typedByPerson } from './guided.ts';
import { intruderAwaited } from './intruder.ts';
import { LeaveStopped } from './leave-stopped.ts';
import { oldHosts } from './order.ts';
import { packageFor } from './preparation.ts';
import { fullStopProven } from './stop.ts';
import { isOldLayout } from './storage.ts';
import type { Upgrade } from './upgrade.ts';

/** Schema changes of large databases take hours. */
const INSTALL_LIMIT = '12h';

export async function installed(upgrade: Upgrade, host: UrbancodeDeployHost, which: 'first' | 'other'): Promise<void> {
  const { installation: { target: { version }, policy, appData, hosts }, journal, steps } = upgrade;
  if (journal.isDone(`install:${host.name}`)) return;
  // The host itself must be down even where its mark is new already.
  const down = hosts.filter((each) => each.name === host.name || oldHosts(upgrade).includes(each));
  const stop: WholeStop = { installation: upgrade.installation, hosts: down.map(({ name }) => name), everything: which === 'first' };
  const clear = () => fullStopProven(upgrade, stop);
  await intruderAwaited(upgrade, { installer: host, down }, () => steps.run({
    step: 'install', host: host.name, state: 'installing', interruptible: true, clear, beforeRetry: clear,
    choices: (seen) => choicesFor(upgrade, { host, which, seen }),
    asks: (seen) => asks(upgrade, host, seen),
    ...typedByPerson(host, 'run the installer'),
    chosen: {
      'restore': () => restored(upgrade),
      'leave-stopped': async () => { throw new LeaveStopped(host); },
    },
    ways: [{
      limit: INSTALL_LIMIT, title: `run the installer of ${version} on ${host.name}`,
      act: (attempt, title) => act(title).installServer({
        host, attempt, package: packageFor(upgrade.installation, host), version, fips: policy.fips, stop,
        ...(isOldLayout(upgrade) ? { appData } : {}),
      }),
    }],
  }));
}

const isUnfinished = (seen: StepOutcome): boolean => asRecord(seen)['unfinished'] === true;

interface Ended { readonly host: UrbancodeDeployHost; readonly which: 'first' | 'other'; readonly seen: StepOutcome }

function choicesFor({ installation }: Upgrade, { host, which, seen }: Ended): readonly Choice[] {
  const aside: readonly Choice[] = which === 'other' ? ['leave-stopped'] : [];
  if (host.platform === 'windows') return ['done-by-hand', 'wait', ...aside];
  if (!isUnfinished(seen)) return [...(seen.outcome === 'failed' ? ['retry' as const] : []), 'wait', 'done-by-hand', ...aside];
  return [...(installation.database.restore ? ['restore' as const] : []), 'run-again', 'done-by-hand', ...aside];
}

function asks({ installation }: Upgrade, { name, installDir }: UrbancodeDeployHost, seen: StepOutcome): string {
  if (!isUnfinished(seen)) {
    return seen.outcome === 'unknown' ? `It is not known how the installer on ${name} ended. Look at the host before you choose.` : `The installer did not run on ${name}. What now?`;
  }
  const restore = installation.database.restore ? '"restore" runs the file\'s commands, then this is asked again.' : 'The file names no commands that restore.';
  return `The installer on ${name} ended half-way: the database and ${installDir} may be half new. ${restore} Choose "run-again" only when database, application data and install dir are restored from the backup.`;
}

/** The file's own commands, in its order, each once per decision. */
async function restored({ installation, journal, record, steps }: Upgrade): Promise<void> {
  for (const [index, { host: name, command }] of (installation.database.restore ?? []).entries()) {
    const host = hostNamed(installation.hosts, name);
    journal.again(`restore-${index + 1}:${name}`);
    await steps.run({
      step: `restore-${index + 1}`, host: name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
      ways: [{ limit: '24h', title: `restore from the backup on ${name}`, act: (attempt, title) => act(title).restoreBackup({ host, attempt, command, index }) }],
    });
  }
  record.note({ step: 'restore', outcome: 'the file\'s commands ended well; "run-again" runs the installer once more' });
}

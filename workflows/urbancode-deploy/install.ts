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
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act } from '../activities.ts';
import { isWitnessed } from '../runbook/outcomes.ts';
import { now } from '../runbook/record.ts';
import type { Step } from '../runbook/step.ts';
import { hostNamed } from '../steps/backups.ts';
import { isGuided, titleOn, typedByPerson } from './guided.ts';
import { IntruderWatch } from './intruder.ts';
import { LeaveStopped } from './leave-stopped.ts';
import { isOnTarget, oldHosts } from './order.ts';
import { isRestoredByHand, packageFor } from './preparation.ts';
import { fullStopProven } from './stop.ts';
import { serves, type Upgrade } from './upgrade.ts';

/** Schema changes of large databases take hours. */
const INSTALL_LIMIT = '12h';

type Which = 'first' | 'other';

/** True also where an earlier run did it: the host's own mark is the proof. */
export function isInstalled(upgrade: Upgrade, host: UrbancodeDeployHost): boolean {
  return isOnTarget(upgrade, host) || upgrade.journal.isDone(`install:${host.name}`);
}

export async function installed(upgrade: Upgrade, host: UrbancodeDeployHost, which: Which): Promise<void> {
  const { installation: { target: { version } }, record, steps } = upgrade;
  if (isInstalled(upgrade, host)) return;
  const down = oldHosts(upgrade).map(({ name }) => name); // itself among them
  const stop: WholeStop = { installation: upgrade.installation, hosts: down, everything: which === 'first' };
  await steps.asOne(async () => {
    const watch = new IntruderWatch(upgrade, host, stop);
    const ended = await steps.run(installStep(upgrade, { host, which, stop, watch })).then(() => {
      record.host(host.name, { version, state: serves(host) ? 'stopped' : 'upgraded' });
    }, (error: unknown) => ({ error }));
    await watch.end();
    if (ended) throw ended.error;
    await watch.seeNobodyCame();
  });
}

interface Install { readonly host: UrbancodeDeployHost; readonly which: Which; readonly stop: WholeStop; readonly watch: IntruderWatch }

function installStep(upgrade: Upgrade, { host, which, stop, watch }: Install): Step {
  const { installation: { target: { version }, policy }, record } = upgrade;
  const { installerBegun } = record.state;
  const clear = () => fullStopProven(upgrade, stop);
  let again = isRestoredByHand(upgrade), restoredAt = '', byHand = false;
  return {
    step: 'install', host: host.name, byPerson: isGuided(host), state: 'installing', interruptible: true, clear,
    beforeRetry: async (chosen) => {
      await watch.end(); // else both would find the same server
      await clear();
      again = chosen === 'run-again';
      restoredAt = ''; // what it does now is not restored yet
    },
    choices: (seen) => choicesFor(upgrade, { host, which, seen }),
    means: { 'run-again': 'Run the installer once more, now that all is restored' },
    asks: (seen) => (isUnfinished(seen) ? typedByPerson(host, `Please run the installer on ${host.name}`).asks?.(seen) : undefined) ?? asks(upgrade, { host, which, seen, restored: restoredAt }),
    chosen: {
      'done-by-hand': async () => { byHand = true; },
      'restore': async () => { restoredAt = await restored(upgrade, stop); },
      'leave-stopped': async () => { throw new LeaveStopped(host); },
    },
    ways: [{
      limit: INSTALL_LIMIT, title: titleOn(host, `run the installer of ${version} on ${host.name}`),
      act: async (attempt, title) => {
        if (attempt.mode === 'act') watch.begin();
        record.state.installerBegun = true; // until it is seen that it was not
        const seen = await act(title).installServer({
          host, attempt, package: packageFor(upgrade.installation, host), version, fips: policy.fips, stop, again,
        });
        if (!wasNotBegun(seen, attempt)) return seen;
        // Whoever says that he ran it may have run half of it: no job and no note tells.
        if (byHand && !isGuided(host)) return { ...seen, evidence: `What was run there by hand may have left it half new.\n${seen.evidence}`, unfinished: true };
        record.state.installerBegun = installerBegun;
        return seen;
      },
    }],
  };
}

function wasNotBegun(seen: StepOutcome, attempt: Attempt): boolean {
  return isWitnessed(seen, attempt) && seen.outcome === 'failed' && !isUnfinished(seen);
}

const isUnfinished = (seen: StepOutcome): boolean => asRecord(seen)['unfinished'] === true;

interface Ended { readonly host: UrbancodeDeployHost; readonly which: Which; readonly seen: StepOutcome }
/** When the file's commands restored it for this question; empty until then. */
interface Restored { readonly restored: string }

function choicesFor({ installation }: Upgrade, { host, which, seen }: Ended): readonly Choice[] {
  const aside: readonly Choice[] = which === 'other' ? ['leave-stopped'] : [];
  if (isUnfinished(seen) && isGuided(host)) return ['done-by-hand', 'wait', ...aside];
  if (isUnfinished(seen)) return [...(mayRestore(installation, which) ? ['restore' as const] : []), 'run-again', 'done-by-hand', ...aside];
  return seen.outcome === 'failed' ? ['retry', 'wait', 'done-by-hand', ...aside] : ['wait', 'done-by-hand']; // it may still run
}

/** Once a server serves, the file's commands would restore the database beneath it. */
function mayRestore({ database }: Upgrade['installation'], which: Which): boolean {
  return which === 'first' && database.restore !== undefined;
}

function asks({ installation }: Upgrade, { host: { name, installDir }, which, seen, restored }: Ended & Restored): string {
  if (!isUnfinished(seen)) return seen.outcome === 'failed' ? `The installer did not run on ${name}. What now?` : `It is not known how the installer on ${name} ended. Look at the host before you choose.`;
  if (which === 'other') return `The installer on ${name} ended half-way: ${installDir} may be half new. The database is new already and stays so. Choose "run-again" only when ${installDir} is restored from the backup.`;
  if (restored !== '') return `The installer on ${name} ended half-way. The file's commands that restore ended well at ${restored.slice(11, 16)} UTC. See that database, application data and ${installDir} are the backup's, then "run-again" runs the installer once more.`;
  const restore = mayRestore(installation, which) ? '"restore" runs the file\'s commands, then this is asked again.' : 'The file names no commands that restore.';
  return `The installer on ${name} ended half-way: the database and ${installDir} may be half new. ${restore} Choose "run-again" only when database, application data and install dir are restored from the backup.`;
}

/** The file's own commands, in its order, each once per decision. Returns when they had ended. */
async function restored({ installation, journal, record, steps }: Upgrade, stop: WholeStop): Promise<string> {
  for (const [index, { host: name, command }] of (installation.database.restore ?? []).entries()) {
    const host = hostNamed(installation.hosts, name);
    journal.again(`restore-${index + 1}:${name}`);
    await steps.run({
      step: `restore-${index + 1}`, host: name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
      ways: [{ limit: '24h', title: `restore from the backup on ${name}`, act: (attempt, title) => act(title).restoreBackup({ host, attempt, command, index, stop }) }],
    });
  }
  record.note({ step: 'restore', outcome: 'the file\'s commands ended well; "run-again" runs the installer once more' });
  return now();
}

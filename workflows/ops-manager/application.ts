/** The application on one host: stopped and proven, installed, started. */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';
import { stopDaemonOn } from './backup-daemons.ts';
import { clearToGoDown } from './clear-to-go-down.ts';
import { startSighting } from './start-sighting.ts';
import { packageFor } from './preparation.ts';

/** The application stops within 20 s or is killed by its own script; the rest is for a slow host. */
const STOP_LIMIT = '30m';
/** Packages of 1 GB unpack in minutes; a slow disk may take longer. */
const INSTALL_LIMIT = '1h';
/** Only until a process is seen; whether it serves is awaited apart. */
const START_LIMIT = '15m';

/** Stopped, and both processes proven gone by the probe that found them in preflight. `clear`: may it go down right now? */
export async function applicationStopped({ steps }: Upgrade, host: OpsManagerHost, clear: () => Promise<void>): Promise<void> {
  await steps.run({
    step: 'stop', host: host.name, state: 'stopping', then: 'stopped', interruptible: true, clear, beforeRetry: clear, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: STOP_LIMIT, title: `stop ${host.name} and prove it stopped`, act: (attempt, title) => act(title).stopApplication({ host, attempt }) }],
  });
}

/** The target on its disk, proven with its configuration; nothing was started by the package. */
export async function installed(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { installation, record, steps } = upgrade;
  const { version } = installation.target;
  const units = record.state.facts.find(({ name }) => name === host.name)?.units;
  await steps.run({
    step: 'install', host: host.name, state: 'installing', interruptible: true,
    choices: (seen) => [asRecord(seen)['unfinished'] === true ? 'repair' : 'retry', 'wait', 'done-by-hand'],
    beforeRetry: () => stoppedAgain(upgrade, host),
    ways: [{
      limit: INSTALL_LIMIT,
      title: `install ${version} on ${host.name}`,
      act: (attempt, title) => act(title).installPackage({ host, attempt, package: packageFor(installation, host), version, units }),
    }],
  });
}

/** A host that rebooted amid its install has started its services by itself: the package goes onto a stopped host only. */
async function stoppedAgain(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  await stopDaemonOn(upgrade, host, { interruptible: false });
  const { process } = await startSighting(upgrade, host, upgrade.installation.target.version);
  // It may be in service again by itself, and another host may have died meanwhile.
  if (process !== 'no' && host.roles.includes('application')) await clearToGoDown(upgrade, host, 'stop');
  upgrade.journal.again(`stop-again:${host.name}`);
  await upgrade.steps.run({
    step: 'stop-again', host: host.name, state: 'stopping', then: 'stopped', interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: STOP_LIMIT, title: `see ${host.name} stopped before its install is tried again`, act: (attempt, title) => act(title).stopApplication({ host, attempt }) }],
  });
}

/** Starts what is on the disk. Whether it serves is another question: migrations may run for long. */
export async function startHost({ steps }: Upgrade, host: OpsManagerHost, step: 'start' | 'start-old' = 'start'): Promise<void> {
  await steps.run({
    step, host: host.name, state: 'starting', interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: START_LIMIT, title: step === 'start' ? `start ${host.name}` : `start the old version on ${host.name} again`, act: (attempt, title) => act(title).startApplication({ host, attempt }) }],
  });
}

/** Stops and starts a host whose start did not come to serve. The caller has seen that no migration runs. */
export async function restarted({ journal, steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  journal.again(`restart-stop:${host.name}`, `restart:${host.name}`);
  const both = { host: host.name, state: 'starting', interruptible: false, choices: ['retry', 'wait', 'done-by-hand'] } as const;
  await steps.run({
    ...both, step: 'restart-stop',
    ways: [{ limit: STOP_LIMIT, title: `stop ${host.name} to start it again`, act: (attempt, title) => act(title).stopApplication({ host, attempt }) }],
  });
  await steps.run({
    ...both, step: 'restart',
    ways: [{ limit: START_LIMIT, title: `start ${host.name} again`, act: (attempt, title) => act(title).startApplication({ host, attempt }) }],
  });
}

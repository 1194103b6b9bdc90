/** Before anything is down: preflight, the lock, backups, the package on every host. */
import { daemonsIn, everyDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { OpsManagerHost, Package } from '../../src/upgrade/installation.ts';
import type { HostFacts } from '../../src/upgrade/plan.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { refuse } from '../runbook/request.ts';
import type { Backups } from '../steps/backups.ts';
import { locked as lockedEverywhere } from '../steps/locks.ts';
import { preflightDone, type When } from '../steps/preflight.ts';
import { daemonsThatRan } from './roll.ts';
import type { Upgrade } from './upgrade.ts';

/** Short steps: this long means that something is wrong. */
const LIMIT = '10m';
/** A package of 1 GB through a slow bastion. */
const STAGE_LIMIT = '6h';

export async function preflight(upgrade: Upgrade, when: When): Promise<void> {
  const { journal, record } = upgrade;
  await preflightDone<Upgrade['installation'], HostFacts>(upgrade, when, {
    look: (installation, attempt, title) => look(title).preflight({ installation, owner: journal.owner, attempt }),
    isWhole,
    isFacts: (value): value is HostFacts => asText(asRecord(asRecord(value)['daemon'])['running']) !== undefined,
    remember: (facts) => {
      record.state.facts = facts;
      record.state.hostsQuiesced = facts.filter(({ quiesced }) => quiesced === true).map(({ name }) => name);
      record.state.backupJobsOff = everyDaemon(...facts.map(({ backupJobsOff }) => daemonsIn(backupJobsOff)));
    },
  });
}

function isWhole({ policy, applicationDatabase, loadBalancers }: Upgrade['installation']): boolean {
  return ['backupDaemons', 'health'].every((key) => asText(asRecord(asRecord(asRecord(policy)[key]))[key === 'health' ? 'within' : 'for']))
    && Array.isArray(asRecord(applicationDatabase)['backups']) && Array.isArray(loadBalancers);
}

/** From here on the hosts know whose upgrade is at work, and the upgrade knows which daemons to start at its end. */
export async function locked(upgrade: Upgrade): Promise<void> {
  const { record } = upgrade;
  if (record.state.locked) return;
  await lockedEverywhere(upgrade);
  record.state.daemonsToStart = [...daemonsThatRan(upgrade)];
}

/** The Application Database's backups. */
export function backupsOf({ installation }: Upgrade): Backups {
  return { backups: installation.applicationDatabase.backups, what: 'the Application Database', step: 'backup', before: 'the first host is stopped' };
}

/** gen.key and the configuration files of every host, with checksums. */
export async function configurationSaved({ installation, steps }: Upgrade): Promise<void> {
  await steps.all(installation.hosts.map((host) => ({
    step: 'save-configuration', host: host.name, interruptible: true, choices: ['retry'],
    ways: [{ limit: LIMIT, title: `save gen.key and configuration of ${host.name}`, act: (attempt, title) => act(title).saveConfiguration({ host, attempt }) }],
  })));
}

/** The package on every host, checked. Nothing has been drained yet, so a slow upload costs no redundancy. */
export async function packagesStaged({ installation, record, steps }: Upgrade): Promise<void> {
  const unfinished = new Set(record.state.plan?.hosts.filter((host) => !host.finished).map((host) => host.name));
  await steps.all(installation.hosts.filter((host) => unfinished.has(host.name)).map((host) => ({
    step: 'stage', host: host.name, interruptible: true, choices: ['retry'],
    ways: [{
      limit: STAGE_LIMIT,
      title: `bring the package to ${host.name}`,
      act: (attempt, title) => act(title).stagePackage({ host, attempt, package: packageFor(installation, host), version: installation.target.version }),
    }],
  })));
}

export function packageFor(installation: Upgrade['installation'], host: OpsManagerHost): Package {
  const found = installation.target.packages[host.platform];
  if (!found) throw refuse(`There is no package for ${host.platform}, which ${host.name} needs. Add target.packages.${host.platform}.`);
  return found;
}

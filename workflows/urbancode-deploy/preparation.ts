/** Before anything is down: preflight, the package on every host, backups. Users still work. */
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import type { Package } from '../../src/upgrade/installation.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { refuse } from '../runbook/request.ts';
import { backedUp, backupsYoungEnough, type Backups } from '../steps/backups.ts';
import { preflightDone, type When } from '../steps/preflight.ts';
import { isGuided, titleOn, typedByPerson } from './guided.ts';
import { isContinued, isOnTarget } from './order.ts';
import { didServe, type Upgrade } from './upgrade.ts';

/** A package of 1 GB through a slow bastion. */
const STAGE_LIMIT = '6h';

/** By the notes on the hosts: an installer of an earlier run, of which no host has the new mark. */
function isBegunBefore(upgrade: Upgrade): boolean {
  return !isContinued(upgrade) && upgrade.record.state.facts.some(({ left }) => left.installUnfinished !== undefined);
}

const RESTORED = 'restored-by-hand';

/** A person's word that what an earlier installer left was restored before this upgrade began. */
export function isRestoredByHand({ journal }: Upgrade): boolean {
  return journal.isDone(RESTORED);
}

/**
 * Servers run although an earlier run's installer ended half-way: somebody has restored the old version, or they live on a
 * database that is half new. Only a person knows. Where none runs, the installer's own question asks it.
 */
export async function restoredMeanwhile(upgrade: Upgrade): Promise<void> {
  const { journal, operator, record } = upgrade;
  if (record.state.locked || !isBegunBefore(upgrade) || !didServe(upgrade) || isRestoredByHand(upgrade)) return;
  const since = record.state.facts.flatMap(({ name, left }) => (left.installUnfinished === undefined ? [] : [`${name}: an installer was begun, ${left.installUnfinished.since || 'nobody noted when'}`]));
  const { choice } = await operator.ask({
    id: journal.questionId('restored'), evidence: since.join('\n'), choices: ['done-by-hand', 'abort'],
    asks: 'An earlier upgrade began an installer here and did not see it end well, and servers run now. Are database, application data and every install dir restored from the backup, all of one moment? "done-by-hand" is your word that they are: then this is an upgrade like any other, with new backups.',
  });
  if (choice === 'abort') throw new AbortUpgrade('aborted: what an earlier installer left was not said to be restored');
  journal.done(RESTORED);
  record.state.installerBegun = false;
}

export async function preflight(upgrade: Upgrade, when: When): Promise<void> {
  const { journal, record } = upgrade;
  await preflightDone<Upgrade['installation'], ServerFacts>(upgrade, when, {
    look: (installation, attempt, title) => look(title).preflightServers({ installation, owner: journal.owner, attempt }),
    isWhole,
    isFacts: (value): value is ServerFacts => asText(asRecord(value)['running']) !== undefined && typeof asRecord(value)['left'] === 'object',
    remember: (facts) => {
      record.state.facts = facts;
      record.state.hostsQuiesced = facts.filter(({ left }) => left.quiesced === true).map(({ name }) => name);
      record.state.autostartOff = facts.filter(({ left }) => left.autostartOff !== undefined).map(({ name }) => name);
      record.state.maintenanceOn = facts.some(({ left }) => left.maintenanceOn !== undefined);
      record.state.installerBegun = isContinued(upgrade) || isBegunBefore(upgrade);
    },
  });
}

function isWhole({ policy, database, loadBalancers }: Upgrade['installation']): boolean {
  const { health, drain, stop, backup } = asRecord(policy);
  return asText(asRecord(health)['within']) !== undefined && asText(asRecord(drain)['for']) !== undefined && asText(asRecord(stop)['within']) !== undefined && asText(backup) !== undefined
    && Array.isArray(asRecord(database)['backups']) && Array.isArray(loadBalancers);
}

/** The package extracted on every host that has the old version, side by side: a slow upload is no outage. */
export async function staged(upgrade: Upgrade): Promise<void> {
  const { installation, steps } = upgrade;
  const hosts = installation.hosts.filter((host) => !isOnTarget(upgrade, host));
  await steps.all(hosts.map((host) => ({
    step: 'stage', host: host.name, interruptible: true, choices: isGuided(host) ? ['done-by-hand'] : ['retry'], ...typedByPerson(host, `Please bring the package to ${host.name} and extract it there`),
    ways: [{
      limit: STAGE_LIMIT, title: titleOn(host, `bring the package to ${host.name} and extract it`),
      act: (attempt, title) => act(title).stageServer({ host, attempt, package: packageFor(installation, host), version: installation.target.version }),
    }],
  })));
}

export function packageFor(installation: Upgrade['installation'], host: UrbancodeDeployHost): Package {
  const found = installation.target.packages[host.platform];
  if (!found) throw refuse(`There is no package for ${host.platform}, which ${host.name} needs. Add target.packages.${host.platform}.`);
  return found;
}

/** The database, application data and each install dir: while all serve, or, consistent, when all are down. */
export async function backedUpWhile(upgrade: Upgrade, when: 'all serve' | 'all are down'): Promise<void> {
  const { backup } = upgrade.installation.policy;
  if (isOnlyWayBack(upgrade)) return;
  if (backup === (when === 'all serve' ? 'after-stop' : 'first')) return;
  await backedUp(upgrade, when === 'all serve' ? backupsOf(upgrade) : lastBackupsOf(upgrade));
}

function backupsOf({ installation }: Upgrade): Backups {
  return { backups: installation.database.backups, what: 'the database and the files', step: 'backup', before: 'the first installer runs' };
}

/** Asked right before the first installer. */
export async function backupsAreYoung(upgrade: Upgrade): Promise<void> {
  if (!isOnlyWayBack(upgrade)) await backupsYoungEnough(upgrade, lastBackupsOf(upgrade));
}

/** An earlier run's installer may have changed the database: a backup of now would take the place of the one that leads back, and age is no reason for it. */
function isOnlyWayBack(upgrade: Upgrade): boolean {
  const { journal, record } = upgrade;
  const only = isContinued(upgrade) || (isBegunBefore(upgrade) && !isRestoredByHand(upgrade));
  if (only && !journal.isDone('backup-kept')) record.note({ step: 'backup', outcome: 'not made: an installer has changed the database, or may have; the earlier backup is the only way back' });
  if (only) journal.done('backup-kept', 'kept');
  return only;
}

/** The last round before the first installer: what its age is asked of. */
function lastBackupsOf(upgrade: Upgrade): Backups {
  return { ...backupsOf(upgrade), step: upgrade.installation.policy.backup === 'first' ? 'backup' : 'backup-after-stop' };
}

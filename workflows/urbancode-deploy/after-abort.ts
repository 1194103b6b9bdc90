/**
 * After an abort. Before the point of no return all is put back as it was: servers started, what starts them on again, the
 * load balancer open, maintenance mode off. Later no old server may be started any more, for the database may be new: what
 * serves the target is put back in service, and the headline says what state every host is in and what a restore takes.
 *
 * Nobody is asked any more: what does not succeed is told.
 */
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { backInService, isOutByPerson } from '../steps/load-balancer.ts';
import { leftQuiesced } from '../steps/quiesce.ts';
import { abortedBy, hostStates, trying, tryingEach, tryingToUnlock } from '../steps/trying.ts';
import { allUnquiesced, autostartRestored, leftOff, maintenanceOff } from './closing.ts';
import { isGuided } from './guided.ts';
import { serverSighting, startedOld } from './start.ts';
import { mayBeMoved } from './storage.ts';
import { factsOf, serves, type Upgrade } from './upgrade.ts';

export async function afterAbort(upgrade: Upgrade): Promise<string> {
  const troubles = [
    ...(isReturnable(upgrade) ? await putBack(upgrade) : await orderly(upgrade)),
    ...await trying(() => allUnquiesced(upgrade)),
    ...await tryingToUnlock(upgrade),
  ];
  return [`Aborted${abortedBy(upgrade)}${standing(upgrade, troubles)}`, ...byPerson(upgrade), ...troubles, ...leftOff(upgrade), ...leftQuiesced(upgrade), ...upgrade.record.state.remarks, hostStates(upgrade)].join(' ');
}

/** No installer may have run, nothing was moved: the old version is whole. */
function isReturnable(upgrade: Upgrade): boolean {
  return !upgrade.record.state.installerBegun && !mayBeMoved(upgrade);
}

/** Every host that served serves again, one after another; what one cannot do keeps none of the others from it. */
async function putBack(upgrade: Upgrade): Promise<readonly string[]> {
  const { installation, journal } = upgrade;
  if (!journal.mayHaveHappened('lock')) return [];
  return [
    ...await tryingEach(installation.hosts.map((host) => () => asBefore(upgrade, host))),
    ...await trying(() => autostartRestored(upgrade, installation.hosts)),
    ...await trying(() => maintenanceOff(upgrade)),
  ];
}

async function asBefore(upgrade: Upgrade, host: UrbancodeDeployHost): Promise<void> {
  const { journal, record } = upgrade;
  const { running, installed } = factsOf(upgrade, host) ?? {};
  if (running === 'yes' && isGuided(host) && journal.mayHaveHappened(`stop:${host.name}`) && (await serverSighting(upgrade, host, installed ?? '')).serving !== 'yes') {
    throw new AbortUpgrade(`a person must start ${host.name} again by its service, then put it back in the load balancer`);
  }
  if (running === 'yes' && journal.mayHaveHappened(`stop:${host.name}`)) await startedOld(upgrade, host, installed ?? '');
  if (running !== 'no' && serves(host) && journal.mayHaveHappened(`drain:${host.name}`)) await backInService(upgrade, host);
  record.host(host.name, { state: 'waiting', step: undefined });
}

/** What is upgraded and serves is put back in service, for deployments too; the rest stays down, and nothing starts it. */
async function orderly(upgrade: Upgrade): Promise<readonly string[]> {
  const { installation: { hosts, target: { version } }, journal, record } = upgrade;
  const begun = hosts.filter((host) => serves(host) && journal.mayHaveHappened(`start:${host.name}`));
  const serving: string[] = [];
  const troubles = await tryingEach(begun.map((host) => async () => {
    if ((await serverSighting(upgrade, host, version)).serving !== 'yes') return;
    serving.push(host.name);
    await backInService(upgrade, host);
    record.host(host.name, { state: 'upgraded', version, step: undefined });
  }));
  return [
    ...troubles,
    ...await trying(() => autostartRestored(upgrade, hosts.filter(({ name }) => serving.includes(name)))),
    ...(serving.length > 0 ? await trying(() => maintenanceOff(upgrade)) : []),
  ];
}

function standing(upgrade: Upgrade, troubles: readonly string[]): string {
  const { installation: { target: { version }, database }, journal, record } = upgrade;
  if (!journal.mayHaveHappened('lock')) return ' before anything was touched.';
  if (isReturnable(upgrade)) return ` before the first installer: ${troubles.length === 0 ? 'all is as it was' : 'the old version is whole, but not all is as it was'}${downBefore(upgrade)}.`;
  if (!record.state.installerBegun) return '. Application data may have been moved, no installer ran: put it back where it was before an old server is started, or start the upgrade again to go on.';
  const restore = database.restore ? `run the file's restore commands (${database.restore.map(({ host, command }) => `${host}: ${command}`).join('; ')})` : 'restore the database, application data and every install dir from the backup, all of one moment';
  const amid = record.state.hosts.filter(({ state }) => state === 'installing').map(({ name }) => name);
  const first = amid.length > 0 ? ` The installer on ${amid.join(', ')} may still run, or has ended half-way: see there that it ended before anything else.` : '';
  return `.${first} The database may be ${version} already: never start an old server on it. Start the upgrade again to go on; or, to go back, stop every server, then ${restore}, and start the old version.`;
}

/** An earlier run stopped them, and this one does not start what it did not stop. */
function downBefore(upgrade: Upgrade): string {
  const names = upgrade.installation.hosts.filter((host) => serves(host) && factsOf(upgrade, host)?.running === 'no').map(({ name }) => name);
  return names.length > 0 ? ` when it began, and then ${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} down already: start ${names.length === 1 ? 'it' : 'each'} by its service script to go back to the old version, or start the upgrade again` : '';
}

function byPerson(upgrade: Upgrade): readonly string[] {
  const names = upgrade.installation.hosts.filter((host) => isOutByPerson(upgrade, host)).map(({ name }) => name);
  return names.length > 0 ? [`Taken out of service by hand, put back by hand: ${names.join(', ')}.`] : [];
}

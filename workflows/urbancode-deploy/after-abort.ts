/**
 * After an abort. Before the point of no return all is put back as it was: servers started, what starts them on again, the
 * load balancer open, maintenance mode off. Later no old server may be started any more, for the database may be new: what
 * serves the target is put back in service, and the headline says what state every host is in and what a restore takes.
 *
 * Nobody is asked any more: what does not succeed is told.
 */
import { backInService, isOutByPerson } from '../steps/load-balancer.ts';
import { leftQuiesced } from '../steps/quiesce.ts';
import { abortedBy, hostStates, trying, tryingEach, tryingToUnlock } from '../steps/trying.ts';
import { allUnquiesced, autostartRestored, leftOff, maintenanceOff } from './closing.ts';
import { isContinued } from './order.ts';
import { serverSighting, startedOld } from './start.ts';
import { factsOf, serves, type Upgrade } from './upgrade.ts';

export async function afterAbort(upgrade: Upgrade): Promise<string> {
  const troubles = [
    ...(isReturnable(upgrade) ? await putBack(upgrade) : await orderly(upgrade)),
    ...await trying(() => allUnquiesced(upgrade)),
    ...await tryingToUnlock(upgrade),
  ];
  return [`Aborted${abortedBy(upgrade)}${standing(upgrade)}`, ...byPerson(upgrade), ...troubles, ...leftOff(upgrade), ...leftQuiesced(upgrade), ...upgrade.record.state.remarks, hostStates(upgrade)].join(' ');
}

/** No installer may have run, nothing was moved: the old version is whole. */
function isReturnable(upgrade: Upgrade): boolean {
  const { installation, journal } = upgrade;
  return !isContinued(upgrade) && !journal.isDone('storage') && !upgrade.record.state.passed['storage'] && !installation.hosts.some(({ name }) => journal.isBegun(`install:${name}`));
}

async function putBack(upgrade: Upgrade): Promise<readonly string[]> {
  const { installation, journal, record } = upgrade;
  const stopped = installation.hosts.filter((host) => journal.mayHaveHappened(`stop:${host.name}`) && factsOf(upgrade, host)?.running === 'yes');
  return [
    ...await tryingEach(stopped.map((host) => async () => {
      await startedOld(upgrade, host, factsOf(upgrade, host)?.installed ?? '');
      record.host(host.name, { state: 'waiting', step: undefined });
    })),
    ...await tryingEach(installation.hosts.filter((host) => journal.mayHaveHappened(`drain:${host.name}`)).map((host) => () => backInService(upgrade, host))),
    ...(journal.mayHaveHappened('lock') ? await trying(() => autostartRestored(upgrade, installation.hosts)) : []),
    ...(journal.mayHaveHappened('lock') ? await trying(() => maintenanceOff(upgrade)) : []),
  ];
}

/** What is upgraded and serves is put back in service; the rest stays down, and nothing starts it. */
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
  return [...troubles, ...await trying(() => autostartRestored(upgrade, hosts.filter(({ name }) => serving.includes(name))))];
}

function standing(upgrade: Upgrade): string {
  const { installation: { target: { version }, database }, journal, record } = upgrade;
  if (isReturnable(upgrade)) return journal.mayHaveHappened('lock') ? ' before the first installer: the old version is as it was.' : ' before anything was touched.';
  const moved = record.state.passed['storage'] !== undefined && !upgrade.installation.hosts.some(({ name }) => journal.isBegun(`install:${name}`));
  if (moved) return `. Application data was moved, no installer ran: put it back where it was before an old server is started, or start the upgrade again to go on.`;
  const restore = database.restore ? `run the file's restore commands (${database.restore.map(({ host, command }) => `${host}: ${command}`).join('; ')})` : 'restore the database, application data and every install dir from the backup, all of one moment';
  return `. The database may be ${version} already: never start an old server on it. Start the upgrade again to go on; or, to go back, stop every server, then ${restore}, and start the old version.`;
}

function byPerson(upgrade: Upgrade): readonly string[] {
  const names = upgrade.installation.hosts.filter((host) => isOutByPerson(upgrade, host)).map(({ name }) => name);
  return names.length > 0 ? [`Taken out of service by hand, put back by hand: ${names.join(', ')}.`] : [];
}

/**
 * After an abort: whatever can be put in order without a person is, and the headline says what state things are in.
 *
 *   1. A tarball host that was not started on its new tree gets its old one back, and serves again.
 *   2. A host that was upgraded and serves is put back in service, so that the abort costs no redundancy.
 *   3. Where nothing was upgraded, the Backup Daemons that only we stopped run again.
 *   4. Backup jobs that were kept away may begin again; in Upgrade Mode it is told how a person does it afterwards.
 *   5. The site's commands end what quiesced its hosts.
 *   6. The locks go.
 *
 * Nobody is asked any more: what does not succeed is told.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { applicationHosts } from '../../src/upgrade/installation.ts';
import { look } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';
import { backupJobsLeftOff, backupJobsOn } from './backup-jobs.ts';
import { takeBackUnstarted } from './bring-back.ts';
import { backInService, isOutByPerson } from '../steps/load-balancer.ts';
import { abortedBy, hostStates, trying, tryingEach, tryingToUnlock } from '../steps/trying.ts';
import { leftQuiesced } from '../steps/quiesce.ts';
import { allUnquiesced } from './quiesce.ts';
import { oldDaemonStarts } from './start-backup-daemons.ts';
import { isStartSighting } from './start-sighting.ts';

export async function afterAbort(upgrade: Upgrade): Promise<string> {
  const troubles = [
    ...await trying(() => takeBackUnstarted(upgrade)),
    ...await trying(() => putBackWhatServes(upgrade)),
    ...(reached(upgrade) === 'nothing' ? await tryingEach(oldDaemonStarts(upgrade)) : []),
    ...await backupJobsAfterAbort(upgrade),
    ...await trying(() => allUnquiesced(upgrade)), ...leftQuiesced(upgrade),
    ...await tryingToUnlock(upgrade),
  ];
  return [`Aborted${abortedBy(upgrade)}${standing(upgrade)}`, ...outOfService(upgrade), ...troubles, hostStates(upgrade)].join(' ');
}

/** What could not be switched on again is told by the daemons' names; why, by the step. */
async function backupJobsAfterAbort(upgrade: Upgrade): Promise<readonly string[]> {
  const troubles = upgrade.journal.mayHaveHappened('lock') ? await trying(() => backupJobsOn(upgrade)) : [];
  const left = backupJobsLeftOff(upgrade);
  return left.length > 0 ? left : troubles;
}

async function putBackWhatServes(upgrade: Upgrade): Promise<void> {
  const { installation: { policy: { health }, target: { version } }, journal, steps } = upgrade;
  for (const host of applicationHosts(upgrade.installation).filter((each) => isInHand(upgrade, each))) {
    const sighting = await steps.look({
      step: 'serves-after-abort', host: host.name, asks: `Whether ${host.name} serves ${version}`,
      look: () => look(`does ${host.name} serve ${version}?`).lookAtStart({ host, version, health, owner: journal.owner }),
      isSeen: isStartSighting,
    });
    if (sighting.serving !== 'yes' || sighting.keyLost) continue;
    await backInService(upgrade, host);
    upgrade.record.host(host.name, { state: 'upgraded', version, step: undefined });
  }
}

/** Started on the target, and not yet back in service. */
function isInHand({ journal }: Upgrade, host: OpsManagerHost): boolean {
  return journal.mayHaveHappened(`start:${host.name}`) && !journal.isDone(`put-back:${host.name}`);
}

/** How far the installation as a whole came. */
function reached({ installation, journal, record }: Upgrade): 'nothing' | 'installed' | 'two-versions' | 'all' {
  const finishedBefore = (host: OpsManagerHost) => record.state.facts.some((facts) => facts.name === host.name && facts.finished);
  // A host whose old version was brought back is in service, too, but was not installed on.
  const finished = (host: OpsManagerHost) => finishedBefore(host) || (journal.isBegun(`install:${host.name}`) && journal.isDone(`put-back:${host.name}`));
  const hosts = applicationHosts(installation);
  if (hosts.every(finished)) return 'all';
  if (hosts.some((host) => finished(host) || journal.mayHaveHappened(`start:${host.name}`))) return 'two-versions';
  const onDisk = (host: OpsManagerHost) => record.state.facts.some((facts) => facts.name === host.name && facts.installed === installation.target.version);
  return installation.hosts.some((host) => onDisk(host) || journal.isBegun(`install:${host.name}`)) ? 'installed' : 'nothing';
}

function standing(upgrade: Upgrade): string {
  const { target: { version } } = upgrade.installation;
  switch (reached(upgrade)) {
    case 'nothing': return ' before any host was upgraded: nothing was changed but what is said here.';
    case 'installed': return `: ${version} was being installed on a host that has not been started on it yet. Start the upgrade again to go on.`;
    case 'two-versions': return '. Ops Manager stays read-only (Upgrade Mode) and backups are not running until the upgrade is started again and finished.';
    case 'all': return `. Every application host was upgraded to ${version}, but Backup Daemons may not be running: start the upgrade again to finish it.`;
  }
}

function outOfService(upgrade: Upgrade): readonly string[] {
  const hosts = applicationHosts(upgrade.installation);
  const byPerson = hosts.filter((host) => isOutByPerson(upgrade, host)).map((host) => host.name);
  const downBefore = (name: string) => upgrade.record.state.facts.some((facts) => facts.name === name && !facts.healthy);
  const out = upgrade.record.state.hosts
    .filter((view) => (view.state === 'waiting' ? downBefore(view.name) : view.state !== 'upgraded') && !upgrade.journal.isDone(`put-back:${view.name}`))
    .filter((view) => hosts.some((host) => host.name === view.name)).map((view) => `${view.name} (${view.state})`);
  return [
    ...(out.length > 0 ? [`Not in service, look at it now: ${out.join(', ')}.`] : []),
    ...(byPerson.length > 0 ? [`Taken out of service by hand, put back by hand: ${byPerson.join(', ')}.`] : []),
  ];
}

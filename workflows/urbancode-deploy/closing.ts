/** The end: all of the target, everything that was switched off on again, and told what else is due. */
import type { ServerSighting } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { backInService } from '../steps/load-balancer.ts';
import { endQuiescence, leftQuiesced } from '../steps/quiesce.ts';
import { unlocked } from '../steps/locks.ts';
import { serverSighting } from './start.ts';
import { isGuided } from './guided.ts';
import { isLeft } from './leave-stopped.ts';
import { factsOf, serves, type Upgrade } from './upgrade.ts';

const LIMIT = '10m';

function notLeft(upgrade: Upgrade): readonly UrbancodeDeployHost[] {
  return upgrade.installation.hosts.filter((host) => !isLeft(upgrade, host));
}

/** Gates may have waited for days: every server is seen to serve the target now, every standby to have it and be down, and who was left stopped to be so. */
export async function allOnTarget(upgrade: Upgrade): Promise<void> {
  const { installation: { target: { version } }, journal, operator, record } = upgrade;
  for (const host of upgrade.installation.hosts) {
    const wanted = isLeft(upgrade, host) ? LEFT : serves(host) ? SERVER : STANDBY;
    for (const word = `down-by-word:${host.name}`; !journal.isDone(word);) {
      const seen = wanted === LEFT ? await leftSighting(upgrade, host, version) : await serverSighting(upgrade, host, version);
      if (wanted.isSo(seen, version)) break;
      // Who was left stopped may be switched off: a person's word has to do then, and is told.
      const unseen = wanted === LEFT && seen.process === 'unknown';
      const { choice, by } = await operator.ask({
        id: journal.questionId(`on-target:${host.name}`), choices: [...(unseen ? ['done-by-hand' as const] : []), 'retry', 'abort'], evidence: seen.evidence,
        asks: `${host.name} ${wanted.asks(version)} Look again once it is so?${unseen ? ' "done-by-hand" is your word that it is down, for nobody can see it.' : ''}`,
      });
      if (choice === 'done-by-hand') {
        record.state.remarks.push(`That ${host.name} is down is the word of ${by}: it could not be seen.`);
        journal.done(word);
      }
      if (choice === 'abort') throw new AbortUpgrade(`aborted: ${host.name} is not as it must be at the end`);
    }
    if (wanted === SERVER) await backInService(upgrade, host); // an earlier run may have ended before it
    if (wanted !== LEFT) record.host(host.name, { state: 'upgraded', version });
  }
}

/** It may have been switched off since: then it cannot be seen, which is no reason to look until it can. */
async function leftSighting({ installation, steps }: Upgrade, host: UrbancodeDeployHost, version: string): Promise<ServerSighting> {
  const seen = await steps.within('3m', () => look(`is ${host.name} still down?`).lookAtServer({ host, version, health: installation.policy.health }), { interruptible: false });
  return asText(asRecord(seen)['process']) === undefined || seen === undefined ? { process: 'unknown', serving: 'unknown', evidence: `${host.name} cannot be seen.` } : seen;
}

/** How a host must be at the end. */
interface AtEnd { readonly isSo: (seen: ServerSighting, version: string) => boolean; readonly asks: (version: string) => string }

const SERVER: AtEnd = { isSo: (seen, version) => seen.version === version && seen.serving === 'yes', asks: (version) => `was upgraded but does not serve ${version} now. It must.` };
const STANDBY: AtEnd = { isSo: (seen, version) => seen.version === version && seen.process === 'no', asks: (version) => `is a standby: it must have ${version} and be down, which was not seen.` };
const LEFT: AtEnd = { isSo: (seen) => seen.process === 'no', asks: () => 'was left stopped: it must be down, which was not seen.' };

/** As it was before; a host that is left stopped stays without, or it would come up with the old version. */
export async function autostartRestored(upgrade: Upgrade, hosts: readonly UrbancodeDeployHost[] = notLeft(upgrade)): Promise<void> {
  const { record, steps } = upgrade;
  await steps.all(hosts.filter(({ name }) => record.state.autostartOff.includes(name)).map((host) => ({
    step: 'autostart-on', host: host.name, interruptible: false, choices: ['retry', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `switch on again what started the server of ${host.name}`, act: (attempt, title) => act(title).restoreAutostart({ host, attempt }) }],
  })));
  record.state.autostartOff = record.state.autostartOff.filter((name) => !hosts.some((host) => host.name === name));
}

export async function maintenanceOff({ installation, record, steps }: Upgrade): Promise<void> {
  if (!record.state.maintenanceOn || !installation.api) return;
  await steps.run({
    step: 'maintenance-off', interruptible: false, choices: ['retry', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: 'switch maintenance mode off', act: (attempt, title) => act(title).switchMaintenanceOff({ installation, attempt }) }],
  });
  record.state.maintenanceOn = false;
}

/** Patches, keystores, customised files: what preflight saw and is not so any more. */
export async function comparedKept(upgrade: Upgrade): Promise<void> {
  const { record, steps } = upgrade;
  for (const host of notLeft(upgrade)) {
    const before = factsOf(upgrade, host);
    if (!before) continue;
    const { says } = await steps.look({
      step: 'kept', host: host.name, asks: `What the upgrade left of the site's own files on ${host.name}`,
      look: () => look(`compare the site's own files on ${host.name}`).compareKept({ host, before, appData: upgrade.installation.appData }),
      isSeen: (value): value is { says: string[] } => asArray(asRecord(value)['says']).every((each) => typeof each === 'string') && Array.isArray(asRecord(value)['says']),
    });
    // Application data is one folder for all hosts.
    record.state.remarks.push(...says.filter((each) => !record.state.remarks.includes(each)));
  }
}

export async function allUnquiesced(upgrade: Upgrade): Promise<void> {
  for (const host of upgrade.installation.hosts) await endQuiescence(upgrade, host);
}

/** Who is left stopped keeps what was staged and noted there: the run that upgrades it needs both. */
export async function cleanedUp(upgrade: Upgrade): Promise<void> {
  await upgrade.steps.all(notLeft(upgrade).map((host) => ({
    step: 'clean-up', host: host.name, interruptible: false, choices: ['retry'],
    ways: [{ limit: LIMIT, title: `clean up on ${host.name}`, act: (attempt, title) => act(title).cleanUpServer({ host, attempt }) }],
  })));
  await unlocked(upgrade);
}

export function doneHeadline(upgrade: Upgrade): string {
  const { installation, record } = upgrade;
  const { from, hosts, leftStopped, remarks } = record.state;
  const done = installation.hosts.length - leftStopped.length;
  const left = hosts.filter(({ name }) => leftStopped.includes(name)).map(({ name, version }) => `${name} (${version ?? 'version not seen'})`);
  const bootable = installation.hosts.filter((host) => isGuided(host) && leftStopped.includes(host.name)).map(({ name }) => name);
  const nothingStarts = bootable.length === 0 && installation.policy.autostart === 'disable';
  return [
    `${installation.installation}: ${from ?? '?'} → ${installation.target.version} done on ${done} of ${installation.hosts.length} hosts.`,
    ...(left.length > 0 ? [`Left stopped${nothingStarts ? ', and nothing starts it' : ''}: ${left.join(', ')}. ${installation.policy.autostart === 'leave' ? 'What starts servers by itself was left on, as the file says: switch it off there. ' : ''}${bootable.length > 0 ? `Windows may start the service of ${bootable.join(', ')} at its next boot: set it to manual. ` : ''}Never start an old server on the new database: start the upgrade again to go on with it.`] : []),
    ...[...new Set(remarks)],
    ...leftOff(upgrade),
    ...leftQuiesced(upgrade),
  ].join(' ');
}

/** What is, or may be, still switched off. */
export function leftOff({ installation, journal, record }: Upgrade): readonly string[] {
  const { autostartOff, leftStopped, maintenanceOn } = record.state;
  const off = autostartOff.filter((name) => !leftStopped.includes(name) && !journal.isDone(`autostart-on:${name}`));
  const out = installation.hosts.filter((host) => serves(host) && !leftStopped.includes(host.name) && journal.mayHaveHappened(`drain:${host.name}`) && !journal.isDone(`put-back:${host.name}`)).map(({ name }) => name);
  return [
    ...(out.length > 0 && installation.loadBalancers.some((each) => !('none' in each)) ? [`Still out of the load balancer: ${out.join(', ')}.`] : []),
    ...(off.length > 0 ? [`Whatever started servers by itself is still off on ${off.join(', ')}.`] : []),
    ...(maintenanceOn ? ['Maintenance mode may still be on: no deployment starts until it is switched off (System, Settings).'] : []),
  ];
}

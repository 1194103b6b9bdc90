/** The end: all of the target, everything that was switched off on again, and told what else is due. */
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { asArray, asRecord } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { endQuiescence, leftQuiesced } from '../steps/quiesce.ts';
import { unlocked } from '../steps/locks.ts';
import { serverSighting } from './start.ts';
import { factsOf, serves, type Upgrade } from './upgrade.ts';

const LIMIT = '10m';

function notLeft({ installation, record }: Upgrade): readonly UrbancodeDeployHost[] {
  return installation.hosts.filter(({ name }) => !record.state.leftStopped.includes(name));
}

/** Gates may have waited for days: every server is seen to serve the target now, every standby to have it and be down. */
export async function allOnTarget(upgrade: Upgrade): Promise<void> {
  const { installation: { target: { version } }, journal, operator, record } = upgrade;
  for (const host of notLeft(upgrade)) {
    for (;;) {
      const seen = await serverSighting(upgrade, host, version);
      if (seen.version === version && (serves(host) ? seen.serving === 'yes' : seen.process === 'no')) break;
      const { choice } = await operator.ask({
        id: journal.questionId(`on-target:${host.name}`), choices: ['retry', 'abort'], evidence: seen.evidence,
        asks: serves(host) ? `${host.name} was upgraded but does not serve ${version} now. Look again once it does?` : `${host.name} is a standby: it must have ${version} and be down, which was not seen. Look again once it is so?`,
      });
      if (choice === 'abort') throw new AbortUpgrade(`aborted: ${host.name} is not as it must be at the end`);
    }
    record.host(host.name, { state: 'upgraded', version });
  }
}

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
      look: () => look(`compare the site's own files on ${host.name}`).compareKept({ host, before }),
      isSeen: (value): value is { says: string[] } => asArray(asRecord(value)['says']).every((each) => typeof each === 'string') && Array.isArray(asRecord(value)['says']),
    });
    record.state.remarks.push(...says);
  }
}

export async function allUnquiesced(upgrade: Upgrade): Promise<void> {
  for (const host of upgrade.installation.hosts) await endQuiescence(upgrade, host);
}

export async function cleanedUp(upgrade: Upgrade): Promise<void> {
  await upgrade.steps.all(upgrade.installation.hosts.map((host) => ({
    step: 'clean-up', host: host.name, interruptible: false, choices: ['retry'],
    ways: [{ limit: LIMIT, title: `clean up on ${host.name}`, act: (attempt, title) => act(title).cleanUpServer({ host, attempt }) }],
  })));
  await unlocked(upgrade);
}

export function doneHeadline(upgrade: Upgrade): string {
  const { installation, record } = upgrade;
  const { from, leftStopped, remarks } = record.state;
  const done = installation.hosts.length - leftStopped.length;
  return [
    `${installation.installation}: ${from ?? '?'} → ${installation.target.version} done on ${done} of ${installation.hosts.length} hosts.`,
    ...(leftStopped.length > 0 ? [`Left stopped, with the old version and nothing that starts it: ${leftStopped.join(', ')}. Upgrade it before it is ever started.`] : []),
    ...[...new Set(remarks)],
    ...leftOff(upgrade),
    ...leftQuiesced(upgrade),
    'Agents and agent relays were not upgraded: see that each is online, and upgrade them from the servers\' own pages.',
  ].join(' ');
}

/** What is, or may be, still switched off. */
export function leftOff({ record }: Upgrade): readonly string[] {
  const { autostartOff, leftStopped, maintenanceOn } = record.state;
  const off = autostartOff.filter((name) => !leftStopped.includes(name));
  return [
    ...(off.length > 0 ? [`What starts servers by itself is still off on ${off.join(', ')}.`] : []),
    ...(maintenanceOn ? ['Maintenance mode may still be on: no deployment starts until it is switched off (System, Settings).'] : []),
  ];
}

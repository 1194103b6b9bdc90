/**
 * The full stop. Every server reaches one database, and a server that lives while an installer changes it breaks both; the
 * installer itself does not look at the others. So all are stopped, and that all are down is proven together, right before.
 */
import type { FullStop, NotDown, WholeStop } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { asArray, asRecord, asText } from '../../src/upgrade/shape.ts';
import { act, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import { bothEnded } from '../runbook/step.ts';
import type { Step } from '../runbook/step.ts';
import { hostNamed } from '../steps/backups.ts';
import { drained } from '../steps/load-balancer.ts';
import { mayBegin } from '../steps/may-begin.ts';
import { isGuided, titleOn, typedByPerson } from './guided.ts';
import { serves, type Upgrade } from './upgrade.ts';
import { FULL_STOP, stillNoWork } from './work.ts';

const LIMIT = '10m';

/**
 * Whatever starts servers by itself is switched off on these hosts (on Windows it is a person's affair); the load balancer
 * closed; no work; then all are stopped, side by side. A hold is listened to before the load balancer is closed; from then on only with "now".
 */
export async function stopped(upgrade: Upgrade, hosts: readonly UrbancodeDeployHost[], how: { readonly work: boolean }): Promise<void> {
  const { steps } = upgrade;
  await autostartOff(upgrade, hosts);
  await mayBegin(upgrade, FULL_STOP);
  // ---- nobody is served from here on
  await steps.asOne(() => bothEnded(hosts.filter(serves).map((host) => drained(upgrade, host, async () => {}))));
  const clear = how.work ? noWorkBefore(upgrade, hosts) : async () => {};
  await steps.all(hosts.map((host) => ({ ...stopStep(upgrade, host), clear })));
}

/** Work is looked for right before the first stop, also after a hold or a queue that came in between: once for all hosts that are to be stopped now. */
function noWorkBefore(upgrade: Upgrade, hosts: readonly UrbancodeDeployHost[]): () => Promise<void> {
  let looking: Promise<void> | undefined;
  return async () => {
    if (hosts.some(({ name }) => upgrade.journal.isBegun(`stop:${name}`))) return;
    looking ??= stillNoWork(upgrade).then(() => { looking = undefined; });
    await looking;
  };
}

export async function autostartOff(upgrade: Upgrade, hosts: readonly UrbancodeDeployHost[]): Promise<void> {
  if (upgrade.installation.policy.autostart === 'leave') return;
  await upgrade.steps.all(hosts.filter((host) => !isGuided(host)).map((host) => autostartOffStep(upgrade, host)));
}

function autostartOffStep({ record }: Upgrade, host: UrbancodeDeployHost, interruptible = true): Step {
  return {
    step: 'autostart-off', host: host.name, interruptible, choices: ['retry', 'done-by-hand'],
    ways: [{
      limit: LIMIT, title: `switch off what starts the server of ${host.name} by itself`,
      act: (attempt, title) => {
        record.state.autostartOff = [...new Set([...record.state.autostartOff, host.name])];
        return act(title).disableAutostart({ host, attempt });
      },
    }],
  };
}

function stopStep(upgrade: Upgrade, host: UrbancodeDeployHost, step = 'stop', interruptible = true): Step {
  return {
    step, host: host.name, state: 'stopping', then: 'stopped', interruptible,
    asks: () => `The server of ${host.name} is not proven stopped. See below what lives there: an installer may run only when nothing does.`,
    ...typedByPerson(host, `Please stop the server of ${host.name} now`),
    choices: isGuided(host) ? ['done-by-hand', 'wait'] : ['wait', 'stop', 'retry', 'done-by-hand'],
    means: { stop: 'Signal the server\'s own JVM (TERM, then KILL)', retry: 'Call its service script again' },
    chosen: { stop: () => signalled(upgrade, host) },
    ways: [{ limit: upgrade.installation.policy.stop.within, title: titleOn(host, `stop ${host.name} by its service${isGuided(host) ? '' : ' script and prove it stopped'}`), act: (attempt, title) => act(title).stopServer({ host, attempt }) }],
  };
}

/**
 * A server that somebody or something has started again, or that was forgotten. What starts it by itself may have been
 * switched on again: off first, and nobody is asked about that, because a server that lives cannot wait for an answer.
 */
export async function stoppedAgain(upgrade: Upgrade, host: UrbancodeDeployHost): Promise<void> {
  const { installation, journal, steps } = upgrade;
  if (installation.policy.autostart === 'disable' && !isGuided(host)) {
    journal.again(`autostart-off:${host.name}`);
    await steps.tried(autostartOffStep(upgrade, host, false));
  }
  journal.again(`stop-again:${host.name}`);
  await steps.run(stopStep(upgrade, host, 'stop-again', false));
}

/** A person saw that its own script does not stop it. */
async function signalled({ journal, steps }: Upgrade, host: UrbancodeDeployHost): Promise<void> {
  journal.again(`signal:${host.name}`);
  await steps.run({
    step: 'signal', host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `signal the server's own JVM on ${host.name}: TERM, then KILL`, act: (attempt, title) => act(title).signalServer({ host, attempt }) }],
  });
}

/**
 * Returns when every one of these hosts was seen down within one short interval; asked again for every installer.
 * @param came what to do with a server that lives, in the place of the usual question.
 */
export async function fullStopProven(upgrade: Upgrade, stop: WholeStop, came?: (alive: NotDown) => Promise<void>): Promise<void> {
  const { installation: { hosts }, journal, operator, record, steps } = upgrade;
  const removed = new Set<string>();
  for (;;) {
    const seen = await fullStop(upgrade, stop);
    if (seen.down === 'yes') {
      record.note({ step: 'full stop', outcome: `proven on ${stop.hosts.join(', ')}` });
      return;
    }
    const alive = seen.notDown.filter(({ is }) => is === 'alive');
    const stale = seen.notDown.filter(({ host, is }) => is === 'stale' && !removed.has(host));
    if (stale.length > 0 || (came && alive.length > 0)) {
      for (const { host } of stale) removed.add(host);
      await pidFilesRemoved(upgrade, stale.map(({ host }) => hostNamed(hosts, host)));
      if (came) for (const each of alive) await came(each);
      continue;
    }
    const answer = await operator.ask({
      id: journal.questionId('full-stop'), evidence: [...seen.notDown.map(({ host, says }) => `${host}: ${says}`), seen.says].join('\n'),
      asks: asks(seen, alive), choices: alive.length > 0 ? ['stop', 'wait', 'abort'] : ['retry', 'abort'],
      means: { stop: 'Stop it by its service script', retry: 'Look again' },
    });
    if (answer.choice === 'abort') throw new AbortUpgrade('aborted: the full stop was not proven', 'before');
    if (answer.choice === 'stop') await steps.asOne(async () => { for (const { host } of alive) await stoppedAgain(upgrade, hostNamed(hosts, host)); });
    if (answer.choice === 'wait') await operator.pause(answer.for ?? '1m');
    removed.clear(); // a removal that nobody heard the end of, say: after an answer it is tried again
  }
}

async function fullStop({ steps }: Upgrade, stop: WholeStop): Promise<FullStop> {
  return steps.look({
    step: 'full-stop', asks: 'Whether every server is down',
    look: () => look(`is every server down? (${stop.hosts.join(', ')})`).lookAtFullStop(stop),
    isSeen: (value): value is FullStop => isFullStop(value, stop),
  });
}

/** It may have been typed into the UI: "down" with something that is not is no answer. */
function isFullStop(value: unknown, { hosts }: WholeStop): value is FullStop {
  const { down, notDown, why, says } = asRecord(value);
  const isNamed = (each: unknown) => hosts.includes(asText(asRecord(each)['host']) ?? '');
  return asText(down) !== undefined && Array.isArray(notDown) && asArray(notDown).every(isNamed) && (why === null || asText(why) !== undefined) && asText(says) !== undefined
    && (down !== 'yes' || (asArray(notDown).length === 0 && why === null));
}

function asks({ notDown, why }: FullStop, alive: readonly NotDown[]): string {
  if (alive.length > 0) return `No installer may run while a server lives, and one lives on ${alive.map(({ host }) => host).join(' and ')}. Stop ${alive.length === 1 ? 'it by its service script' : 'them by their service scripts'}?`;
  if (notDown.length > 0) return `Whether the server is down on ${notDown.map(({ host }) => host).join(', ')} is not proven. Look again?`;
  return `${why ?? 'The full stop is not proven.'} Look again once that has changed?`;
}

/** Left by a server that crashed or was killed; installer and service script would stumble over it, and say so where it stays: a server that lives keeps its own. */
export async function pidFilesRemoved({ journal, steps }: Upgrade, hosts: readonly UrbancodeDeployHost[]): Promise<void> {
  for (const host of hosts) {
    journal.again(`remove-pid-file:${host.name}`);
    await steps.tried({
      step: 'remove-pid-file', host: host.name, interruptible: false, choices: [],
      ways: [{ limit: LIMIT, title: `remove the stale pid file of ${host.name}`, act: (attempt, title) => act(title).removePidFile({ host, attempt }) }],
    });
  }
}

/** Out of service and back, whatever the site's load balancer is: one that is told, one that a person works, or none. */
import type { LoadBalancer, Reachable } from '../../src/upgrade/installation.ts';
import { act } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { lockOf } from './locks.ts';

/** Sessions that are still served when a host is drained get this long. */
const LIMIT = '30m';

/** Out of every load balancer. `clear`: may it go down right now? Asked before a person is asked to do it, too. */
export async function drained(upgrade: Upgrade, host: Reachable, clear: () => Promise<void>): Promise<void> {
  if (isLeftToPerson(upgrade, host, 'drain')) await clear();
  await byPerson(upgrade, host, 'drain', 'Take it out of service');
  const { loadBalancers } = upgrade.installation;
  await upgrade.steps.run({
    step: 'drain', host: host.name, state: 'draining', interruptible: true, clear, beforeRetry: clear, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `take ${host.name} out of the load balancer`, act: (attempt, title) => act(title).drain({ host, attempt, loadBalancers, ...lockOf(upgrade, host) }) }],
  });
}

/** Somebody, or a reload of the load balancer, put a drained host back in: out of it again. */
export async function drainedAgain({ installation: { loadBalancers }, journal, record, steps }: Upgrade, host: Reachable): Promise<void> {
  record.note({ step: 'drain', host: host.name, outcome: 'gets requests again, though it was drained: drained once more' });
  journal.again(`drain-again:${host.name}`);
  await steps.run({
    step: 'drain-again', host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `take ${host.name} out of the load balancer again`, act: (attempt, title) => act(title).drain({ host, attempt, loadBalancers }) }],
  });
}

export async function backInService(upgrade: Upgrade, host: Reachable): Promise<void> {
  const { loadBalancers } = upgrade.installation;
  await upgrade.steps.run({
    step: 'put-back', host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `put ${host.name} back in the load balancer`, act: (attempt, title) => act(title).putBack({ host, attempt, loadBalancers, ...lockOf(upgrade, host) }) }],
  });
  await byPerson(upgrade, host, 'put-back', 'Put it back in service');
}

/** Load balancers that a person works: the person's word is all there is. */
async function byPerson({ installation, journal, operator }: Upgrade, host: Reachable, step: Way, what: string): Promise<void> {
  for (const [index, each] of installation.loadBalancers.entries()) {
    const id = byPersonId(step, index, host);
    if (!isWorkedByPerson(each) || journal.isDone(id)) continue;
    const { choice } = await operator.ask({ id: journal.questionId(id), asks: `${host.name}: ${what}. ${each.confirm}`, choices: ['done-by-hand', 'abort'], evidence: '' });
    if (choice === 'abort') throw new AbortUpgrade(`aborted at ${id}`);
    journal.done(id, 'done by hand');
  }
}

type Way = 'drain' | 'put-back';

function byPersonId(step: Way, index: number, host: Reachable): string {
  return `${step}-by-person-${index + 1}:${host.name}`;
}

function isLeftToPerson({ installation, journal }: Upgrade, host: Reachable, step: Way): boolean {
  return installation.loadBalancers.some((each, index) => isWorkedByPerson(each) && !journal.isDone(byPersonId(step, index, host)));
}

/** A person took the host out of service and nobody put it back: after an abort nobody is asked any more, so it is told. */
export function isOutByPerson({ installation, journal }: Upgrade, host: Reachable): boolean {
  return installation.loadBalancers.some((_, index) => journal.isDone(byPersonId('drain', index, host)) && !journal.isDone(byPersonId('put-back', index, host)));
}

function isWorkedByPerson(each: LoadBalancer): each is Extract<LoadBalancer, { confirm: string }> {
  return 'confirm' in each;
}

/** Out of service and back, whatever the site's load balancer is: one that is told, one that a person works, or none. */
import type { LoadBalancer, OpsManagerHost } from '../../src/upgrade/installation.ts';
import { act } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';

/** Sessions that are still served when a host is drained get this long. */
const LIMIT = '30m';

export async function drained(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  await byPerson(upgrade, host, 'drain', 'Take it out of service');
  const { loadBalancers } = upgrade.installation;
  await upgrade.steps.run({
    step: 'drain', host: host.name, state: 'draining', interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `take ${host.name} out of the load balancer`, act: (attempt, title) => act(title).drain({ host, attempt, loadBalancers }) }],
  });
}

export async function backInService(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { loadBalancers } = upgrade.installation;
  await upgrade.steps.run({
    step: 'put-back', host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: LIMIT, title: `put ${host.name} back in the load balancer`, act: (attempt, title) => act(title).putBack({ host, attempt, loadBalancers }) }],
  });
  await byPerson(upgrade, host, 'put-back', 'Put it back in service');
}

/** Load balancers that a person works: the person's word is all there is. */
async function byPerson({ installation, operator, record, steps }: Upgrade, host: OpsManagerHost, step: 'drain' | 'put-back', what: string): Promise<void> {
  for (const [index, each] of installation.loadBalancers.entries()) {
    const id = `${step}-by-person-${index + 1}:${host.name}`;
    if (!isWorkedByPerson(each) || record.state.journal[id]) continue;
    const { choice } = await operator.ask({ id: steps.questionId(id), asks: `${host.name}: ${what}. ${each.confirm}`, choices: ['done-by-hand', 'abort'], evidence: '' });
    if (choice === 'abort') throw new AbortUpgrade(`aborted at ${id}`);
    record.state.journal[id] = 'done by hand';
  }
}

function isWorkedByPerson(each: LoadBalancer): each is Extract<LoadBalancer, { confirm: string }> {
  return 'confirm' in each;
}

/**
 * One host, in the vendor's order: its daemon first (a busy one would keep the host drained for hours), then out of the
 * load balancer, stopped, installed, started, proven, back in the load balancer, soaked.
 *
 * Up to the install an abort brings the old version back. From the install on the host is finished first.
 */
import type { LoadBalancer, OpsManagerHost } from '../../src/upgrade/installation.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act, long, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import type { Step } from '../runbook/step.ts';
import { daemonDownAfterStart, stopDaemonOn } from './backup-daemons.ts';
import { bringBackOld } from './bring-back.ts';
import { backupsYoungEnough, packageFor } from './preparation.ts';
import { served } from './start.ts';

/** Takes a healthy host out of service and puts the target on its disk. Asks before each point of no comfort. */
export async function takeDownAndInstall(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { operator } = upgrade;
  await operator.mayGoOn('host');
  operator.throwIfAborting();
  try {
    await stopDaemonOn(upgrade, host);
    await clearToGoDown(upgrade, host, 'drain');
    await drained(upgrade, host);
    await backupsYoungEnough(upgrade);
    await clearToGoDown(upgrade, host, 'stop');
    await applicationStopped(upgrade, host);
    await installed(upgrade, host, 'installing');
  } catch (error) {
    if (error instanceof AbortUpgrade && error.point === 'before') await bringBackOld(upgrade, host);
    throw error;
  }
}

/** Starts the new version. Whether it serves is another question; migrations may run for long. */
export async function startHost({ steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  await steps.run({
    step: 'start', host: host.name, state: 'starting', interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ title: `start ${host.name}`, act: (attempt, title) => act(title).startApplication({ host, attempt }) }],
  });
}

/** Serving the target, its daemon down, back in the load balancer and healthy for the soak: only this is done. */
export async function finishHost(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { installation: { target }, record } = upgrade;
  await served(upgrade, host, target.version);
  await daemonDownAfterStart(upgrade, host);
  await backInService(upgrade, host);
  await soaked(upgrade, host);
  record.host(host.name, { state: 'upgraded', version: target.version, step: undefined });
  record.note({ step: 'upgraded', host: host.name, outcome: target.version });
}

/** A host that serves only a Backup Daemon: nothing to drain, and the daemon stays down until all are upgraded. */
export async function upgradeDaemonHost(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { installation: { target }, operator, record } = upgrade;
  await operator.mayGoOn('host');
  operator.throwIfAborting();
  await stopDaemonOn(upgrade, host);
  await applicationStopped(upgrade, host); // proves that nothing of the product runs on this host
  await installed(upgrade, host, 'installing');
  record.host(host.name, { state: 'upgraded', version: target.version, step: undefined });
  record.note({ step: 'upgraded', host: host.name, outcome: `${target.version}, its Backup Daemon is down until the end` });
}

/** Right before every drain and every stop: are all others healthy and in service, the database whole, the lock ours? */
async function clearToGoDown({ installation, operator, steps }: Upgrade, host: OpsManagerHost, before: 'drain' | 'stop'): Promise<void> {
  for (;;) {
    const { why } = await steps.look({
      step: `why-not-${before}`, host: host.name, asks: `Whether ${host.name} may go down now`,
      look: () => look(`may ${host.name} go down? (before ${before})`).whyNotNow({ installation, host: host.name, owner: steps.owner() }),
      isSeen: (value): value is { why: string | null } => asRecord(value)['why'] === null || typeof asRecord(value)['why'] === 'string',
    });
    if (why === null) return;
    const { choice } = await operator.ask({
      id: steps.questionId(`why-not-${before}:${host.name}`), asks: `${host.name} may not go down now. ${why}`, choices: ['retry', 'abort'], evidence: why,
    });
    if (choice === 'abort') throw new AbortUpgrade(why, 'before');
  }
}

async function drained(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  await byPerson(upgrade, host, 'drain', 'Take it out of service');
  const loadBalancers = upgrade.installation.loadBalancers;
  await upgrade.steps.run({
    step: 'drain', host: host.name, state: 'draining', interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ title: `take ${host.name} out of the load balancer`, act: (attempt, title) => act(title).drain({ host, attempt, loadBalancers }) }],
  });
}

export async function backInService(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const loadBalancers = upgrade.installation.loadBalancers;
  await upgrade.steps.run({
    step: 'put-back', host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ title: `put ${host.name} back in the load balancer`, act: (attempt, title) => act(title).putBack({ host, attempt, loadBalancers }) }],
  });
  await byPerson(upgrade, host, 'put-back', 'Put it back in service');
}

/** Load balancers that a person works: the person's word is all there is. */
async function byPerson({ installation, operator, record, steps }: Upgrade, host: OpsManagerHost, step: string, what: string): Promise<void> {
  for (const [index, each] of installation.loadBalancers.entries()) {
    const id = `${step}-by-person-${index}:${host.name}`;
    if (!isByPerson(each) || record.state.journal[id]) continue;
    const { choice } = await operator.ask({ id: steps.questionId(id), asks: `${host.name}: ${what}. ${each.confirm}`, choices: ['done-by-hand', 'abort'], evidence: '' });
    if (choice === 'abort') throw new AbortUpgrade(`aborted at ${id}`, step === 'drain' ? 'before' : 'amid');
    record.state.journal[id] = 'done by hand';
  }
}

function isByPerson(each: LoadBalancer): each is Extract<LoadBalancer, { confirm: string }> {
  return 'confirm' in each;
}

async function applicationStopped({ steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  await steps.run(stopping(host, 'stop', true));
}

export function stopping(host: OpsManagerHost, step: string, interruptible: boolean): Step {
  return {
    step, host: host.name, state: 'stopped', interruptible, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ title: `stop ${host.name} and prove it stopped`, act: (attempt, title) => act(title).stopApplication({ host, attempt }) }],
  };
}

async function installed({ installation, steps }: Upgrade, host: OpsManagerHost, state: 'installing'): Promise<void> {
  await steps.run({
    step: 'install', host: host.name, state, interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{
      title: `install ${installation.target.version} on ${host.name}`,
      act: (attempt, title) => act(title).installPackage({ host, attempt, package: packageFor(installation, host), version: installation.target.version }),
    }],
  });
}

async function soaked({ installation, steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  const { policy, target } = installation;
  await steps.run({
    step: 'soak', host: host.name, state: 'soaking', interruptible: false, choices: ['retry'],
    ways: [{
      title: `watch ${host.name} stay healthy for ${policy.soak}`,
      act: async (attempt, title) => ({
        ...await long(title).soak({ host, version: target.version, for: policy.soak, every: policy.health.every }), token: attempt.token,
      }),
    }],
  });
}

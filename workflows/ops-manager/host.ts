/**
 * One host, in the vendor's order: its daemon first (a busy one would keep the host drained for hours), then out of the
 * load balancer, stopped, installed, started, proven, back in the load balancer, soaked.
 *
 * Up to the install an abort brings the old version back. From the install on the host is finished first.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { long, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { applicationStopped, installed } from './application.ts';
import { daemonDownAfterStart, stopDaemonOn } from './backup-daemons.ts';
import { bringBackOld } from './bring-back.ts';
import { backInService, drained } from './load-balancer.ts';
import { backupsYoungEnough } from './preparation.ts';
import { served } from './start.ts';

/** Takes a healthy host out of service and puts the target on its disk. Whether it may go down is asked before each point. */
export async function takeDownAndInstall(upgrade: Upgrade, host: OpsManagerHost, which: 'first' | 'other' = 'other'): Promise<void> {
  await mayBegin(upgrade);
  try {
    await stopDaemonOn(upgrade, host);
    await clearToGoDown(upgrade, host, 'drain');
    await drained(upgrade, host);
    if (which === 'first') await backupsYoungEnough(upgrade);
    await clearToGoDown(upgrade, host, 'stop');
    await applicationStopped(upgrade, host);
    await installed(upgrade, host);
  } catch (error) {
    if (error instanceof AbortUpgrade && !upgrade.steps.touched(`install:${host.name}`)) await bringBackOld(upgrade, host);
    throw error;
  }
}

/** Serving the target, its daemon down, back in the load balancer and healthy for the soak: only this is done. */
export async function finishHost(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { version } = upgrade.installation.target;
  if (upgrade.record.state.journal[`soak:${host.name}`]) return;
  await served(upgrade, host, version);
  await daemonDownAfterStart(upgrade, host);
  await backInService(upgrade, host);
  await soaked(upgrade, host);
  upgraded(upgrade, host, version);
}

/** A host that serves only a Backup Daemon: nothing to drain, and the daemon stays down until all are upgraded. */
export async function upgradeDaemonHost(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  if (upgrade.record.state.journal[`install:${host.name}`]) return;
  await mayBegin(upgrade);
  await stopDaemonOn(upgrade, host);
  await applicationStopped(upgrade, host); // nothing is to stop: it proves that nothing of the product runs here
  await installed(upgrade, host);
  upgraded(upgrade, host, `${upgrade.installation.target.version}, its Backup Daemon down until the end`);
}

async function mayBegin({ operator }: Upgrade): Promise<void> {
  await operator.mayGoOn('host');
  operator.throwIfAborting();
}

function upgraded({ installation, record }: Upgrade, host: OpsManagerHost, says: string): void {
  record.host(host.name, { state: 'upgraded', version: installation.target.version, step: undefined });
  record.note({ step: 'upgraded', host: host.name, outcome: says });
}

/** Right before every drain and every stop: are all others healthy and in service, the database whole, the lock ours? */
async function clearToGoDown({ installation, operator, steps }: Upgrade, host: OpsManagerHost, before: 'drain' | 'stop'): Promise<void> {
  if (steps.touched(`${before}:${host.name}`)) return; // after continue-as-new: it is down already
  for (;;) {
    const { why } = await steps.look({
      step: `why-not-${before}`, host: host.name, asks: `Whether ${host.name} may go down now`,
      look: () => look(`may ${host.name} go down? (before ${before})`).whyNotNow({ installation, host: host.name, owner: steps.owner() }),
      isSeen: (value): value is { why: string | null } => asRecord(value)['why'] === null || typeof asRecord(value)['why'] === 'string',
    });
    operator.throwIfAborting();
    if (why === null) return;
    const { choice } = await operator.ask({
      id: steps.questionId(`why-not-${before}:${host.name}`), asks: `${host.name} may not go down now. ${why}`, choices: ['retry', 'abort'], evidence: why,
    });
    if (choice === 'abort') throw new AbortUpgrade(why, 'before');
  }
}

async function soaked({ installation, steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  const { policy, target } = installation;
  await steps.run({
    step: 'soak', host: host.name, state: 'soaking', interruptible: false, choices: ['retry'],
    ways: [{
      limit: '1d',
      title: `watch ${host.name} stay healthy for ${policy.soak}`,
      act: async (attempt, title) => ({
        ...await long(title).soak({ host, version: target.version, for: policy.soak, every: policy.health.every }), token: attempt.token,
      }),
    }],
  });
}

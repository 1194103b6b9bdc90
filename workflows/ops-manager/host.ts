/**
 * One host, in the vendor's order: its daemon first (a busy one would keep the host drained for hours), then out of the
 * load balancer, stopped, installed, started, proven, back in the load balancer, soaked.
 *
 * Up to the install an abort brings the old version back; a tarball's up to its first start. From then on the host is
 * finished first.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { long, look } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from './upgrade.ts';
import { applicationStopped, installed } from './application.ts';
import { daemonDownAfterStart, stopDaemonOn } from './backup-daemons.ts';
import { bringBackOld, keepsOldTree } from './bring-back.ts';
import { clearToGoDown } from './clear-to-go-down.ts';
import { backInService, drained } from '../steps/load-balancer.ts';
import { backupsYoungEnough } from '../steps/backups.ts';
import { mayBegin } from '../steps/may-begin.ts';
import { backupsOf } from './preparation.ts';
import { quiesced } from '../steps/quiesce.ts';
import { unquiesced } from './quiesce.ts';
import { served } from './start.ts';

/** Takes a healthy host out of service and puts the target on its disk. Whether it may go down is asked before each point. */
export async function takeDownAndInstall(upgrade: Upgrade, host: OpsManagerHost, which: 'first' | 'other' = 'other'): Promise<void> {
  if (upgrade.journal.isDone(`install:${host.name}`)) return;
  await mayBegin(upgrade, host.name);
  const clear = (before: 'drain' | 'stop') => () => clearToGoDown(upgrade, host, before, which === 'first' ? () => backupsYoungEnough(upgrade, backupsOf(upgrade)) : undefined);
  try {
    if (await upgradedMeanwhile(upgrade, host)) return;
    await quiesced(upgrade, host);
    await stopDaemonOn(upgrade, host);
    await drained(upgrade, host, clear('drain'));
    await applicationStopped(upgrade, host, clear('stop'));
    await installed(upgrade, host);
    if (keepsOldTree(upgrade, host)) upgrade.operator.throwIfAborting(); // here, and nowhere later, it can be taken back
  } catch (error) {
    if (error instanceof AbortUpgrade && !upgrade.journal.isBegun(`install:${host.name}`)) await bringBackOld(upgrade, host);
    throw error;
  }
}

/** Somebody upgraded it by hand while its gate waited: it is not taken down again. What is done is proven all the same. */
async function upgradedMeanwhile({ installation: { target: { version } }, journal, record, steps }: Upgrade, host: OpsManagerHost): Promise<boolean> {
  const { upgraded } = await steps.look({
    step: 'upgraded-meanwhile', host: host.name, asks: `Whether ${host.name} was upgraded by somebody else`,
    look: () => look(`was ${host.name} upgraded by somebody else?`).lookAtUpgraded({ host, version }),
    isSeen: (value): value is { upgraded: string } => asText(asRecord(value)['upgraded']) !== undefined,
  });
  if (upgraded !== 'yes') return false;
  record.note({ step: 'install', host: host.name, outcome: `${version} runs there already: somebody else installed it, and it is not installed again` });
  journal.done(`install:${host.name}`, 'already');
  return true;
}

/** Serving the target, its daemon down, back in the load balancer and healthy for the soak: only this is done. */
export async function finishHost(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { version } = upgrade.installation.target;
  if (upgrade.journal.isDone(`soak:${host.name}`)) return;
  await served(upgrade, host, version);
  await daemonDownAfterStart(upgrade, host);
  await backInService(upgrade, host);
  await soaked(upgrade, host);
  await unquiesced(upgrade, host);
  upgraded(upgrade, host, version);
}

/** A host that serves only a Backup Daemon: nothing to drain, and the daemon stays down until all are upgraded. */
export async function upgradeDaemonHost(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  if (upgrade.journal.isDone(`install:${host.name}`)) return;
  await mayBegin(upgrade, host.name);
  await quiesced(upgrade, host);
  await stopDaemonOn(upgrade, host);
  // Nothing is to stop: it proves that nothing of the product runs here.
  await applicationStopped(upgrade, host, () => clearToGoDown(upgrade, host, 'stop'));
  await installed(upgrade, host);
  await unquiesced(upgrade, host);
  upgraded(upgrade, host, `${upgrade.installation.target.version}, its Backup Daemon down until the end`);
}

function upgraded({ installation, record }: Upgrade, host: OpsManagerHost, says: string): void {
  record.host(host.name, { state: 'upgraded', version: installation.target.version, step: undefined });
  record.note({ step: 'upgraded', host: host.name, outcome: says });
}

async function soaked({ installation, steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  const { policy, target } = installation;
  await steps.run({
    step: 'soak', host: host.name, state: 'soaking', interruptible: false, choices: ['retry'],
    ways: [{
      limit: '1d',
      title: `watch ${host.name} stay healthy for ${policy.soak}`,
      act: (attempt, title) => long(title).soak({ host, version: target.version, for: policy.soak, every: policy.health.every, attempt }),
    }],
  });
}

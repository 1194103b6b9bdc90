/**
 * Backup Daemons. On entering Upgrade Mode they try to stop themselves; one in the middle of a long job does not. Then,
 * as the vendor's guide says, either its job is waited for, or it is stopped by hand on every host in turn: `service`,
 * proven by the process list; the init script where that did not help; then a person. Never by force: half a backup job
 * killed is a backup lost.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Choice } from '../../src/upgrade/messages.ts';
import type { DaemonSighting } from '../../src/upgrade/plan.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act, look, wait } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from '../runbook/conduct.ts';
import { succeeded, type Way } from '../runbook/step.ts';
import { hostNamed } from './preparation.ts';

/** A daemon that a host's start brought up again, in Upgrade Mode, gets this long to stop itself. */
const AFTER_A_START = '2m';

/** A daemon's own graceful stop may take 65 minutes (the vendor's operator allows 4,200 s). */
const STOP_LIMIT = '70m';
const START_LIMIT = '15m';

/** Policy `before-first-host`: all daemons stopped by hand while every application host still serves. */
export async function stopBackupDaemonsFirst(upgrade: Upgrade): Promise<void> {
  if (upgrade.installation.policy.backupDaemons.stop !== 'before-first-host') return;
  for (const host of upgrade.installation.hosts) await stopDaemonOn(upgrade, host);
}

/**
 * Sees every daemon of the installation stopped.
 * @returns true when all stopped by themselves in the policy's time, false when they were waited for longer or stopped by hand.
 */
export async function backupDaemonsStopped(upgrade: Upgrade): Promise<boolean> {
  const { installation: { policy }, record } = upgrade;
  if ((await daemonsAlive(upgrade)).length === 0) return true;
  record.note({ step: 'backup daemons', outcome: `watched for ${policy.backupDaemons.for} while they stop themselves` });
  if (await stopThemselves(upgrade, upgrade.installation.hosts, policy.backupDaemons.for)) return true;
  for (let stuck = await daemonsAlive(upgrade); stuck.length > 0; stuck = await daemonsAlive(upgrade)) {
    await resolveStuck(upgrade, stuck);
  }
  return false;
}

/** Daemons that run, or of which it cannot be seen that they do not. */
export async function daemonsAlive({ installation, steps }: Upgrade, hosts = installation.hosts): Promise<readonly DaemonSighting[]> {
  const names = hosts.map((host) => host.name).join(', ');
  const sightings = await steps.look({
    step: 'backup-daemons', asks: `Whether Backup Daemons run on ${names}`,
    look: () => look(`do Backup Daemons run on ${names}?`).lookAtBackupDaemons({ hosts }),
    isSeen: (value): value is readonly DaemonSighting[] => Array.isArray(value) && value.every((each) => typeof asRecord(each)['running'] === 'string'),
  });
  return sightings.filter((each) => each.running !== 'no');
}

/** Stops the daemon of one host by hand, if it runs there. */
export async function stopDaemonOn(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  if ((await daemonsAlive(upgrade, [host])).length > 0) await stopByHand(upgrade, host);
}

/** `start` of the application starts the daemon, too: looked at again after every start. */
export async function daemonDownAfterStart(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  if ((await daemonsAlive(upgrade, [host])).length === 0) return;
  if (await stopThemselves(upgrade, [host], AFTER_A_START)) return;
  await stopByHand(upgrade, host);
}

/** Starts the daemons that ran before, one by one; one that stopped itself again is started once more. */
export async function startBackupDaemons(upgrade: Upgrade): Promise<void> {
  const { installation, operator, record } = upgrade;
  const hosts = record.state.daemonsToStart.map((name) => hostNamed(installation.hosts, name));
  for (const host of hosts) await startDaemon(upgrade, host, 'start-backup-daemon', true);
  if (hosts.length === 0) return;
  record.note({ step: 'backup daemons', outcome: `started; looked at again in ${installation.policy.backupDaemons.settle}` });
  await operator.pause(installation.policy.backupDaemons.settle);
  const alive = new Set((await daemonsAlive(upgrade, hosts)).filter((each) => each.running === 'yes').map((each) => each.host));
  for (const host of hosts.filter((each) => !alive.has(each.name))) await startDaemon(upgrade, host, 'start-backup-daemon-again', true);
}

/** After an abort before the first host was upgraded: the daemons we stopped run the old version again. */
export async function restartOldDaemons(upgrade: Upgrade): Promise<void> {
  const { installation, record } = upgrade;
  const stopped = installation.hosts.filter((host) => record.state.journal[`stop-backup-daemon:${host.name}`] && record.state.daemonsToStart.includes(host.name));
  for (const host of stopped) await startDaemon(upgrade, host, 'start-old-backup-daemon', false);
}

async function startDaemon({ installation, record, steps }: Upgrade, host: OpsManagerHost, step: string, upgraded: boolean): Promise<void> {
  const old = record.state.facts.find((facts) => facts.name === host.name)?.installed ?? '';
  await steps.run({
    step, host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{
      limit: START_LIMIT,
      title: `start the Backup Daemon on ${host.name}`,
      act: (attempt, title) => act(title).startBackupDaemon({ host, attempt, version: upgraded ? installation.target.version : old }),
    }],
  });
}

async function stopThemselves({ record, steps }: Upgrade, hosts: readonly OpsManagerHost[], limit: string | null): Promise<boolean> {
  const names = hosts.map((host) => host.name).join(', ');
  const outcome = await steps.within(limit, () => wait(`watch Backup Daemons on ${names} stop themselves`).awaitBackupDaemonsStopped({ hosts }), { interruptible: false });
  const stopped = outcome !== undefined && succeeded(outcome);
  record.note({ step: 'backup daemons', outcome: stopped ? 'stopped by themselves' : `still running after ${limit}` });
  return stopped;
}

async function resolveStuck(upgrade: Upgrade, stuck: readonly DaemonSighting[]): Promise<void> {
  const { installation, operator, steps } = upgrade;
  const { backupDaemons } = installation.policy;
  const choice = backupDaemons.whenStuck === 'ask' ? await askAboutStuck(upgrade, stuck) : { choice: backupDaemons.whenStuck };
  if (choice.choice === 'abort') throw new AbortUpgrade('aborted while Backup Daemons were still running');
  if (choice.choice === 'wait') await waitOn(upgrade, choice);
  if (choice.choice === 'stop') {
    for (const each of stuck) {
      steps.doAgain(`stop-backup-daemon:${each.host}`);
      await stopByHand(upgrade, hostNamed(installation.hosts, each.host));
    }
  }
  operator.throwIfAborting('amid');
}

async function askAboutStuck({ operator, steps }: Upgrade, stuck: readonly DaemonSighting[]): Promise<{ choice: Choice; for?: string | undefined }> {
  const names = stuck.map((each) => each.host).join(', ');
  // What cannot be seen is not stopped by force of habit: first it must be seen.
  const choices: readonly Choice[] = stuck.every((each) => each.running === 'yes') ? ['wait', 'stop', 'abort'] : ['wait', 'abort'];
  return operator.ask({
    id: steps.questionId('backup-daemons'), choices,
    asks: `The Backup Daemon on ${names} did not stop itself. Wait for its job, or stop it by hand?`,
    evidence: stuck.map((each) => [
      `${each.host}: ${each.running === 'yes' ? each.process ?? 'runs' : 'could not be seen'}`,
      ...(each.job ? [`job: ${each.job}`] : []), ...(each.logTail ? [each.logTail] : []),
    ].join('\n')).join('\n\n'),
  });
}

async function waitOn(upgrade: Upgrade, answer: { readonly for?: string | undefined }): Promise<void> {
  const { backupDaemons } = upgrade.installation.policy;
  await stopThemselves(upgrade, upgrade.installation.hosts, answer.for ?? backupDaemons.for);
}

async function stopByHand({ installation, steps }: Upgrade, host: OpsManagerHost): Promise<void> {
  const { attempts, every } = installation.policy.backupDaemons;
  const stop = (way: 'service' | 'init-script', title: string, after?: string): Way => ({
    title, after, limit: STOP_LIMIT, act: (attempt, summary) => act(summary).stopBackupDaemon({ host, attempt, way }),
  });
  const byService = Array.from({ length: attempts }, (_, index) =>
    stop('service', `stop the Backup Daemon on ${host.name} (service, ${index + 1} of ${attempts})`, index > 0 ? every : undefined));
  await steps.run({
    step: 'stop-backup-daemon', host: host.name, interruptible: true, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [...byService, stop('init-script', `stop the Backup Daemon on ${host.name} (init script)`)] as unknown as readonly [Way, ...Way[]],
  });
}

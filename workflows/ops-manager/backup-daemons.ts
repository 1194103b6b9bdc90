/**
 * Backup Daemons going down. On entering Upgrade Mode they try to stop themselves; one in the middle of a long job does
 * not. Then, as the vendor's guide says, either its job is waited for, or it is stopped by hand on every host in turn:
 * `service`, proven by the process list; the init script where that did not help; then a person. Never by force: half a
 * backup job killed is a backup lost.
 */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Choice } from '../../src/upgrade/messages.ts';
import type { DaemonSighting } from '../../src/upgrade/plan.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import { act, look, wait } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from './upgrade.ts';
import { succeeded, type Way } from '../runbook/step.ts';
import { hostNamed } from '../steps/backups.ts';

/** A daemon that a host's start brought up again, in Upgrade Mode, gets this long to stop itself. */
const AFTER_A_START = '2m';

/** A daemon's own graceful stop may take 65 minutes (the vendor's operator allows 4,200 s). */
const STOP_LIMIT = '70m';

/** Policy `before-first-host`: all daemons stopped by hand while every application host still serves. */
export async function stopBackupDaemonsFirst(upgrade: Upgrade): Promise<void> {
  const { installation, journal } = upgrade;
  if (installation.policy.backupDaemons.stop !== 'before-first-host' || journal.isDone('daemons-first')) return;
  for (const host of installation.hosts) await stopDaemonOn(upgrade, host);
  journal.done('daemons-first');
}

/**
 * Sees the daemons of these hosts stopped.
 * @returns true when all stopped by themselves in the policy's time, false when they were waited for longer or stopped by hand.
 */
export async function backupDaemonsStopped(upgrade: Upgrade, hosts = upgrade.installation.hosts): Promise<boolean> {
  const { installation: { policy }, record } = upgrade;
  if ((await daemonsAlive(upgrade, hosts)).length === 0) return true;
  record.note({ step: 'backup daemons', outcome: `watched for ${policy.backupDaemons.for} while they stop themselves` });
  await stopThemselves(upgrade, hosts, { limit: policy.backupDaemons.for, interruptible: true });
  let stuck = await daemonsAlive(upgrade, hosts);
  if (stuck.length === 0) return true;
  for (; stuck.length > 0; stuck = await daemonsAlive(upgrade, hosts)) await resolveStuck(upgrade, hosts, stuck);
  return false;
}

/** Daemons that run, or of which it cannot be seen that they do not. */
export async function daemonsAlive({ steps }: Upgrade, hosts: readonly OpsManagerHost[]): Promise<readonly DaemonSighting[]> {
  const names = hosts.map((host) => host.name).join(', ');
  const sightings = await steps.look({
    step: 'backup-daemons-seen', asks: `Whether Backup Daemons run on ${names}`,
    look: () => look(`do Backup Daemons run on ${names}?`).lookAtBackupDaemons({ hosts }),
    isSeen: (value): value is readonly DaemonSighting[] => hosts.every((host) => isSighted(value, host.name)),
  });
  return sightings.filter((each) => each.running !== 'no');
}

function isSighted(value: unknown, host: string): boolean {
  return Array.isArray(value) && value.some((each) => asRecord(each)['host'] === host && typeof asRecord(each)['running'] === 'string');
}

/** Stops the daemon of one host by hand, if it runs there. */
export async function stopDaemonOn(upgrade: Upgrade, host: OpsManagerHost, how: { readonly interruptible: boolean } = { interruptible: true }): Promise<void> {
  if (await daemonRuns(upgrade, host)) await stopByHand(upgrade, host, how);
}

/** `start` of the application starts the daemon, too: looked at again after every start. The host is finished, abort or not. */
export async function daemonDownAfterStart(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  if (!await daemonRuns(upgrade, host)) return;
  await stopThemselves(upgrade, [host], { limit: AFTER_A_START, interruptible: false });
  if (await daemonRuns(upgrade, host)) await stopByHand(upgrade, host, { interruptible: false });
}

/** What cannot be seen is a question: no daemon is stopped, or taken for stopped, on a guess. */
async function daemonRuns(upgrade: Upgrade, host: OpsManagerHost): Promise<boolean> {
  const { journal, operator } = upgrade;
  for (;;) {
    const [alive] = await daemonsAlive(upgrade, [host]);
    if (!alive || alive.running === 'yes') return alive !== undefined;
    const { choice } = await operator.ask({
      id: journal.questionId(`backup-daemon-unseen:${host.name}`), choices: ['retry', 'abort'], evidence: describe(alive),
      asks: `Whether a Backup Daemon runs on ${host.name} cannot be seen. Look again?`,
    });
    if (choice === 'abort') throw new AbortUpgrade(`aborted: whether a Backup Daemon runs on ${host.name} could not be seen`);
  }
}

async function stopThemselves({ record, steps }: Upgrade, hosts: readonly OpsManagerHost[], how: { readonly limit: string; readonly interruptible: boolean }): Promise<void> {
  const names = hosts.map((host) => host.name).join(', ');
  const outcome = await steps.within(how.limit, () => wait(`watch Backup Daemons on ${names} stop themselves`).awaitBackupDaemonsStopped({ hosts }), how);
  record.note({ step: 'backup daemons', outcome: succeeded(outcome) ? 'stopped by themselves' : `still running after ${how.limit}` });
}

async function resolveStuck(upgrade: Upgrade, hosts: readonly OpsManagerHost[], stuck: readonly DaemonSighting[]): Promise<void> {
  const { installation: { policy }, journal } = upgrade;
  const { whenStuck, for: time } = policy.backupDaemons;
  // The policy's answer is for daemons that are seen, and that stay stopped once they were; the rest is for a person.
  const forPerson = whenStuck === 'ask' || stuck.some((each) => each.running !== 'yes' || (whenStuck === 'stop' && journal.isDone(`stop-backup-daemon:${each.host}`)));
  const answer = forPerson ? await askAboutStuck(upgrade, stuck) : { choice: whenStuck, for: undefined };
  if (answer.choice === 'abort') throw new AbortUpgrade('aborted while Backup Daemons were still running');
  if (answer.choice === 'wait') await stopThemselves(upgrade, hosts, { limit: answer.for ?? time, interruptible: true });
  if (answer.choice !== 'stop') return;
  for (const each of stuck) await stopByHand(upgrade, hostNamed(hosts, each.host), { interruptible: true });
}

async function askAboutStuck({ journal, operator }: Upgrade, stuck: readonly DaemonSighting[]): Promise<{ choice: Choice; for?: string | undefined }> {
  const names = stuck.map((each) => each.host).join(', ');
  const choices: readonly Choice[] = stuck.every((each) => each.running === 'yes') ? ['wait', 'stop', 'abort'] : ['wait', 'abort'];
  return operator.ask({
    id: journal.questionId('backup-daemons'), choices, evidence: stuck.map(describe).join('\n\n'),
    asks: `The Backup Daemon on ${names} did not stop itself. Wait for its job, or stop it by hand?`,
  });
}

function describe(daemon: DaemonSighting): string {
  return [
    `${daemon.host}: ${daemon.process ?? (daemon.running === 'yes' ? 'runs' : 'could not be seen')}`,
    ...(daemon.job ? [`job: ${daemon.job}`] : []), ...(daemon.logTail ? [daemon.logTail] : []),
  ].join('\n');
}

/** Every stop is a new one: an earlier one of this upgrade proves nothing about a daemon that is seen alive now. */
async function stopByHand({ installation, journal, steps }: Upgrade, host: OpsManagerHost, { interruptible }: { readonly interruptible: boolean }): Promise<void> {
  const id = `stop-backup-daemon:${host.name}`;
  if (journal.mayHaveHappened(id)) journal.again(id);
  const { attempts, every } = installation.policy.backupDaemons;
  const stop = (way: 'service' | 'init-script', title: string, after?: string): Way => ({
    title, after, limit: STOP_LIMIT, act: (attempt, summary) => act(summary).stopBackupDaemon({ host, attempt, way }),
  });
  const byService = Array.from({ length: attempts }, (_, index) =>
    stop('service', `stop the Backup Daemon on ${host.name} (service, ${index + 1} of ${attempts})`, index > 0 ? every : undefined));
  await steps.run({
    step: 'stop-backup-daemon', host: host.name, interruptible, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [...byService, stop('init-script', `stop the Backup Daemon on ${host.name} (init script)`)] as unknown as readonly [Way, ...Way[]],
  });
}

/** Backup Daemons: looked at, waited for, stopped as by hand, started. */
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { DaemonSighting } from '../../src/upgrade/plan.ts';
import { asLogin } from '../../src/upgrade/command.ts';
import { readEnd } from '../../src/products/linux/keeping.ts';
import { backupJob, logNames, tail } from '../../src/products/ops-manager/logs.ts';
import { shown } from '../../src/products/ops-manager/processes.ts';
import { mayCome } from '../../src/products/linux/units.ts';
import { ownerOf } from '../../src/products/ops-manager/systemd.ts';
import type { OpsManagerActs } from './contract.ts';
import { isUnreachable, notNow } from '../at-work.ts';
import { whyKeyIsNotRight } from './configuration.ts';
import { atWork, evidenceOf, isRunning, outcome, runJob, until, type HostAtWork } from './host-at-work.ts';
import { commandsWith, lookAtUnits, unitAndJournal, whyStillThere } from './units.ts';
import { daemonAtBoot, isNewerThan, lookAtProcesses, secondsSinceInstall, type ProcessSighting } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';

/** Sees every host's daemon; one that cannot be reached is unknown, and says so. */
export async function lookAtBackupDaemons(ports: OpsManagerPorts, { hosts }: { readonly hosts: readonly OpsManagerHost[] }): Promise<readonly DaemonSighting[]> {
  return Promise.all(hosts.map(async (host): Promise<DaemonSighting> => {
    try {
      return await sightDaemon(atWork(ports, host));
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return { host: host.name, running: 'unknown', process: `${host.name} cannot be reached: ${error.message}` };
    }
  }));
}

export async function sightDaemon(at: HostAtWork, seen?: ProcessSighting): Promise<DaemonSighting> {
  const { daemon, units } = seen ?? await lookAtProcesses(at);
  const enabledAtBoot = await daemonAtBoot(at, units);
  if (daemon.running === 'no') return { host: at.host.name, running: 'no', enabledAtBoot };
  const log = (await at.look(readEnd(at.layout.logs.daemon, 500))).stdout;
  const job = backupJob(log, at.ports.clock.now()), unit = ownerOf('backupDaemon', units);
  return {
    host: at.host.name,
    // Where systemd starts it just now, or will, it is to be stopped all the same, whatever the process list shows meanwhile.
    running: daemon.running === 'unknown' && unit && mayCome(unit) ? 'yes' : daemon.running,
    enabledAtBoot,
    process: daemon.process ? evidenceOf(at.ports, shown(daemon.process)) : daemon.why,
    job: job === null ? undefined : evidenceOf(at.ports, job),
    logTail: evidenceOf(at.ports, tail(log, 20)),
  };
}

export async function awaitBackupDaemonsStopped(ports: OpsManagerPorts, { hosts }: { readonly hosts: readonly OpsManagerHost[] }): Promise<StepOutcome> {
  const seen = await lookAtBackupDaemons(ports, { hosts });
  const alive = seen.filter(({ running }) => running !== 'no');
  if (alive.length === 0) return outcome(ports, 'done', `No Backup Daemon runs on ${hosts.map(({ name }) => name).join(', ')}.`);
  throw notNow(`Backup Daemons not stopped yet: ${alive.map(({ host, running, job }) => `${host} (${running === 'yes' ? job ?? 'running' : 'cannot be seen'})`).join(', ')}.`);
}

// A stop that was obeyed is over soon after its command ended; a longer wait belongs to the runbook.
const GONE_WITHIN = 20_000;

/** One stop, one way, proven by the process list. The command itself may rightly take 65 minutes: `NotNow` meanwhile. */
export async function stopBackupDaemon(ports: OpsManagerPorts, { host, attempt, way }: Parameters<OpsManagerActs['stopBackupDaemon']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const before = await lookAtProcesses(at);
  if (before.daemon.running === 'no') return outcome(ports, 'already', `${host.name}: ${before.daemon.why}`);
  if (attempt.mode === 'look') {
    if (await isRunning(at, attempt, 'stop-daemon')) return outcome(ports, 'unknown', `${host.name}: its stop is still at work. ${before.daemon.why}`);
    return outcome(ports, before.daemon.running === 'yes' ? 'failed' : 'unknown', `${host.name}: ${before.daemon.why}`);
  }
  const { initScript, stop } = commandsWith(at, before.units).backupDaemon;
  if (way === 'init-script' && (await at.look(asLogin('ls', '-1', initScript))).code !== 0) {
    return outcome(ports, 'failed', `${host.name}: there is no ${initScript}, so the second way of stopping does not exist here. ${before.daemon.why}`);
  }
  const ended = await runJob(at, attempt, { name: 'stop-daemon', command: stop[way], beside: true });
  const { daemon, units } = await until(at, () => lookAtProcesses(at), (seen) => seen.daemon.running === 'no', GONE_WITHIN);
  if (daemon.running === 'no') return outcome(ports, 'done', `${host.name}: ${daemon.why}`, ended.says);
  return outcome(ports, daemon.running === 'yes' ? 'failed' : 'unknown', `${host.name}: ${ended.says} ${daemon.why}`, daemon.process ? shown(daemon.process) : '', await whyStillThere(at, ownerOf('backupDaemon', units), daemon), ended.output);
}

/** Starts the daemon and sees a process from the new tree and the release in its log. */
export async function startBackupDaemon(ports: OpsManagerPorts, { host, attempt, version }: Parameters<OpsManagerActs['startBackupDaemon']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const begun = (await at.session.readJob(attempt, 'start-daemon', { signal: at.signal })).state !== 'absent';
  if (!begun || attempt.mode === 'look') {
    const before = await sightStarted(at, version);
    if (before.right) return outcome(ports, 'already', before.says);
    if (attempt.mode === 'look' || before.running !== 'no') return outcome(ports, before.running === 'unknown' ? 'unknown' : 'failed', before.says);
    const why = await whyKeyIsNotRight(at, attempt.owner);
    if (why) return outcome(ports, 'failed', `${host.name}: the Backup Daemon was not started. ${why}`);
  }
  const ended = await runJob(at, attempt, { name: 'start-daemon', command: commandsWith(at, await lookAtUnits(at)).backupDaemon.start });
  const after = await until(at, () => sightStarted(at, version), ({ right }) => right, 30_000);
  if (after.right) return outcome(ports, 'done', after.says);
  return outcome(ports, after.running === 'unknown' || ended.state === 'lost' ? 'unknown' : 'failed', after.says, ended.says, ended.output, await unitAndJournal(at, 'backupDaemon'));
}

/** A daemon that has lived this long, in seconds, may have written its first line out of the end of the log that is read. */
const TALKED_LONG = 120;

async function sightStarted(at: HostAtWork, version: string): Promise<{ readonly right: boolean; readonly running: 'yes' | 'no' | 'unknown'; readonly says: string }> {
  const { daemon } = await lookAtProcesses(at);
  if (daemon.running !== 'yes' || !daemon.process) return { right: false, running: daemon.running, says: `${at.host.name}: ${daemon.why}` };
  const newer = isNewerThan(daemon.process, await secondsSinceInstall(at));
  const log = (await at.look(readEnd(at.layout.logs.daemon, 500))).stdout;
  const named = logNames(log, version);
  const saysOfLog = named ? `its log names ${version}` : daemon.process.age < TALKED_LONG ? `its log does not name ${version} yet` : `the end of its log does not name ${version} any more`;
  return {
    right: newer === 'yes' && (named || daemon.process.age >= TALKED_LONG),
    running: 'yes',
    says: `${at.host.name}: ${shown(daemon.process)}\n${newer === 'yes' ? 'Started after the install' : newer === 'no' ? 'Started before the install: still the old one' : 'Started at an unknown time'}; ${saysOfLog}.`,
  };
}

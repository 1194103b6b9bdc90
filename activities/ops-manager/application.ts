/** Stops and starts the application of one host. Exit codes prove nothing: the process list does. */
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import { shown } from '../../src/products/ops-manager/processes.ts';
import { keyLost } from '../../src/products/ops-manager/logs.ts';
import { ownerOf } from '../../src/products/ops-manager/systemd.ts';
import type { OnHost } from './contract.ts';
import { whyKeyIsNotRight } from './configuration.ts';
import { atWork, awaitJob, isRunning, outcome, runJob, startOrAttach, until, type HostAtWork } from './host-at-work.ts';
import { isNewerThan, lookAtProcesses, secondsSinceInstall, type ProcessSighting } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';
import { commandsWith, unitAndJournal, whyStillThere } from './units.ts';

// The vendor's script gives the application 20 s and then kills it; what is left after that long is not going.
const GONE_WITHIN = 20_000;
// After that long what a start has begun is awaited by `awaitServing`, which waits through migrations.
const COMES_WITHIN = 60_000;

/** Stops the application and proves that no process of Ops Manager lives on the host. */
export async function stopApplication(ports: OpsManagerPorts, { host, attempt }: OnHost): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const before = await lookAtProcesses(at);
  if (isStopped(before)) return outcome(ports, 'already', stoppedSays(at, before));
  if (attempt.mode === 'look') {
    if (await isRunning(at, attempt, 'stop')) return outcome(ports, 'unknown', `${host.name}: its stop is still at work.`, stoppedSays(at, before));
    return outcome(ports, runs(before) ? 'failed' : 'unknown', stoppedSays(at, before));
  }
  const migration = before.application.all.find(({ place }) => place === 'migration');
  if (migration) return outcome(ports, 'failed', `${host.name}: a migration runs, and stopping would kill it. Only wait. ${shown(migration.process)}`);
  if (before.daemon.running === 'yes') return outcome(ports, 'failed', `${host.name}: the Backup Daemon still runs; it is stopped first, while the application serves. ${before.daemon.why}`);
  const ended = await runJob(at, attempt, { name: 'stop', command: commandsWith(at, before.units).application.stop, beside: true });
  const after = await until(at, () => lookAtProcesses(at), isStopped, GONE_WITHIN);
  if (isStopped(after)) return outcome(ports, 'done', stoppedSays(at, after), ended.says);
  const why = [await whyStillThere(at, ownerOf('application', after.units), after.application), await whyStillThere(at, ownerOf('backupDaemon', after.units), after.daemon)];
  return outcome(ports, runs(after) ? 'failed' : 'unknown', stoppedSays(at, after), ended.says, ...why, ended.output);
}

const isStopped = ({ application, daemon }: ProcessSighting): boolean => application.running === 'no' && daemon.running === 'no';
const runs = ({ application, daemon }: ProcessSighting): boolean => application.running === 'yes' || daemon.running === 'yes';

function stoppedSays(at: HostAtWork, { application, daemon, processes }: ProcessSighting): string {
  return `${at.host.name}: ${application.why} ${daemon.why} (${processes.length} processes looked at)`;
}

/** Asserts gen.key, starts the application and sees it come: its process, or the helpers that come before. */
export async function startApplication(ports: OpsManagerPorts, { host, attempt }: OnHost): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const begun = (await at.session.readJob(attempt, 'start', { signal: at.signal })).state !== 'absent';
  const before = await lookAtProcesses(at);
  if (!begun || attempt.mode === 'look') {
    const already = await alreadyStarted(at, before);
    if (already) return already;
    if (attempt.mode === 'look') return outcome(ports, before.application.running === 'no' ? 'failed' : 'unknown', `${host.name}: ${before.application.why}`);
    const why = await whyKeyIsNotRight(at, attempt.owner);
    if (why) return outcome(ports, 'failed', `${host.name} was not started. ${why}`);
  }
  const job = await startOrAttach(at, attempt, { name: 'start', command: commandsWith(at, before.units).application.start });
  // A start may go on for hours in a migration: seeing that it is on its way is enough here.
  const ended = await awaitJob(at, attempt, 'start', job, async () => (await lookAtProcesses(at)).application.running === 'yes');
  // systemd takes a start and is done; a process, or its end, comes later.
  const after = await until(at, () => lookAtProcesses(at), ({ application }) => ended === null || application.running !== 'unknown', COMES_WITHIN);
  const { running, process, all, why } = after.application;
  const printed = ended?.output ?? job.output, logged = await unitAndJournal(at, 'application');
  const said = ended?.says ?? 'The start command is still at work.';
  if (keyLost(printed) || keyLost(logged)) return outcome(ports, 'failed', `${host.name}: the start made a new private key: the shared gen.key is lost. Stop everything.`, printed, logged);
  if (running === 'yes' || (all.length > 0 && (ended === null || logged !== ''))) {
    return outcome(ports, 'done', `${host.name}: ${process ? shown(process) : why}`, said, printed, logged, `Backup Daemon: ${after.daemon.why}`);
  }
  return outcome(ports, running === 'unknown' || ended?.state === 'lost' ? 'unknown' : 'failed', `${host.name}: ${why}`, said, printed, logged);
}

async function alreadyStarted(at: HostAtWork, { application }: ProcessSighting): Promise<StepOutcome | null> {
  if (application.running !== 'yes' || !application.process) return null;
  const newer = isNewerThan(application.process, await secondsSinceInstall(at));
  if (newer === 'yes') return outcome(at.ports, 'already', `${at.host.name}: ${shown(application.process)}`);
  return outcome(at.ports, newer === 'no' ? 'failed' : 'unknown', `${at.host.name}: the running application was ${newer === 'no' ? 'started before the installed package was unpacked: it is still the old one' : 'started at an unknown time'}. ${shown(application.process)}`);
}

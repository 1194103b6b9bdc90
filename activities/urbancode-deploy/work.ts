/** Running work: seen, waited for, cancelled; and maintenance mode, in which nothing new begins. */
import { ACTIVITY_PATH, cancel, CONFIGURATION_PATH, readActivity, readConfiguration, setMaintenance, type Configuration } from '../../src/products/urbancode-deploy/rest.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import { noteFile } from '../../src/upgrade/state-folder.ts';
import { workShown } from '../../src/upgrade/urbancode-work.ts';
import type { OnInstallation, UrbancodeDeployActs, UrbancodeDeployLooks, WorkSighting } from './contract.ts';
import { beat, firstScheduled, isCancellation, isUnreachable, notNow } from '../at-work.ts';
import { whyTooLate } from '../lock.ts';
import { dropNote, leaveNote, readNote } from '../notes.ts';
import type { Ports } from '../ports.ts';
import { askAnyServer } from './ask-server.ts';
import { atWork, outcome, until, type HostAtWork } from './host-at-work.ts';

type OfInstallation = Parameters<UrbancodeDeployLooks['lookAtWork']>[0];

export async function lookAtWork(ports: Ports, { installation }: OfInstallation): Promise<WorkSighting> {
  const { status, body } = await askAnyServer(ports, installation, { path: ACTIVITY_PATH });
  const work = status === 200 ? readActivity(body) : null;
  if (work === null) return { idle: 'unknown', work: [], says: `${ACTIVITY_PATH} answers ${status} and no list that can be read.` };
  return { idle: work.length === 0 ? 'yes' : 'no', work, says: work.length === 0 ? 'No application, component or generic process runs.' : work.map(workShown).join('\n') };
}

// Deployments take minutes; a look costs the server a query.
const BETWEEN_LOOKS = 5_000;
const PATIENCE = 60_000;

/** Returns when nothing runs. */
export async function awaitIdle(ports: Ports, input: OfInstallation): Promise<WorkSighting> {
  const at = pausing(ports, input);
  for (let waited = 0; ; waited += BETWEEN_LOOKS) {
    const seen = await lookAtWork(ports, input);
    if (seen.idle === 'yes') return seen;
    if (waited >= PATIENCE) throw notNow(seen.says);
    beat({ running: seen.work.length });
    await at.pause(BETWEEN_LOOKS);
  }
}

const CANCELLED_WITHIN = 60_000;

/** Each is cancelled once; it is gone when the list says so. */
export async function cancelWork(ports: Ports, { installation, attempt, work }: Parameters<UrbancodeDeployActs['cancelWork']>[0]): Promise<StepOutcome> {
  const left = async () => {
    const seen = await lookAtWork(ports, { installation });
    return { idle: seen.idle, still: seen.work.filter(({ id }) => work.some((each) => each.id === id)) };
  };
  const before = await left();
  const says = work.map(({ name }) => name).join(', ');
  if (before.idle !== 'unknown' && before.still.length === 0) return outcome(ports, 'already', `Not running any more: ${says}.`);
  if (attempt.mode === 'look') return outcome(ports, before.idle === 'unknown' ? 'unknown' : 'failed', ...before.still.map(workShown));
  const tooLate = await anyLock(ports, installation, attempt);
  if (tooLate !== null) return outcome(ports, 'failed', `Nothing was cancelled: ${tooLate}.`);
  for (const each of before.still) await askAnyServer(ports, installation, cancel(each));
  const after = await until(pausing(ports, { installation }), left, ({ idle, still }) => idle !== 'unknown' && still.length === 0, CANCELLED_WITHIN);
  if (after.idle === 'unknown') return outcome(ports, 'unknown', 'Whether they ended could not be seen.');
  return after.still.length === 0 ? outcome(ports, 'done', `Cancelled and gone: ${says}.`) : outcome(ports, 'failed', 'Cancelled, but still listed:', ...after.still.map(workShown));
}

/** That it is due to be switched off is noted on every host first; a mode that was on already is the site's and stays. */
export async function switchMaintenanceOn(ports: Ports, { installation, attempt }: OnInstallation): Promise<StepOutcome> {
  const seen = await configuration(ports, installation);
  if (seen === 'no-such-mode') return outcome(ports, 'already', 'This release has no maintenance mode: schedules and REST clients can start new work until the servers stop.');
  if (seen === null) return outcome(ports, 'unknown', `${CONFIGURATION_PATH} gives no answer that can be read.`);
  if (seen.maintenance) return outcome(ports, 'already', 'Maintenance mode is on.');
  if (attempt.mode === 'look') return outcome(ports, 'failed', 'Maintenance mode is off.');
  const since = firstScheduled().toISOString(); // the same for a retry that finds its own notes
  const unwritten = await Promise.all(installation.hosts.filter(({ platform }) => platform === 'linux').map((host) => leaveNote(atWork(ports, host), attempt, 'maintenance-on', since)));
  const why = unwritten.filter((each) => each !== null);
  if (why.length > 0) return outcome(ports, 'failed', ...why);
  await askAnyServer(ports, installation, setMaintenance(seen, true));
  const after = await configuration(ports, installation);
  if (after === null || after === 'no-such-mode') return outcome(ports, 'unknown', `${CONFIGURATION_PATH} gives no answer that can be read.`);
  return outcome(ports, after.maintenance ? 'done' : 'failed', after.maintenance ? 'Maintenance mode is on: what runs goes on, nothing new begins.' : 'It was told, but maintenance mode is still off.');
}

/** Only what this or an earlier run has switched on, as the hosts' notes say: one that can be read is enough. */
export async function switchMaintenanceOff(ports: Ports, { installation, attempt }: OnInstallation): Promise<StepOutcome> {
  const seen = await configuration(ports, installation);
  if (seen === null) return outcome(ports, 'unknown', `${CONFIGURATION_PATH} gives no answer that can be read.`);
  const hosts = installation.hosts.filter(({ platform }) => platform === 'linux').map((host) => atWork(ports, host));
  const noted = await Promise.all(hosts.map((at) => noteOn(at)));
  const unread = noted.flatMap(({ at, error }) => (error ? [{ at, error }] : [])), [first] = unread;
  const told = unread.map(({ at, error }) => `Remove ${noteFile('maintenance-on')} on ${at.host.name}, if it is there: an upgrade to come would take a mode that is the site's for its own. ${error.message}`);
  if (noted.every(({ note }) => note === null) && first) {
    if (seen === 'no-such-mode' || !seen.maintenance) return outcome(ports, 'already', 'Maintenance mode is off.', ...told);
    throw first.error; // whose it is nobody knows
  }
  if (noted.every(({ note }) => note === null)) return outcome(ports, 'already', 'Maintenance mode was not switched on by an upgrade, and is left as it is.');
  if (seen !== 'no-such-mode' && seen.maintenance) {
    if (attempt.mode === 'look') return outcome(ports, 'failed', 'Maintenance mode is on.');
    const tooLate = await anyLock(ports, installation, attempt);
    if (tooLate !== null) return outcome(ports, 'failed', `Maintenance mode was left on: ${tooLate}.`);
    await askAnyServer(ports, installation, setMaintenance(seen, false));
    const after = await configuration(ports, installation);
    if (after === null) return outcome(ports, 'unknown', `${CONFIGURATION_PATH} gives no answer that can be read.`);
    if (after !== 'no-such-mode' && after.maintenance) return outcome(ports, 'failed', 'It was told, but maintenance mode is still on.');
  }
  if (attempt.mode === 'act') for (const { at, note } of noted) if (note !== null) await dropNote(at, attempt, 'maintenance-on');
  return outcome(ports, 'done', 'Maintenance mode is off.', ...told);
}

interface Noted { readonly at: HostAtWork; readonly note: string | null; /** Why it could not be read. */ readonly error?: Error }

async function noteOn(at: HostAtWork): Promise<Noted> {
  try {
    return { at, note: await readNote(at, 'maintenance-on') };
  } catch (error) {
    if (!(error instanceof Error) || isCancellation(error)) throw error;
    return { at, note: null, error };
  }
}

/** It goes back whole, so nothing in it may be blacked out on the way; it is neither shown nor returned by an activity. */
async function configuration(ports: Ports, installation: OfInstallation['installation']): Promise<Configuration | 'no-such-mode' | null> {
  const { status, body } = await askAnyServer(ports, installation, { path: CONFIGURATION_PATH, unredacted: true });
  return status === 200 ? readConfiguration(body) : null;
}

/** No command on a host compares with the lock here, so it is compared first: an attempt that slept must not act. */
async function anyLock(ports: Ports, { hosts }: OfInstallation['installation'], attempt: Attempt): Promise<string | null> {
  let unseen: unknown = null;
  for (const host of hosts.filter(({ platform }) => platform === 'linux')) {
    try {
      return await whyTooLate(atWork(ports, host), attempt);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      unseen ??= error;
    }
  }
  if (unseen !== null) throw unseen;
  return null;
}

function pausing(ports: Ports, { installation }: OfInstallation) {
  return atWork(ports, installation.hosts[0]!);
}

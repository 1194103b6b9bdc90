/**
 * New backup jobs kept away from Backup Daemons, by Ops Manager's API: so that no daemon is in the middle of one when
 * Upgrade Mode begins. Which daemons took jobs before is noted on every host before the first is switched off: only
 * those are switched on again, whoever does it and whenever.
 */
import { readSettings, SETTINGS_PATH, settingsPath, whyRefused, withBackupJobs, type DaemonSettings } from '../../src/products/ops-manager/backup-jobs.ts';
import { daemonsIn, everyDaemon, isSameDaemon, nameOf, onByHand, type ManagedDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { jsonIn } from '../../src/upgrade/shape.ts';
import type { Attempt, Outcome } from '../../src/upgrade/outcome.ts';
import type { HttpAnswer } from '../../src/ssh/port.ts';
import { askApi, type ApiKey, type ApiQuestion } from './api.ts';
import { isRefusal, isUnreachable } from '../at-work.ts';
import type { BackupJobs, BackupJobsOutcome } from './contract.ts';
import { atWork, outcome } from './host-at-work.ts';
import { whyTooLate } from '../lock.ts';
import { dropNote, leaveNote, readNote } from '../notes.ts';
import type { OpsManagerPorts } from './ports.ts';

/** A write carries its attempt: no command on a host compares it with the lock, so it is compared right before. */
type Question = ApiQuestion & { readonly attempt?: Attempt };

/** Settings as they are now, or the sentence why they cannot be seen. */
type Settings = { readonly settings: readonly DaemonSettings[] } | { readonly why: string };

export async function lookAtSettings(ports: OpsManagerPorts, hosts: readonly OpsManagerHost[], api: ApiKey): Promise<Settings> {
  const answer = await asked(ports, hosts, api, { method: 'GET', path: SETTINGS_PATH });
  if (typeof answer === 'string') return { why: answer };
  const settings = answer.status === 200 ? readSettings(answer.body) : null;
  return settings ? { settings } : { why: answer.status === 200 ? 'the list of Backup Daemons cannot be read' : whyRefused(answer.status, answer.body) };
}

/**
 * Every application host holds the same settings: the first that answers is asked. A sentence when one is there but gives
 * no answer that counts. Throws `Unreachable` when none can be reached.
 */
async function asked(ports: OpsManagerPorts, hosts: readonly OpsManagerHost[], api: ApiKey, question: Question): Promise<HttpAnswer | string> {
  let why: string | null = null, unreachable: Error | null = null;
  for (const host of hosts.filter(({ roles }) => roles.includes('application'))) {
    try {
      const at = atWork(ports, host);
      const tooLate = question.attempt ? await whyTooLate(at, question.attempt) : null;
      if (tooLate !== null) return tooLate;
      const answer = await askApi(at, api, question);
      if (answer.status < 500) return answer;
      why = `${host.name} answers ${answer.status}`;
    } catch (error) {
      if (isUnreachable(error)) unreachable = error;
      else if (isRefusal(error)) why = error.message.replace(/\.$/, '');
      else throw error;
    }
  }
  if (why === null && unreachable) throw unreachable;
  return why ?? 'no application host is there to be asked';
}

/** Switches off the backup jobs of every daemon that takes some. What is refused is told: the upgrade goes without. */
export async function switchBackupJobsOff(ports: OpsManagerPorts, { hosts, api, attempt }: BackupJobs): Promise<BackupJobsOutcome> {
  const noted = await readNotes(ports, hosts);
  const end = (is: Outcome, off: readonly ManagedDaemon[], ...says: readonly string[]) => ({ ...outcome(ports, is, ...says), off });
  const before = await lookAtSettings(ports, hosts, api);
  if ('why' in before) return end('failed', noted, `Backup jobs could not be switched off: ${before.why}.`);
  const on = before.settings.filter(({ backupJobsEnabled }) => backupJobsEnabled);
  const off = everyDaemon(noted, on.map(plain));
  if (on.length === 0) return end('already', noted, noted.length === 0 ? 'No Backup Daemon takes backup jobs.' : `Backup jobs were switched off before: ${named(noted)}. None takes any.`);
  if (attempt.mode === 'look') return end('failed', noted, `Backup jobs are on: ${named(on)}.`);
  const unwritten = await noteEverywhere(ports, hosts, attempt, off);
  if (unwritten) return end('failed', noted, unwritten);
  const answers = await update(ports, { hosts, api, attempt }, on, false);
  const after = await lookAtSettings(ports, hosts, api);
  if ('why' in after) return end('unknown', off, ...answers, `Whether backup jobs are off could not be seen: ${after.why}.`);
  const still = after.settings.filter(({ backupJobsEnabled }) => backupJobsEnabled), unlisted = unlistedOf(after.settings, on);
  if (still.length > 0) return end('failed', off, `Backup jobs are still on: ${named(still)}.`, ...answers);
  return unlisted.length > 0 ? end('unknown', off, ...answers, notListed(unlisted)) : end('done', off, `Backup jobs were on and are off now: ${named(on)}.`);
}

/**
 * Switches on the backup jobs of the daemons that took some before, and of no other. One that the list does not name is
 * not seen to be on: only a person can say that it was taken away.
 */
export async function switchBackupJobsOn(ports: OpsManagerPorts, { hosts, api, attempt, off: known = [] }: BackupJobs): Promise<BackupJobsOutcome> {
  const wanted = everyDaemon(known, await readNotes(ports, hosts));
  const end = async (is: Outcome, off: readonly ManagedDaemon[], ...says: readonly string[]) => {
    if (attempt.mode === 'act' && off.length === 0) for (const host of hosts) await dropNote(atWork(ports, host), attempt, 'backup-jobs-off');
    return { ...outcome(ports, is, ...says), off };
  };
  if (wanted.length === 0) return end('already', [], 'No backup jobs were switched off.');
  const before = await lookAtSettings(ports, hosts, api);
  if ('why' in before) return end('unknown', wanted, `Whether backup jobs are on again could not be seen: ${before.why}.`, onByHand(wanted));
  const judged = (settings: readonly DaemonSettings[], ifOn: Outcome, ...answers: readonly string[]) => {
    const off = offAmong(settings, wanted).map(plain), unlisted = unlistedOf(settings, wanted), left = [...off, ...unlisted];
    if (off.length > 0) return end('failed', left, `Backup jobs are off: ${named(off)}.`, ...answers, onByHand(left));
    if (unlisted.length > 0 && !attempt.byHand) return end('unknown', left, notListed(unlisted), onByHand(left));
    return end(ifOn, [], `Backup jobs are on: ${named(wanted)}.`, ...(unlisted.length > 0 ? [`A person's word: ${notListed(unlisted)}`] : []));
  };
  const due = offAmong(before.settings, wanted);
  if (due.length === 0 || attempt.mode === 'look') return judged(before.settings, 'already');
  const answers = await update(ports, { hosts, api, attempt }, due, true);
  const after = await lookAtSettings(ports, hosts, api);
  if ('why' in after) return end('unknown', wanted, ...answers, `Whether backup jobs are on again could not be seen: ${after.why}.`, onByHand(due));
  return judged(after.settings, 'done', ...answers);
}

/** One update each; the sentences of those that were not taken. Whether they took hold is seen afterwards. */
async function update(ports: OpsManagerPorts, { hosts, api, attempt }: BackupJobs, daemons: readonly DaemonSettings[], enabled: boolean): Promise<readonly string[]> {
  const says: string[] = [];
  for (const daemon of daemons) {
    const answer = await asked(ports, hosts, api, { method: 'PUT', path: settingsPath(daemon), body: withBackupJobs(daemon, enabled), attempt });
    if (typeof answer === 'string') says.push(`${nameOf(daemon)}: ${answer}.`);
    else if (answer.status >= 300) says.push(`${nameOf(daemon)}: ${whyRefused(answer.status, answer.body)}.`);
  }
  return says;
}

/** What any host has noted; a host that lost its note costs nothing. */
async function readNotes(ports: OpsManagerPorts, hosts: readonly OpsManagerHost[]): Promise<readonly ManagedDaemon[]> {
  return everyDaemon(...await Promise.all(hosts.map(async (host) => daemonsNoted(await readNote(atWork(ports, host), 'backup-jobs-off')))));
}

/** Daemons whose backup jobs a host's note says were switched off; none without a note, or in one that a person changed. */
export function daemonsNoted(note: string | null): readonly ManagedDaemon[] {
  return daemonsIn(jsonIn(note ?? ''));
}

async function noteEverywhere(ports: OpsManagerPorts, hosts: readonly OpsManagerHost[], attempt: Attempt, off: readonly ManagedDaemon[]): Promise<string | null> {
  const unwritten = await Promise.all(hosts.map((host) => leaveNote(atWork(ports, host), attempt, 'backup-jobs-off', JSON.stringify(off))));
  return unwritten.find((why) => why !== null) ?? null;
}

function offAmong(settings: readonly DaemonSettings[], daemons: readonly ManagedDaemon[]): readonly DaemonSettings[] {
  return settings.filter((each) => !each.backupJobsEnabled && daemons.some((daemon) => isSameDaemon(each, daemon)));
}

/** Those that the list does not name: nothing is seen of them. */
function unlistedOf(settings: readonly DaemonSettings[], daemons: readonly ManagedDaemon[]): readonly ManagedDaemon[] {
  return daemons.filter((daemon) => !settings.some((each) => isSameDaemon(each, daemon))).map(plain);
}

function notListed(daemons: readonly ManagedDaemon[]): string {
  return `Ops Manager's list of Backup Daemons does not name ${named(daemons)}.`;
}

function plain({ machine, headRootDirectory }: ManagedDaemon): ManagedDaemon {
  return { machine, headRootDirectory };
}

function named(daemons: readonly ManagedDaemon[]): string {
  return daemons.map(nameOf).join(', ');
}

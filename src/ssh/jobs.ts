/** Remote jobs, seen from the worker: start or attach, read, list, sweep. What happens on the host: `job-start.ts`. */
import { quoted, type Command } from '../upgrade/command.ts';
import type { Attempt } from '../upgrade/outcome.ts';
import { Refused, Unreachable } from './errors.ts';
import { jobOf, jobPath, upgradePath } from './job-folder.ts';
import { LIVING, READ, RUNNER, START, SWEEP } from './job-start.ts';
import { field } from './lock.ts';
import type { JobSighting, Ran, RemoteJob, RunOptions } from './port.ts';
import { sudoRefusal, sudoRefused, sudoWords, withTerminal } from './sudo.ts';

/** What jobs need of a session: its host's name, one of our scripts run on it, the sudo password and the lock's path. */
export interface JobGround {
  readonly name: string;
  readonly lock: string;
  readonly sudoPassword: () => Promise<string | undefined>;
  readonly sudoWantsTerminal: (options?: RunOptions) => Promise<boolean>;
  script(script: string, data: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** End of a job's output that is brought back, in bytes: the failure is last. */
const OUTPUT = 32_768;
/** Waiting for the guard (20 s) and for the runner (5 s) are inside this. */
const START_TIMEOUT = 60_000;

export async function startJob(ground: JobGround, call: { readonly attempt: Attempt; readonly job: RemoteJob; readonly options?: RunOptions | undefined }): Promise<JobSighting> {
  const { attempt, job, options } = call;
  const password = job.command.as === 'login' ? undefined : await ground.sudoPassword();
  const onTerminal = job.command.as !== 'login' && await ground.sudoWantsTerminal(options);
  const ran = await ground.script(START, [
    jobPath(attempt.token, job.name),
    job.unlocked === true ? '' : ground.lock,
    field(attempt.owner.workflowId),
    field(attempt.owner.firstExecutionRunId),
    upgradePath(attempt.owner.firstExecutionRunId),
    String(attempt.stepNumber),
    job.beside === true ? 'beside' : '',
    password === undefined ? '' : 'password',
    commandScript(attempt.token, job, { withPassword: password !== undefined, onTerminal }),
    RUNNER,
    String(options?.maxOutput ?? OUTPUT),
  ], { timeoutMs: START_TIMEOUT, ...options, ...(password === undefined ? {} : { stdin: `${password}\n` }) });
  const sighting = sightingFrom(ran, ground.name);
  refuseIfSudoDid(ground.name, job.command, sighting);
  return sighting;
}

export async function readJob(ground: JobGround, call: { readonly attempt: Attempt; readonly name: string; readonly options?: RunOptions | undefined }): Promise<JobSighting> {
  const ran = await ground.script(READ, [jobPath(call.attempt.token, call.name), String(call.options?.maxOutput ?? OUTPUT)], call.options);
  return sightingFrom(ran, ground.name);
}

export async function livingJobs(ground: JobGround, options?: RunOptions): Promise<readonly string[]> {
  const ran = answered(await ground.script(LIVING, [], options), ground.name);
  return ran.stdout.split('\n').filter((row) => row !== '').map(jobOf);
}

export async function sweepJobs(ground: JobGround, firstExecutionRunId: string, options?: RunOptions): Promise<void> {
  answered(await ground.script(SWEEP, [upgradePath(firstExecutionRunId)], options), ground.name);
}

/** The job's `command` file: readable by people, every word quoted. */
function commandScript(token: string, job: RemoteJob, { withPassword, onTerminal }: { readonly withPassword: boolean; readonly onTerminal: boolean }): string {
  const own = sudoWords(job.command, withPassword), words = onTerminal ? withTerminal(own) : own;
  if (words.some((word) => word.includes('\0'))) throw new Refused(`The command of job ${job.name} holds a NUL byte: no shell can carry it.`);
  return `#!/bin/sh\n# Started by Lockkeeper: ${decodeURIComponent(jobPath(token, job.name)).replace(/[^\x20-\x7e]/g, '?')}\nexec ${words.map(quoted).join(' ')}`;
}

/** One of our scripts ended well; else what that means. Exit 75: the guard was not free; 73: its files cannot be written. */
export function answered(ran: Ran, host: string): Ran {
  if (ran.code === 0) return ran;
  if (ran.code === undefined) throw new Unreachable(`The channel to ${host} closed before the answer came.`);
  if (ran.code > 128) throw new Unreachable(`Lockkeeper's script on ${host} was killed (exit ${ran.code}) before it answered.`);
  if (ran.code === 75) throw new Unreachable(`Another Lockkeeper call is at work on ${host} and did not end within 20 s.`);
  throw new Refused(`Lockkeeper's own files on ${host} (~/.lockkeeper, and the lock's folder) cannot be used: ${ran.stderr.trim() || `exit ${ran.code}`}. Check the disk, the home folder and its owner.`);
}

/** The script's first line is the state, the rest the job's output. */
export function sightingFrom(ran: Ran, host: string): JobSighting {
  const { stdout } = answered(ran, host);
  const end = stdout.indexOf('\n');
  const [state, ...found] = stdout.slice(0, end === -1 ? undefined : end).split(' ');
  const output = end === -1 ? '' : stdout.slice(end + 1);
  const what = found.join(' ');
  switch (state) {
    case 'absent': return { state };
    case 'running': return { state, pid: Number(what), output };
    case 'finished': return { state, code: exitStatus(what, host), output };
    case 'lost': return { state, why: whyLost(what, host), output, nothingRan: what === 'never' };
    case 'refused': return { state, why: whyRefused(found, host) };
    default: throw unreadable(stdout, host);
  }
}

function exitStatus(text: string, host: string): number {
  if (!/^\d+$/.test(text)) throw unreadable(`finished ${text}`, host);
  return Number(text);
}

function unreadable(said: string, host: string): Unreachable {
  return new Unreachable(`${host} gave an answer about a job that cannot be read: "${said.slice(0, 200)}".`);
}

function whyLost(what: string, host: string): string {
  switch (what) {
    case 'never': return `The job was claimed on ${host} but never begun: nothing was run.`;
    case 'rebooted': return `${host} was restarted while the job ran; nobody knows how far it came.`;
    default: return `The job's process on ${host} is gone and left no exit status; it was killed, and nobody knows how far it came.`;
  }
}

function whyRefused([kind, ...found]: readonly string[], host: string): string {
  const [first = '', second = ''] = found.map(readable);
  switch (kind) {
    case 'unlocked': return `There is no lock on ${host}: this upgrade does not hold it, or it was released.`;
    case 'foreign': return `The lock on ${host} is held by ${first} (run ${second}), not by this upgrade.`;
    case 'passed': return `Step ${first} has already passed on ${host}: this one was scheduled before it and must not run any more.`;
    case 'busy': return `Another job of this upgrade still runs on ${host}: ${jobOf(found.join(' '))}. Wait until it has ended, or end it there.`;
    case 'unwritable': return `The step could not be written into the lock on ${host}: check the disk and the owner of the lock's folder.`;
    default: return `The lock on ${host} cannot be read.`;
  }
}

function readable(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lock that was not written by Lockkeeper
  }
}

/** A job's stdout and stderr are one file: when sudo refuses, its sentence is all there is. */
function refuseIfSudoDid(host: string, command: Command, sighting: JobSighting): void {
  if (sighting.state !== 'finished') return;
  const why = sudoRefusal(command, { code: sighting.code, stdout: '', stderr: sighting.output });
  const lines = sighting.output.trim().split('\n').length;
  // sudo's lecture is eight lines; a command that ran has usually said more than its helper's refusal.
  if (why !== null && lines <= 12) throw new Refused(sudoRefused(host, command, why));
}

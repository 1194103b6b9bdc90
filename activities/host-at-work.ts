/** One host in the hands of one activity: its session, and how to look and to act on it. */
import ms from 'ms';
import type { HostSession, Ran } from '../src/ssh/port.ts';
import type { Command } from '../src/upgrade/command.ts';
import type { DurationText, Reachable } from '../src/upgrade/installation.ts';
import { cut, type Attempt, type Outcome, type StepOutcome } from '../src/upgrade/outcome.ts';
import { withoutSecrets } from '../src/upgrade/without-secrets.ts';
import { beat, cancellation, notNow, refused } from './at-work.ts';
import type { Ports } from './ports.ts';

export interface HostAtWork<Host extends Reachable = Reachable, Known extends Ports = Ports> {
  readonly host: Host;
  readonly ports: Known;
  readonly session: HostSession;
  readonly signal: AbortSignal;
  /** Runs a short command, only for looking. After `timeoutMs` (default 30,000) nothing is known. */
  look(command: Command, timeoutMs?: number): Promise<Ran>;
  /** The same, with secrets left in what it prints: for files that are compared in memory and never kept. */
  lookUnredacted(command: Command): Promise<Ran>;
  pause(milliseconds: number): Promise<void>;
}

export function atWork<Host extends Reachable, Known extends Ports>(ports: Known, host: Host): HostAtWork<Host, Known> {
  const session = ports.hosts.session(host);
  const signal = cancellation();
  return {
    host, ports, session, signal,
    look: (command, timeoutMs) => session.run(command, { signal, timeoutMs }),
    lookUnredacted: (command) => session.run(command, { signal, unredacted: true }),
    pause: (milliseconds) => ports.clock.pause(milliseconds, signal),
  };
}

/** Builds what a step returns: evidence is cut, and holds no secret. */
export function outcome(ports: Pick<Ports, 'secrets'>, is: Outcome, ...says: readonly string[]): StepOutcome {
  return { outcome: is, evidence: evidenceOf(ports, says.filter((line) => line !== '').join('\n')) };
}

export function evidenceOf({ secrets }: Pick<Ports, 'secrets'>, text: string): string {
  return cut(secrets.redact(withoutSecrets(text)));
}

/** Whether the attempt's remote job of that name is at work on the host now. */
export async function isRunning(at: HostAtWork, attempt: Attempt, name: string): Promise<boolean> {
  return (await at.session.readJob(attempt, name, { signal: at.signal })).state === 'running';
}

/** Milliseconds of a duration as written in the file. */
export function millisecondsOf(duration: DurationText): number {
  return ms(duration as ms.StringValue);
}

export interface JobEnd {
  readonly state: 'finished' | 'lost';
  /** Its exit code: evidence, never proof. Absent when the job was lost. */
  readonly code?: number | undefined;
  readonly output: string;
  /** How it ended, as a sentence. */
  readonly says: string;
  /** Of a lost one: it is certain that nothing was run. */
  readonly nothingRan?: boolean | undefined;
}

/** How long one Temporal attempt waits for a job; after that it comes back later, so that no slot is held for an hour. */
const PATIENCE = 60_000;

/**
 * Starts the command as the attempt's remote job, or attaches to it, and waits for its end. `NotNow` while it runs on
 * after a minute. `Refused` when the host would not run it: the lock is not ours, or a newer step has passed.
 */
export async function runJob(at: HostAtWork, attempt: Attempt, job: { readonly name: string; readonly command: Command; readonly beside?: boolean }): Promise<JobEnd> {
  const seen = await startOrAttach(at, attempt, job);
  const end = await awaitJob(at, attempt, job.name, seen);
  if (end === null) throw notNow(`${at.host.name}: the command of this step (${job.name}) still runs.`);
  return end;
}

type Job = { readonly name: string; readonly command: Command; readonly beside?: boolean };
type Living = Extract<Awaited<ReturnType<HostSession['readJob']>>, { state: 'running' | 'finished' | 'lost' }>;

export async function startOrAttach(at: HostAtWork, attempt: Attempt, job: Job): Promise<Living> {
  const seen = await at.session.startJob(attempt, job, { signal: at.signal });
  if (seen.state === 'refused') throw refused(`${at.host.name} did not run the step: ${seen.why}`);
  if (seen.state === 'absent') throw notNow(`${at.host.name}: the step's command was not started.`, '2s');
  return seen;
}

/** Polls the job, finely at first, until it ended or the patience is over (null), or `enough` says so (null). */
export async function awaitJob(at: HostAtWork, attempt: Attempt, name: string, first: Living, enough: () => Promise<boolean> = async () => false): Promise<JobEnd | null> {
  let seen = first;
  for (let waited = 0, delay = 100; seen.state === 'running'; waited += delay, delay = Math.min(delay * 2, 1_000)) {
    if (waited >= PATIENCE || await enough()) return null;
    beat({ host: at.host.name, job: name, pid: seen.pid });
    await at.pause(delay);
    const next = await at.session.readJob(attempt, name, { signal: at.signal });
    if (next.state === 'refused') throw refused(`${at.host.name} did not run the step: ${next.why}`);
    if (next.state === 'absent') return { state: 'lost', output: seen.output, says: 'The job\'s folder is gone from the host.' };
    seen = next;
  }
  return seen.state === 'finished'
    ? { state: 'finished', code: seen.code, output: seen.output, says: seen.code === 0 ? 'The command ended.' : `The command ended with exit code ${seen.code}.` }
    : { state: 'lost', output: seen.output, says: seen.nothingRan ? seen.why : `Nobody knows how far the command came: ${seen.why}`, nothingRan: seen.nothingRan };
}

/** Looks until it is so or the time is over; the last answer either way. */
export async function until<T>(at: Pick<HostAtWork, 'pause'>, look: () => Promise<T>, isSo: (seen: T) => boolean, within: number): Promise<T> {
  let seen = await look();
  for (let waited = 0, delay = 250; !isSo(seen) && waited < within; waited += delay, delay = Math.min(delay * 2, 2_000)) {
    await at.pause(delay);
    seen = await look();
  }
  return seen;
}

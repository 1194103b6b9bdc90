/**
 * A site's own commands around the work on a host: configuration management stopped, alerts silenced, and both undone.
 * Nothing but their exit codes tells how they ended; that one is due after the other is noted on the host first.
 */
import { asLogin } from '../src/upgrade/command.ts';
import type { Attempt, StepOutcome } from '../src/upgrade/outcome.ts';
import type { Quiesced, OnHost } from './contract.ts';
import { atWork, outcome, runJob, type HostAtWork } from './host-at-work.ts';
import { dropNote, leaveNote } from './notes.ts';
import type { Ports } from './ports.ts';

/** Runs `quiesce.before`. From its beginning on `quiesce.after` is due, whatever becomes of it. */
export async function quiesceHost(ports: Ports, { host, attempt }: OnHost<Quiesced>): Promise<StepOutcome> {
  const at = atWork(ports, host);
  if (attempt.mode === 'act') {
    const unwritten = await leaveNote(at, attempt, 'quiesced', attempt.owner.workflowId);
    if (unwritten) return outcome(ports, 'failed', unwritten);
  }
  return ran(at, attempt, { name: 'quiesce-before', line: host.quiesce?.before });
}

/** Runs `quiesce.after`; once it has ended well nothing is due any more. */
export async function unquiesceHost(ports: Ports, { host, attempt }: OnHost<Quiesced>): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const said = await ran(at, attempt, { name: 'quiesce-after', line: host.quiesce?.after });
  if (attempt.mode === 'act' && said.outcome === 'done') await dropNote(at, attempt, 'quiesced');
  return said;
}

async function ran(at: HostAtWork, attempt: Attempt, { name, line }: { readonly name: string; readonly line: string | undefined }): Promise<StepOutcome> {
  const { ports, host } = at;
  if (line === undefined) return outcome(ports, 'done', `${host.name}: there is nothing to run.`);
  const living = await livingTry(at, attempt, name);
  if (living !== null) return outcome(ports, attempt.mode === 'look' ? 'unknown' : 'failed', `${host.name}: "${line}" still runs there as pid ${living}: wait until it has ended, or end it on the host first.`);
  if (attempt.mode === 'look') {
    if (attempt.byHand) return outcome(ports, 'already', `${host.name}: a person's word; nothing can check what "${line}" does.`);
    const job = await at.session.readJob(attempt, name, { signal: at.signal });
    if (job.state !== 'finished') return outcome(ports, 'unknown', `${host.name}: "${line}" was not seen to end.`);
    return outcome(ports, job.code === 0 ? 'already' : 'failed', `${host.name}: "${line}" ended with exit code ${job.code}.`, job.output);
  }
  // Beside: one that hangs must not keep the other from running.
  const ended = await runJob(at, attempt, { name, command: asLogin('sh', '-c', line), beside: true });
  if (ended.state === 'lost') return outcome(ports, 'unknown', `${host.name}: "${line}": ${ended.says}`, ended.output);
  return outcome(ports, ended.code === 0 ? 'done' : 'failed', `${host.name}: "${line}" ended with exit code ${ended.code}.`, ended.output);
}

/** The process of a try at it that lives: of any when only looked at, else of another than this one, which is attached to. */
async function livingTry({ session, signal }: HostAtWork, attempt: Attempt, name: string): Promise<number | null> {
  for (const job of await session.livingJobs({ signal })) {
    const token = job.slice(0, job.lastIndexOf('/'));
    if (job !== `${token}/${name}` || (attempt.mode === 'act' && token === attempt.token)) continue;
    const seen = await session.readJob({ ...attempt, token }, name, { signal });
    if (seen.state === 'running') return seen.pid;
  }
  return null;
}

/**
 * Runs the installer on one host. It changes database and files and cannot simply be run again: that it begins is noted on
 * the host first, and the note goes when the node's own version mark, which the installer writes last, is the target's.
 */
import { readEnvironment as environmentOf, readProperties as propertiesOf } from '../../src/products/urbancode-deploy/commands.ts';
import { changedSchema, installerSays, refusedToBegin, whyInstallFailed } from '../../src/products/urbancode-deploy/installer-log.ts';
import { answersFor, readEnvironment, readProperties } from '../../src/products/urbancode-deploy/properties.ts';
import { packageFolder } from '../../src/products/urbancode-deploy/windows.ts';
import { toInstall } from '../../src/products/urbancode-deploy/windows-guide.ts';
import { install, writeProperties } from '../../src/products/urbancode-deploy/staging.ts';
import type { JobSighting } from '../../src/ssh/port.ts';
import { asLogin, type Command } from '../../src/upgrade/command.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { ServerInstall, UrbancodeDeployActs } from './contract.ts';
import { firstScheduled, isRefusal, isUnreachable } from '../at-work.ts';
import { dropNote, leaveNote, readNote } from '../notes.ts';
import type { Ports } from '../ports.ts';
import { atWork, outcome, runJob, type HostAtWork, type JobEnd } from './host-at-work.ts';
import { lookAtMark, lookAtServerOn, seenSays } from './sighting.ts';
import { lookAtStaged } from './stage.ts';
import { installersIn, isWindows, typeThis } from './windows.ts';
import { lookAtFullStop } from './stop.ts';

type Installed = Awaited<ReturnType<UrbancodeDeployActs['installServer']>>;

export async function installServer(ports: Ports, input: ServerInstall): Promise<Installed> {
  const { host, attempt, version } = input;
  const at = atWork(ports, host);
  if (isWindows(host)) return installedByPerson(at, input);
  const job = await at.session.readJob(attempt, 'install', { signal: at.signal });
  const begun = job.state !== 'absent';
  if (job.state !== 'running' && await lookAtMark(at) === version) return proven(at, input, begun ? 'done' : 'already', '');
  if (attempt.mode === 'look') {
    if (job.state === 'running') return outcome(ports, 'unknown', `${host.name}: the installer still runs.`, job.output.slice(-500));
    return notThere(at, input, { begun: (begun && !changedNothing(job)) || await begunBefore(at, input) !== null, output: 'output' in job ? job.output : '' });
  }
  const command = begun ? commandFor(input) : await readied(at, input).catch((error: unknown) => refusedAs(at, error));
  if ('outcome' in command) return command;
  const ended = await runInstaller(at, input, command);
  if ('outcome' in ended) return ended;
  if (await lookAtMark(at) === version) return proven(at, input, 'done', ended.output);
  if (changedNothing(ended)) {
    await dropNotes(at, input);
    return outcome(ports, 'failed', `${host.name}: ${whyInstallFailed(ended.output) ?? ended.says} The installer changed nothing.`, ended.output);
  }
  return notThere(at, input, { begun: true, output: ended.output, ended });
}

/** A host may refuse the job, because another one lives there, say: nothing was begun then, and nothing may say that it was. */
async function runInstaller(at: HostAtWork, input: ServerInstall, command: Command): Promise<JobEnd | Installed> {
  const { attempt } = input;
  try {
    return await runJob(at, attempt, { name: 'install', command });
  } catch (error) {
    if (!isRefusal(error) || (await at.session.readJob(attempt, 'install', { signal: at.signal })).state !== 'absent') throw error;
    await dropNotes(at, input);
    return refusedAs(at, error);
  }
}

/** What was refused before the installer began. */
function refusedAs({ ports }: HostAtWork, error: unknown): Installed {
  if (!isRefusal(error)) throw error;
  return outcome(ports, 'failed', error.message, 'Nothing was installed.');
}

/** It never ran, or ended at its first checks. */
function changedNothing(job: JobSighting | JobEnd): boolean {
  return job.state === 'lost' ? job.nothingRan === true : job.state === 'finished' && refusedToBegin(job.output);
}

/**
 * Its mark is the proof there, too; until then what to type. The full stop was proven right before, and is watched. From
 * the moment in which the lines are shown it may be run, so before the first one that is noted on every other host.
 */
async function installedByPerson(at: HostAtWork, input: ServerInstall): Promise<Installed> {
  const { ports, host } = at, { attempt, version, fips, stop: { everything } } = input;
  const mark = await lookAtMark(at);
  if (mark === version) return outcome(ports, 'already', `${host.name}: its own mark says ${version}. ${seenSays(await lookAtServerOn(at))}`);
  const earlier = everything ? await begunBefore(at, input) : null;
  const why = attempt.mode === 'look' ? null : await whyStillAlive(at, input) ?? (everything && earlier === null ? await whyNotNoted(at, input) : null);
  if (why !== null) return why;
  const folder = packageFolder(host, version), [found] = await installersIn(at, folder);
  const guide = toInstall(host, { folder: found ?? `${folder}\\ibm-ucd-install`, fips, first: everything });
  const half = earlier === null ? [] : [`An installer was begun before and was not seen to succeed (${earlier}): database and install dir may be half new. Restore database, application data and install dir from the backup before you type anything.`];
  return { ...typeThis(at, `its mark says ${mark ?? 'nothing that can be read'}, ${version} is wanted.`, { ...guide, notes: [...half, ...guide.notes] }), unfinished: true };
}

/** The installer's command, or what keeps it from being begun: nothing was changed then. The proof comes last: the package alone is read for minutes. */
async function readied(at: HostAtWork, input: ServerInstall): Promise<Command | Installed> {
  const { ports, host } = at, { package: target, again } = input;
  const earlier = await begunBefore(at, input);
  if (earlier !== null && !again) {
    return { ...outcome(ports, 'failed', `${host.name}: an installer began here before and was not seen to succeed (${earlier}). Database and install dir may be half new.`), unfinished: true };
  }
  const staged = await lookAtStaged(at, target);
  if (staged.top === null) return outcome(ports, 'failed', `${staged.says} Nothing was installed.`);
  const seen = await seenOn(at);
  if (typeof seen === 'string') return outcome(ports, 'failed', `${host.name}: ${seen} Nothing was installed.`);
  const ready = { top: staged.top, seen };
  return await whyNoAnswers(at, input, ready) ?? await whyStillAlive(at, input) ?? await whyNotNoted(at, input) ?? commandFor(input, ready);
}

/** Looked at in the last moment, too: the step may have lain in a queue. */
async function whyStillAlive({ ports, host }: HostAtWork, { stop }: ServerInstall): Promise<Installed | null> {
  const full = await lookAtFullStop(ports, stop);
  return full.down === 'yes' ? null : outcome(ports, 'failed', `${host.name}: the installer was not started: not everything that must be down is proven down.`, ...full.notDown.map((each) => `${each.host}: ${each.says}`), full.why ?? '');
}

/** Notes that it begins, or says what kept that from being written; then it is noted nowhere. */
async function whyNotNoted(at: HostAtWork, input: ServerInstall): Promise<Installed | null> {
  const unwritten = (await Promise.all(notedOn(at, input).map((each) => leaveNote(each, input.attempt, 'install-begun', noteOf(input)).catch((error: unknown) => refusedAs(each, error).evidence)))).filter((why) => why !== null);
  if (unwritten.length === 0) return null;
  await dropNotes(at, input);
  return outcome(at.ports, 'failed', ...unwritten, 'Nothing was installed.');
}

/** The first installer changes what all share, so every host is told of it; another one its own host alone. */
function notedOn(at: HostAtWork, { stop: { installation, everything } }: ServerInstall): readonly HostAtWork[] {
  return everything ? installation.hosts.filter((host) => !isWindows(host)).map((host) => atWork(at.ports, host)) : [at];
}

/** Whose installer began, by which try, and when; the same for every retry of it. */
function noteOf({ host, version, attempt }: ServerInstall): string {
  return `${version} on ${host.name}, try ${attempt.token}, ${firstScheduled().toISOString()}`;
}

/**
 * What is noted of an installer that began before this try; a note of this very try, of which no job is there, was written and
 * no more. A look tells what is noted on hosts that can be seen; to begin, all must be.
 */
async function begunBefore(at: HostAtWork, input: ServerInstall): Promise<string | null> {
  const { host, attempt, stop: { everything } } = input;
  for (const each of notedOn(at, input)) {
    const note = await readNote(each, 'install-begun').catch((error: unknown) => {
      if (attempt.mode === 'act' || each.host.name === host.name || !(isUnreachable(error) || isRefusal(error))) throw error;
      return null;
    });
    if (note !== null && !note.includes(`try ${attempt.token},`) && (everything || note.includes(` on ${host.name},`))) return note;
  }
  return null;
}

/** What keeps a note from being removed does not undo what was seen; cleaning up removes it, too. */
async function dropNotes(at: HostAtWork, input: ServerInstall): Promise<void> {
  for (const each of notedOn(at, input)) {
    try {
      await dropNote(each, input.attempt, 'install-begun');
    } catch (error) {
      if (!isRefusal(error) && !isUnreachable(error)) throw error;
    }
  }
}

interface Seen { readonly javaHome: string; readonly agentcomm: 'set' | 'absent'; readonly layout: 'app-data' | 'below-install-dir' }

/** What the answers to the installer depend on, as it is on the host now. */
async function seenOn(at: HostAtWork): Promise<Seen | string> {
  const [properties, environment] = await Promise.all([at.look(propertiesOf(at.host)), at.look(environmentOf(at.host))]);
  const read = readProperties(properties.stdout);
  if (read === null) return `${at.layout.properties} could not be read.`;
  const javaHome = at.host.javaHome ?? readEnvironment(environment.stdout).javaHome ?? read.javaHome;
  if (javaHome === undefined) return `Which Java the server runs with is written nowhere: give javaHome of ${at.host.name} in the file.`;
  return { javaHome, agentcomm: read.agentcomm, layout: read.appData === null ? 'below-install-dir' : 'app-data' };
}

interface Ready { readonly top: string; readonly seen: Seen }

async function whyNoAnswers(at: HostAtWork, { attempt, package: { sha256 }, stop: { installation } }: ServerInstall, { top, seen }: Ready): Promise<Installed | null> {
  const written = await runJob(at, attempt, { name: 'answers', command: writeProperties(at.host, { sha256, top }, answersFor({ host: at.host, installation, seen })) });
  return written.code === 0 ? null : outcome(at.ports, 'failed', `${at.host.name}: the installer's answers could not be written. ${written.says} Nothing was installed.`, written.output);
}

/** Of a job that was begun already the command does not count: it is attached to. */
function commandFor({ host, package: { sha256 }, fips }: ServerInstall, ready?: Ready): Command {
  return install(host, { sha256, top: ready?.top ?? '' }, { fips, javaHome: ready?.seen.javaHome ?? '' });
}

async function proven(at: HostAtWork, input: ServerInstall, when: 'done' | 'already', output: string): Promise<Installed> {
  const { ports, host } = at, { attempt, version } = input;
  if (attempt.mode === 'act') await dropNotes(at, input);
  const server = await lookAtServerOn(at);
  return outcome(ports, when, `${host.name}: its own mark says ${version}. ${seenSays(server)}`,
    changedSchema(output) ? 'The database was changed.' : '',
    installerSays(output) === 'failed' ? 'The installer itself says that it failed: look at its log.' : '');
}

interface Missing { readonly begun: boolean; readonly output: string; readonly ended?: JobEnd }

/** The mark is not the target's. What was begun may have left anything; of what was not, the mark need not be known. */
async function notThere(at: HostAtWork, { version }: ServerInstall, { begun, output, ended }: Missing): Promise<Installed> {
  const { ports, host } = at;
  const mark = await lookAtMark(at);
  const why = whyInstallFailed(output);
  const is: StepOutcome['outcome'] = begun && (mark === null || ended?.state === 'lost') ? 'unknown' : 'failed';
  return { ...outcome(ports, is, `${host.name}: its mark says ${mark ?? 'nothing that can be read'}, ${version} was expected.`, why ?? '', ended?.says ?? '', output), unfinished: begun };
}

/** One of the file's restore commands, where nothing lives that it would take the files or the database from; how it ends is all that can be seen of it. */
export async function restoreBackup(ports: Ports, { host, attempt, command, stop }: Parameters<UrbancodeDeployActs['restoreBackup']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, host);
  if (attempt.mode === 'look') {
    if (attempt.byHand) return outcome(ports, 'already', `${host.name}: a person's word; nothing can check what "${command}" does.`);
    const seen = await at.session.readJob(attempt, 'restore', { signal: at.signal });
    if (seen.state === 'absent') return outcome(ports, 'failed', `${host.name}: "${command}" was not begun.`);
    return seen.state === 'finished' ? outcome(ports, seen.code === 0 ? 'already' : 'failed', `${host.name}: "${command}" ended with exit code ${seen.code}.`, seen.output) : outcome(ports, 'unknown', `${host.name}: "${command}" was not seen to end.`);
  }
  if ((await at.session.readJob(attempt, 'restore', { signal: at.signal })).state === 'absent') {
    const full = await lookAtFullStop(ports, stop), living = full.notDown.filter(({ is }) => is !== 'stale');
    if (living.length > 0 || full.why !== null) return outcome(ports, 'failed', 'Nothing was restored: not everything that must be down is proven down.', ...living.map((each) => `${each.host}: ${each.says}`), full.why ?? '');
  }
  const ended = await runJob(at, attempt, { name: 'restore', command: asLogin('sh', '-c', command) });
  return outcome(ports, ended.state === 'lost' ? 'unknown' : ended.code === 0 ? 'done' : 'failed', `${host.name}: "${command}": ${ended.says}`, ended.output);
}


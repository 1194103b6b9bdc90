/** Starts a server by its service script, never otherwise, and watches it come: process, ready line, answer, version. */
import { readLog, readStarts, serviceOf, timeOfMark } from '../../src/products/urbancode-deploy/commands.ts';
import { installerIn, shown } from '../../src/products/urbancode-deploy/processes.ts';
import { servedVersion, VERSION_PATH } from '../../src/products/urbancode-deploy/rest.ts';
import { readStart } from '../../src/products/urbancode-deploy/server-log.ts';
import { toStart } from '../../src/products/urbancode-deploy/windows-guide.ts';
import { troubles } from '../../src/products/linux/printed.ts';
import { asLogin } from '../../src/upgrade/command.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { OnServer, ServerSighting, ServerStart } from './contract.ts';
import { beat, isUnreachable, notNow } from '../at-work.ts';
import type { Ports } from '../ports.ts';
import { askServer, isAlive } from './ask-server.ts';
import { atWork, awaitJob, evidenceOf, millisecondsOf, outcome, startOrAttach, until, type HostAtWork } from './host-at-work.ts';
import { lookAtMark, lookAtServerOn, seenSays } from './sighting.ts';
import { asOnLinux, isWindows, lookAtWindows, typeThis, windowsLog } from './windows.ts';

// The script returns at once or waits for the server; a unit's process may come a little later.
const COMES_WITHIN = 60_000;

export async function startServer(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  const at = atWork(ports, host);
  if (isWindows(host)) return startedByPerson(at);
  const begun = (await at.session.readJob(attempt, 'start', { signal: at.signal })).state !== 'absent';
  const before = await lookAtServerOn(at);
  const stops = before.all.find(({ place, process }) => place === 'stopping' || (place === 'script' && /\sstop\b/.test(process.args)));
  if (!begun && stops) {
    const says = `${host.name}: a stop of its server is still at work, which would end what is started now: ${shown(stops.process)}`;
    if (attempt.mode === 'act') throw notNow(says, '5s'); // it may yet end, and in an abort nobody is asked
    return outcome(ports, 'unknown', says);
  }
  if (!begun && before.running === 'yes') return outcome(ports, 'already', `${host.name}: ${before.process ? shown(before.process) : before.why}`);
  const installer = installerIn(before.all);
  if (!begun && installer) return outcome(ports, 'failed', `${host.name} was not started: an installer is at work there: ${shown(installer)}. Start it when that has ended.`);
  if (attempt.mode === 'look') return outcome(ports, before.running === 'yes' ? 'already' : before.running === 'no' ? 'failed' : 'unknown', `${host.name}: ${seenSays(before)}`);
  if (!begun && before.pidFile.there === 'yes' && before.running === 'no') return outcome(ports, 'failed', `${host.name} was not started: a pid file of a server that is gone is left. Remove ${at.layout.pidFile} and try again.`);
  const job = await startOrAttach(at, attempt, { name: 'start', command: serviceOf(host).start });
  const ended = await awaitJob(at, attempt, 'start', job, async () => (await lookAtServerOn(at)).running === 'yes');
  const after = await until(at, () => lookAtServerOn(at), ({ running }) => running === 'yes', COMES_WITHIN);
  const printed = ended?.output ?? job.output, said = ended?.says ?? 'The start command is still at work.';
  if (after.running === 'yes') return outcome(ports, 'done', `${host.name}: ${after.process ? shown(after.process) : after.why}`, said);
  return outcome(ports, after.running === 'unknown' || ended?.state === 'lost' ? 'unknown' : 'failed', `${host.name}: ${seenSays(after)}`, said, printed, await logEnd(at));
}

async function startedByPerson(at: HostAtWork): Promise<StepOutcome> {
  const seen = await lookAtWindows(at), says = seenSays(asOnLinux(seen));
  return seen.running === 'yes' ? outcome(at.ports, 'already', `${at.host.name}: ${says}`) : typeThis(at, says, toStart(at.host, seen));
}

interface Look extends ServerSighting { readonly dead: boolean }

async function look(at: HostAtWork, { version }: ServerStart): Promise<Look> {
  const [seen, mark, alive, log, starts] = [await lookAtServerOn(at), await lookAtMark(at), await isAlive(at), readStart(await logOf(at)), await startsOf(at)];
  const served = alive.alive ? await versionServed(at) : null;
  // The page need not name a version; the ready line of its last start does, and its own mark.
  const ready = served ?? starts.ready, unsaid = alive.alive && ready === null && starts.none;
  const says = unsaid && await isYoungerThanMark(at) ? mark : ready;
  const serving = seen.running === 'yes' && alive.alive && mark === version && says === version;
  return {
    process: seen.running, serving: serving ? 'yes' : 'no', version: mark ?? undefined, dead: seen.running === 'no',
    evidence: evidenceOf(at.ports, [
      `${at.host.name}: ${seen.process ? shown(seen.process) : seenSays(seen)}`, `Its mark says ${mark ?? 'nothing that can be read'}.`, alive.says,
      says !== null ? `Ready as ${says}.` : unsaid ? UNSAID : 'Its log holds no ready line of this start.', ...(serving ? [] : log.troubles),
    ].join('\n')),
  };
}

const UNSAID = 'Neither its page nor its log, which was begun anew, names a version, and that it was started since its mark was written was not seen: start it again by its service script, and its log does.';

/** What is started after its mark was written serves what the mark says. Told by the host's own clock. */
async function isYoungerThanMark(at: HostAtWork): Promise<boolean> {
  if (isWindows(at.host)) return false;
  const [written, now] = [await at.look(timeOfMark(at.host)), await at.look(asLogin('date', '+%s'))];
  const { running, process } = await lookAtServerOn(at); // after the clock: its age is too great rather than too small
  return written.code === 0 && now.code === 0 && running === 'yes' && process !== undefined && process.age <= Number(now.stdout) - Number(written.stdout);
}

async function versionServed(at: HostAtWork): Promise<string | null> {
  try {
    const { status, body } = await askServer(at, VERSION_PATH, { timeoutMs: 5_000 });
    return status === 200 ? servedVersion(body) : null;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    return null;
  }
}

/** By the ready line of its last start; null while there is none. `none`: its log tells of no start at all, as one that was begun anew meanwhile. */
async function startsOf(at: HostAtWork): Promise<{ readonly ready: string | null; readonly none: boolean }> {
  const { code, stdout, stderr } = isWindows(at.host) ? { code: 0, stdout: await windowsLog(at), stderr: '' } : await at.look(readStarts(at.host));
  return { ready: readStart(stdout).ready, none: code !== undefined && stdout.trim() === '' && troubles(stderr).length === 0 };
}

async function logOf(at: HostAtWork): Promise<string> {
  return isWindows(at.host) ? windowsLog(at) : (await at.look(readLog(at.host))).stdout;
}

async function logEnd(at: HostAtWork): Promise<string> {
  return (await at.look(readLog(at.host, 'stdout', 20))).stdout;
}

const BETWEEN_LOOKS = 2_000;

/** One look; where it serves, as many as the policy asks for in a row. */
export async function lookAtServer(ports: Ports, wanted: ServerStart): Promise<ServerSighting> {
  const at = atWork(ports, wanted.host);
  let seen = await look(at, wanted);
  for (let healthy = 1; seen.serving === 'yes' && healthy < wanted.health.consecutive; healthy += 1) {
    await at.pause(millisecondsOf(wanted.health.every));
    seen = await look(at, wanted);
  }
  return sighting(seen);
}

// One Temporal attempt looks this long before it comes back later: so no slot is held while agents reconnect.
const PATIENCE = 60_000;

export async function awaitServer(ports: Ports, wanted: ServerStart): Promise<StepOutcome & { readonly sighting: ServerSighting }> {
  const at = atWork(ports, wanted.host), { name } = wanted.host;
  let healthy = 0, dead = 0;
  for (let waited = 0; ;) {
    const seen = await look(at, wanted);
    healthy = seen.serving === 'yes' ? healthy + 1 : 0;
    dead = seen.dead ? dead + 1 : 0;
    beat({ host: name, healthy });
    const end = (is: 'done' | 'failed', says: string) => ({ ...outcome(ports, is, says, seen.evidence), sighting: sighting(seen) });
    if (healthy >= wanted.health.consecutive) return end('done', `${name} serves ${wanted.version}, healthy ${healthy} times in a row.`);
    if (dead >= 3) return end('failed', `${name}: the start is over and nothing of the server lives.`);
    const delay = seen.serving === 'yes' ? millisecondsOf(wanted.health.every) : BETWEEN_LOOKS;
    if (waited >= PATIENCE && healthy === 0 && dead === 0) throw notNow(`${name} does not serve ${wanted.version} yet. ${seen.evidence.slice(0, 300)}`);
    waited += delay;
    await at.pause(delay);
  }
}

function sighting({ process, serving, version, evidence }: Look): ServerSighting {
  return { process, serving, version, evidence };
}

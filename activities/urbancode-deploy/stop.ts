/** Stops servers by their service script, proves them down one by one and all together, and watches that they stay so. */
import { removePidFile as removal, serviceOf, signalServer as signalling } from '../../src/products/urbancode-deploy/commands.ts';
import { shown } from '../../src/products/urbancode-deploy/processes.ts';
import { toRemovePidFile, toStop } from '../../src/products/urbancode-deploy/windows-guide.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { FullStop, NotDown, OnServer, UrbancodeDeployLooks, WholeStop } from './contract.ts';
import { beat, cancellation, isRefusal, isUnreachable } from '../at-work.ts';
import { lookAtBalancers } from '../load-balancer.ts';
import type { Ports } from '../ports.ts';
import { lookAtDoor } from './door.ts';
import { atWork, isRunning, millisecondsOf, outcome, runJob, until, type HostAtWork } from './host-at-work.ts';
import { lookAtSessions } from './sessions.ts';
import { isDown, lookAtServerOn, seenSays, whyNotDown, type HostSighting } from './sighting.ts';
import { asOnLinux, isWindows, lookAtWindows, typeThis } from './windows.ts';

// The script has ended, and a JVM of many threads may still be on its way out.
const GONE_WITHIN = 30_000;

export async function stopServer(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  const at = atWork(ports, host);
  if (isWindows(host)) return stoppedByPerson(at);
  const before = await lookAtServerOn(at);
  if (isDown(before) === 'yes') return outcome(ports, 'already', `${host.name}: ${seenSays(before)}`);
  if (attempt.mode === 'look') {
    const says = await isRunning(at, attempt, 'stop') ? `${host.name}: its stop is still at work.` : '';
    return outcome(ports, says === '' && before.running === 'yes' ? 'failed' : 'unknown', says, described(host.name, before));
  }
  const ended = await runJob(at, attempt, { name: 'stop', command: serviceOf(host).stop, beside: true });
  const after = await until(at, () => lookAtServerOn(at), (seen) => isDown(seen) === 'yes', GONE_WITHIN);
  if (isDown(after) === 'yes') return outcome(ports, 'done', `${host.name}: ${seenSays(after)}`, ended.says);
  return outcome(ports, after.running === 'yes' ? 'failed' : 'unknown', described(host.name, after), ended.says, ended.output);
}

async function stoppedByPerson(at: HostAtWork): Promise<StepOutcome> {
  const seen = await lookAtWindows(at), before = asOnLinux(seen);
  return isDown(before) === 'yes' ? outcome(at.ports, 'already', `${at.host.name}: ${seenSays(before)}`) : typeThis(at, seen.running === 'yes' ? seen.why : seenSays(before), toStop(at.host, seen));
}

function described(host: string, seen: HostSighting): string {
  return [`${host}: ${seenSays(seen)}`, ...seen.all.map(({ place, process }) => `${place}: ${shown(process)}`)].join('\n');
}

/** After TERM the JVM runs its shutdown hooks; after KILL nothing is left to wait for. */
const AFTER_TERM = 30_000, AFTER_KILL = 10_000;

export async function signalServer(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const noJvm = async () => (await lookAtServerOn(at)).running !== 'yes';
  for (const [signal, within] of [['TERM', AFTER_TERM], ['KILL', AFTER_KILL]] as const) {
    const { running, process } = await lookAtServerOn(at);
    if (running === 'no' || attempt.mode === 'look') break;
    if (running !== 'yes' || !process) break;
    await runJob(at, attempt, { name: `signal-${signal}`, command: signalling(host, process.pid, signal), beside: true });
    await until(at, noJvm, Boolean, within);
  }
  const after = await until(at, () => lookAtServerOn(at), (seen) => isDown(seen) === 'yes', attempt.mode === 'act' ? GONE_WITHIN : 0);
  if (isDown(after) === 'yes') return outcome(ports, 'done', `${host.name}: ${seenSays(after)}`);
  return outcome(ports, after.running === 'yes' ? 'failed' : 'unknown', described(host.name, after));
}

/** A stale pid file: nothing of the server lives, right now. */
export async function removePidFile(ports: Ports, { host, attempt }: OnServer): Promise<StepOutcome> {
  const at = atWork(ports, host);
  const before = await lookAtServerOn(at);
  if (before.pidFile.there === 'no') return outcome(ports, 'already', `${host.name}: there is no pid file.`);
  if (isWindows(host)) return typeThis(at, 'the pid file is there.', toRemovePidFile(host));
  if (attempt.mode === 'look') return outcome(ports, before.pidFile.there === 'yes' ? 'failed' : 'unknown', `${host.name}: the pid file is there.`);
  if (isDown(before) !== 'yes' || before.pidFile.there !== 'yes') return outcome(ports, 'failed', `${host.name}: the pid file was left, since it is not proven that it is stale.`, described(host.name, before));
  await runJob(at, attempt, { name: 'remove-pid-file', command: removal(host) });
  const after = await lookAtServerOn(at);
  return outcome(ports, after.pidFile.there === 'no' ? 'done' : 'failed', `${host.name}: ${after.pidFile.there === 'no' ? 'the stale pid file is removed.' : 'the pid file is still there.'}`);
}

/** A host that is slow, through a slow network, is looked at within this; what is seen over more is not one moment. */
const ONE_MOMENT = 60;

/** All hosts side by side, so that "down" is said of one moment; then what only the whole installation can tell. */
export async function lookAtFullStop(ports: Ports, { installation, hosts, everything }: WholeStop): Promise<FullStop> {
  const begun = ports.clock.now().getTime();
  const seen = await Promise.all(installation.hosts.filter(({ name }) => hosts.includes(name)).map(async (host): Promise<NotDown | null> => {
    try {
      return whyNotDown(host.name, await lookAtServerOn(atWork(ports, host)));
    } catch (error) {
      if (!isUnreachable(error) && !isRefusal(error)) throw error;
      return { host: host.name, is: 'unknown', says: `It cannot be ${isRefusal(error) ? 'looked at' : 'reached'}: ${error.message}` };
    }
  }));
  const notDown = seen.filter((each) => each !== null);
  const seconds = (ports.clock.now().getTime() - begun) / 1_000;
  const why = notDown.length > 0 ? null : seconds > ONE_MOMENT ? `To look at ${hosts.join(', ')} took ${seconds.toFixed(0)} s, more than ${ONE_MOMENT} s: what was seen first may not be so any more.` : everything ? await whyElse(ports, installation) : null;
  const down = notDown.length === 0 && why === null ? 'yes' : notDown.some(({ is }) => is === 'alive') ? 'no' : 'unknown';
  return { down, notDown, why, says: `${hosts.length === 1 ? 'One host' : `${hosts.length} hosts`} looked at within ${seconds.toFixed(1)} s${everything && notDown.length === 0 && why === null ? '; the load balancer leads nowhere' : ''}.` };
}

async function whyElse(ports: Ports, installation: WholeStop['installation']): Promise<string | null> {
  return await whyStillBalanced(ports, installation) ?? await whySessions(ports, installation);
}

async function whyStillBalanced(ports: Ports, installation: WholeStop['installation']): Promise<string | null> {
  const { hosts, loadBalancers } = installation;
  for (const host of hosts.filter(({ roles }) => !roles.includes('standby'))) {
    const inService = (await lookAtBalancers(ports, loadBalancers, host.name)).find((each) => each.in !== 'no');
    if (inService) return `The load balancer ${inService.in === 'yes' ? 'still sends requests to' : 'could not be asked about'} ${host.name}: ${inService.says}`;
  }
  const door = await lookAtDoor(ports, installation);
  return door === null || door.open === 'no' ? null : door.says;
}

/** A node that the file forgot still has its sessions. */
async function whySessions(ports: Ports, installation: WholeStop['installation']): Promise<string | null> {
  const seen = await lookAtSessions(ports, installation);
  if (seen === null || seen.count === 0) return null;
  return seen.count === null ? seen.says : `The database still has sessions, so a server that the file does not name may live: ${seen.says}`;
}

// One Temporal attempt at a time may watch for hours; it heartbeats, and a lost worker is noticed.
export async function watchForServers(ports: Ports, { hosts, every }: Parameters<UrbancodeDeployLooks['watchForServers']>[0]): Promise<NotDown> {
  const ats = hosts.map((host) => atWork(ports, host));
  for (let looks = 1; ; looks += 1) {
    const alive = (await Promise.all(ats.map(aliveOn))).find((each) => each !== null);
    if (alive) return alive;
    beat({ looks });
    await ports.clock.pause(millisecondsOf(every), cancellation());
  }
}

/** A host that cannot be seen, be it that its login is refused by now, is no server that lives; the others are watched on. */
async function aliveOn(at: HostAtWork): Promise<NotDown | null> {
  try {
    const seen = whyNotDown(at.host.name, await lookAtServerOn(at));
    return seen?.is === 'alive' ? seen : null;
  } catch (error) {
    if (!isUnreachable(error) && !isRefusal(error)) throw error;
    return null;
  }
}

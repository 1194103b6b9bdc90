/** What preflight sees of a Windows host, through cmd.exe; the rest is said to be the person's who works on it. */
import type { Finding } from '../../../src/upgrade/plan.ts';
import { isRefusal, isUnreachable } from '../../at-work.ts';
import { about } from '../../preflight/finding.ts';
import type { Ports } from '../../ports.ts';
import { isAlive } from '../ask-server.ts';
import { atWork, type HostAtWork } from '../host-at-work.ts';
import { lookAtServerOn, type HostSighting } from '../sighting.ts';
import { windowsMark } from '../windows.ts';
import { unseen, type HostQuestion, type HostReport } from './host.ts';

export async function lookAtWindowsHost(ports: Ports, { host, installation: { target, policy } }: HostQuestion): Promise<HostReport> {
  const at = atWork(ports, host), login = about('login', host.name);
  try {
    const shell = await at.session.runLine('ver', { signal: at.signal });
    if (!/windows/i.test(shell.stdout)) return unseen(host, [login.refused(`The login on ${host.name} does not answer as cmd.exe does ("${shell.stdout.trim().slice(0, 120)}"): make cmd.exe the shell of its SSH server, or correct platform.`)]);
    const [server, mark, alive] = [await lookAtServerOn(at), await windowsMark(at), await isAlive(at)];
    const finished = mark === target.version && (host.roles.includes('standby') ? server.running === 'no' : server.running === 'yes' && alive.alive);
    return {
      ...unseen(host, [login.ok(`${host.ssh.user}@${host.address} answers in cmd.exe.`), checkProbe(at, server, alive.alive), checkMark(at, mark), ...guided(host.name, policy.fips)]),
      facts: { ...unseen(host, []).facts, ...(mark === null ? {} : { installed: mark }), running: server.running, healthy: alive.alive, finished, layout: 'app-data', autostart: [] },
    };
  } catch (error) {
    if (!isUnreachable(error) && !isRefusal(error)) throw error;
    return unseen(host, [login.refused(`${host.name} cannot be looked at: ${error.message}`)]);
  }
}

/** While it serves, the very looks that later prove it stopped must find it. */
function checkProbe({ host }: HostAtWork, { running, why, portsSeen }: HostSighting, alive: boolean): Finding {
  const probe = about('probes', host.name);
  if (!portsSeen) return probe.refused(`Who listens on ${host.name} could not be seen: netstat -ano must work for ${host.ssh.user}.`);
  if (alive && running !== 'yes') return probe.refused(`${host.name} serves, but what would prove it stopped does not find it (${why}): nothing could be proven there. Name its service, and log in as an administrator.`);
  return host.roles.includes('standby') && running !== 'no' ? probe.refused(`${host.name} is a standby and must be down: ${why} Stop it, or give it the role server.`) : probe.ok(why);
}

function checkMark({ host }: HostAtWork, mark: string | null): Finding {
  const version = about('version', host.name);
  return mark === null ? version.refused(`The version mark of ${host.name} cannot be read: see that installDir, ${host.installDir}, is right.`) : version.ok(`Its own mark says ${mark}.`);
}

function guided(host: string, fips: boolean): readonly Finding[] {
  return [about('guided', host).warning(`${host} is a Windows host: a person stops, installs${fips ? ' (with -fips)' : ''} and starts it, typing what is shown; Lockkeeper proves each. Room, rights, Java, agentcomm.uri, what starts the server by itself, and its backup are the person's to look at.`)];
}

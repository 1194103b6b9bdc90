/** What preflight sees of a Windows host, through cmd.exe; the rest is said to be the person's who works on it. */
import { placesOf, quotedForCmd, serviceName, startsAtBoot, windowsLooks } from '../../../src/products/urbancode-deploy/windows.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { isRefusal, isUnreachable } from '../../at-work.ts';
import { about } from '../../preflight/finding.ts';
import type { Ports } from '../../ports.ts';
import { isAlive } from '../ask-server.ts';
import { atWork, type HostAtWork } from '../host-at-work.ts';
import { lookAtWindows, printed, windowsMark, windowsProperties, type WindowsSighting } from '../windows.ts';
import { unseen, type HostQuestion, type HostReport } from './host.ts';
import type { InstallDir } from './install-dir.ts';

export async function lookAtWindowsHost(ports: Ports, { host, installation: { target, policy } }: HostQuestion): Promise<HostReport> {
  const at = atWork(ports, host), login = about('login', host.name);
  try {
    const shell = await printed(at, 'ver');
    if (!/windows/i.test(shell)) return unseen(host, [login.refused(`The login on ${host.name} does not answer as cmd.exe does ("${shell.trim().slice(0, 120)}"): make cmd.exe the shell of its SSH server, or correct platform.`)]);
    const [server, dir, alive, boot] = [await lookAtWindows(at), await lookAtWindowsDir(at), await isAlive(at), startsAtBoot(await printed(at, windowsLooks(host).serviceStart))];
    const standby = host.roles.includes('standby'), { properties } = dir;
    const finished = dir.installed === target.version && (standby ? server.running === 'no' : server.running === 'yes' && alive.alive);
    return {
      findings: [login.ok(`${host.ssh.user}@${host.address} answers in cmd.exe.`), ...checkProbes(at, server, alive.alive), ...checkDir(at, dir), ...checkBoot(at, boot), guided(at, policy.fips)],
      facts: {
        ...unseen(host, []).facts, ...(dir.installed === null ? {} : { installed: dir.installed }), running: server.running, healthy: alive.alive, finished, autostart: [],
        ...(properties === null ? {} : { agentcomm: properties.agentcomm, layout: properties.appData === null ? 'below-install-dir' as const : 'app-data' as const, database: properties.database }),
      },
      seen: { at, dir }, begunBefore: false,
    };
  } catch (error) {
    if (!isUnreachable(error) && !isRefusal(error)) throw error;
    return unseen(host, [login.refused(`${host.name} cannot be looked at: ${error.message}`)]);
  }
}

/** What a person has to see to there is null. */
async function lookAtWindowsDir(at: HostAtWork): Promise<InstallDir> {
  const [installed, properties] = [await windowsMark(at), await windowsProperties(at)];
  return { installed, properties, identity: properties?.identity ?? { agentcommUri: null, databaseUrl: null }, javaHome: properties?.javaHome, java: null, fips: 'unknown', patches: null, keystores: {}, customised: null };
}

/** While it serves, the very looks that later prove it stopped must find it. */
function checkProbes({ host }: HostAtWork, { running, why, service, portsSeen, listening, heldByOthers, installer, commandLinesSeen }: WindowsSighting, alive: boolean): readonly Finding[] {
  const probe = about('probes', host.name), name = serviceName(host), standby = host.roles.includes('standby');
  if (service === null || service === 'absent') return [probe.refused(`The service ${name} is not seen on ${host.name}: give the name that "sc query" shows there, as in service: { name: ibm-ucd }, and let ${host.ssh.user} ask for it.`)];
  if (!portsSeen) return [probe.refused(`Who listens on ${host.name} could not be seen: netstat -ano must work for ${host.ssh.user}.`)];
  if (installer !== undefined) return [probe.refused(`An installer is at work on ${host.name}, process ${installer}: wait until it has ended.`)];
  if (heldByOthers.length > 0) return [probe.refused(`Another program holds a port of the server of ${host.name} (${heldByOthers.join('; ')}), so that the server is down could never be proven: end that program, or give it another port.`)];
  if (standby && running !== 'no') return [probe.refused(`${host.name} is a standby and must be down: ${why} Stop it, or give it the role server.`)];
  if (alive && service !== 'RUNNING') return [probe.refused(`${host.name} serves, and its service ${name} is ${service}: it was started otherwise, or url leads to another host. Stop it and start it by its service, or name the right one.`)];
  if (alive && listening === '') return [probe.refused(`${host.name} serves, and no process of it is seen to listen on its ports: netstat -ano must show it, or url leads to another host.`)];
  return [
    probe.ok(`${why}${listening === '' ? '' : ` It holds ${listening}.`}`),
    ...(commandLinesSeen ? [] : [probe.warning(`The command lines of processes cannot be seen on ${host.name} (wmic, PowerShell): while any java.exe lives there, also of something else, the server cannot be proven stopped. Log in as an administrator, or end the others before you start.`)]),
  ];
}

function checkDir({ host }: HostAtWork, { installed, properties }: InstallDir): readonly Finding[] {
  const dir = about('install dir', host.name), { mark, properties: file } = placesOf(host);
  if (installed === null) return [dir.refused(`${mark} on ${host.name} names no version: see that installDir is right, and that ${host.ssh.user} may read it.`)];
  if (properties === null) return [dir.refused(`${file} on ${host.name} cannot be read by ${host.ssh.user}: let it be.`)];
  return [dir.ok(`${host.installDir} is ${installed} by its own mark.`)];
}

/** Nothing on a Windows host is switched off by Lockkeeper. */
function checkBoot({ host }: HostAtWork, atBoot: ReturnType<typeof startsAtBoot>): readonly Finding[] {
  const boot = about('autostart', host.name), name = quotedForCmd(serviceName(host));
  if (atBoot === 'no') return [boot.ok('Windows does not start its service at boot. Other supervisors are yours to stop.')];
  if (atBoot === 'unknown') return [boot.unknown(`Whether Windows starts the server of ${host.name} at boot cannot be seen: see to it that nothing starts it while installers run.`)];
  return [boot.warning(`Windows starts the server of ${host.name} at every boot, and an old server that comes up while an installer runs may break the database. Lockkeeper does not switch that off: type there "sc config ${name} start= demand" before you start, and "sc config ${name} start= auto" at the end.`)];
}

function guided({ host }: HostAtWork, fips: boolean): Finding {
  return about('guided', host.name).warning(`${host.name} is a Windows host: a person brings the package, stops, installs${fips ? ' (with -fips)' : ''} and starts, typing what is shown; Lockkeeper proves each. Room, rights, Java and its backup are the person's to look at. No lock is kept there.`);
}

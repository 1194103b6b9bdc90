/**
 * Can the probes see? Later "nothing found" will prove that a server is down, so now, while it runs, the very same probes must
 * find it: its process, its ports, its pid file. And what runs, is it what the host's role says?
 */
import { lookAtPidFile } from '../../../src/products/urbancode-deploy/commands.ts';
import { installerIn, shown } from '../../../src/products/urbancode-deploy/processes.ts';
import { VERSION_PATH, servedVersion } from '../../../src/products/urbancode-deploy/rest.ts';
import { canSee, parseProcesses, PROCESSES } from '../../../src/products/linux/processes.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { about } from '../../preflight/finding.ts';
import { isRefusal, isUnreachable } from '../../at-work.ts';
import { askServer, isAlive } from '../ask-server.ts';
import type { HostAtWork } from '../host-at-work.ts';
import type { HostSighting } from '../sighting.ts';

/** `refusal`: it cannot be asked before somebody changes something, a certificate say. */
export interface Answer { readonly alive: boolean; readonly version: string | null; readonly says: string; readonly refusal: boolean }

export async function answerOf(at: HostAtWork): Promise<Answer> {
  try {
    const { alive, says } = await isAlive(at);
    const version = alive ? servedVersion((await askServer(at, VERSION_PATH)).body) : null;
    return { alive, version, says, refusal: false };
  } catch (error) {
    if (!isRefusal(error) && !isUnreachable(error)) throw error;
    return { alive: false, version: null, says: error.message, refusal: isRefusal(error) };
  }
}

/** A host where something shows that the server lives, and a probe does not, is blind. */
export async function checkProbes(at: HostAtWork, seen: HostSighting, answer: Answer): Promise<Finding> {
  const { host, layout } = at, probe = about('probes', host.name);
  const processes = parseProcesses((await at.look(PROCESSES)).stdout);
  if (!canSee(processes)) return probe.refused(`The process list of ${host.name} is blind: process 1 is not in it, read as root. Let sudo run ps outside of any sandbox or hidepid.`);
  if (!seen.portsSeen) return probe.refused(`What listens on ${host.name} cannot be seen, so that its server does not could never be proven: install ss (iproute2) there.`);
  if (seen.pidFile.there === 'unknown') return probe.refused(`Whether ${layout.pidFile} is there on ${host.name} cannot be seen: ${(await at.look(lookAtPidFile(host))).stderr.trim()} Let ${host.runAs} read ${layout.installDir}/var.`);
  if (seen.heldByOthers.length > 0) return probe.refused(`Another program holds a port of the server of ${host.name} (${seen.heldByOthers.join('; ')}), so that the server is down could never be proven: end that program, or give it another port.`);
  if (answer.alive && seen.running !== 'yes') return probe.refused(`The process list of ${host.name} is blind: ${answer.says} But no server of ${layout.installDir} is in it, so "stopped" could never be proven. Correct installDir or url, or look with: sudo ps -eww -o args=`);
  if (answer.alive && seen.listening === '') return probe.refused(`The list of open ports of ${host.name} is blind: ${answer.says} But nothing listens on its server's ports. Correct url, or look with: sudo ss -Hltnp`);
  return probe.ok(`${processes.length} processes seen. ${seen.why}${seen.listening === '' ? '' : ' Its ports are open.'}`);
}

export function checkRunning({ host }: HostAtWork, seen: HostSighting, answer: Answer): readonly Finding[] {
  const server = about('server', host.name), standby = host.roles.includes('standby');
  const installer = installerIn(seen.all);
  if (installer) return [server.refused(`An installer is at work on ${host.name} (${shown(installer)}): wait until it has ended.`)];
  if (seen.running === 'unknown') return [server.refused(`Whether the server of ${host.name} runs cannot be seen. ${seen.why}`)];
  if (seen.running === 'no') {
    const stale = seen.pidFile.there === 'yes' ? ' Its pid file is left from a crash: it is removed once every server is proven down.' : '';
    return [standby ? server.ok(`It is a standby, and down.${stale}`) : server.warning(`The server of ${host.name} does not run: the upgrade starts it, and whether its probes can see was not proven.${stale}`)];
  }
  if (standby) return [server.refused(`${host.name} is a standby, and its server runs (${seen.process ? shown(seen.process) : ''}): stop it by its service script, or give ${host.name} the role server.`)];
  const user = seen.process?.user;
  if (user !== host.runAs) return [server.refused(`The server of ${host.name} runs as ${user ?? 'nobody'}, and the file says runAs: ${host.runAs}: correct the file, or start the server as ${host.runAs}.`)];
  if (answer.refusal) return [server.refused(answer.says)];
  return [answer.alive ? server.ok(`${seen.why} ${answer.says}`) : server.warning(`The server of ${host.name} runs, but does not serve: ${answer.says}`)];
}

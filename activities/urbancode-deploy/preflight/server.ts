/**
 * How the server of one host looks, by all the probes that later prove it stopped: process list, listeners, pid file, its
 * answers. And can those probes see? "Nothing found" counts only from one that finds the server while it runs.
 */
import { LISTENERS, lookAtPidFile } from '../../../src/products/urbancode-deploy/commands.ts';
import { unpackedOf } from '../../../src/products/urbancode-deploy/layout.ts';
import { readListeners, readPidFile, type Listener, type PidFile } from '../../../src/products/urbancode-deploy/pid-file.ts';
import { installerIn, lookForServer, shown, type ServerSighting } from '../../../src/products/urbancode-deploy/processes.ts';
import { ALIVE_PATH, servedVersion, VERSION_PATH } from '../../../src/products/urbancode-deploy/rest.ts';
import { canSee, parseProcesses, PROCESSES, type Process } from '../../../src/products/linux/processes.ts';
import type { UrbancodeDeployHost } from '../../../src/upgrade/installation-urbancode.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { about } from '../../preflight/finding.ts';
import { isRefusal, isUnreachable } from '../../at-work.ts';
import type { HostAtWork } from '../../host-at-work.ts';
import { tlsOf } from '../../tls.ts';

export interface ServerLook {
  readonly processes: readonly Process[];
  readonly server: ServerSighting;
  readonly pidFile: PidFile;
  readonly listeners: readonly Listener[] | null;
  readonly answer: Answer;
}

/** `refusal`: it cannot be asked before somebody changes something, a certificate say. */
interface Answer { readonly alive: boolean; readonly version: string | null; readonly says: string; readonly refusal: boolean }

export async function lookAtServer(at: HostAtWork<UrbancodeDeployHost>, sha256: string | undefined): Promise<ServerLook> {
  const { host } = at;
  const [list, pid, listening, answer] = await Promise.all([at.look(PROCESSES), at.look(lookAtPidFile(host)), at.look(LISTENERS), ask(at)]);
  const processes = parseProcesses(list.stdout), pidFile = readPidFile(pid);
  const unpacked = sha256 === undefined ? undefined : unpackedOf(sha256).folder;
  return { processes, pidFile, answer, listeners: readListeners(listening), server: lookForServer({ processes, pidFile: pidFile.pid, runAs: host.runAs, installDir: host.installDir, unpacked }) };
}

async function ask(at: HostAtWork<UrbancodeDeployHost>): Promise<Answer> {
  try {
    const tls = await tlsOf(at.ports, at.host);
    const get = (path: string) => at.session.http({ url: new URL(path, at.host.url).href, tls, signal: at.signal });
    const { status } = await get(ALIVE_PATH);
    const version = status === 200 ? servedVersion((await get(VERSION_PATH)).body) : null;
    return { alive: status === 200, version, refusal: false, says: `${at.host.url}${ALIVE_PATH} answers ${status}.` };
  } catch (error) {
    if (!isUnreachable(error) && !isRefusal(error)) throw error;
    return { alive: false, version: null, refusal: isRefusal(error), says: error.message };
  }
}

/** A host where something shows that the server lives, and a probe does not, is blind. */
export function checkProbes({ host }: HostAtWork<UrbancodeDeployHost>, { processes, server, pidFile, listeners, answer }: ServerLook): readonly Finding[] {
  const probe = about('process probe', host.name);
  if (!canSee(processes)) return [probe.refused(`The process list of ${host.name} is blind: process 1 is not in it, read as root. Let sudo run ps outside of any sandbox or hidepid.`)];
  if (server.running !== 'yes' && answer.alive) return [probe.refused(`The process list of ${host.name} is blind: ${answer.says} But no server of ${host.installDir} is in it. Correct installDir or url, or see what hides it from: sudo ps -eww -o args=`)];
  if (listeners === null) return [probe.refused(`What listens on ${host.name} cannot be seen, so that it does not listen any more could never be proven: install ss (iproute2) there.`)];
  if (pidFile.there === 'unknown') return [probe.refused(`The pid file below ${host.installDir}/var on ${host.name} cannot be seen as ${host.runAs}: let that user read the folder.`)];
  if (answer.alive && !listeners.some((each) => isOf(each, { host, pid: server.process?.pid }))) {
    return [probe.refused(`The list of listeners of ${host.name} is blind: ${answer.says} But nothing in it is the server's. See what hides it from: sudo ss -Hltnp`)];
  }
  return [probe.ok(`${processes.length} processes and ${listeners.length} listeners seen. ${server.why}`)];
}

/** By its process; where the list does not tell processes, by its port. */
function isOf({ pids, port }: Listener, { host, pid }: { readonly host: UrbancodeDeployHost; readonly pid: number | undefined }): boolean {
  if (pids.length > 0) return pid !== undefined && pids.includes(pid);
  const { port: named, protocol } = new URL(host.url);
  return port === Number(named || (protocol === 'https:' ? 443 : 80));
}

/** What runs, and whether that is right for the host's role. */
export function checkRunning({ host }: HostAtWork<UrbancodeDeployHost>, { server, pidFile, answer }: ServerLook): readonly Finding[] {
  const health = about('server', host.name);
  const installer = installerIn(server.all);
  if (installer) return [health.refused(`An installer is at work on ${host.name} (${shown(installer)}): wait until it has ended.`)];
  const standby = host.roles.includes('standby');
  if (server.running === 'unknown') return [health.refused(`Whether the server on ${host.name} runs cannot be seen. ${server.why}`)];
  if (server.running === 'no') {
    const stale = pidFile.there === 'yes' ? ['Its pid file is left from a crash; it is removed once all servers are proven down.'] : [];
    return [standby ? health.ok(['It is a standby, and down.', ...stale].join(' ')) : health.warning([`The server on ${host.name} does not run; the upgrade starts it.`, ...stale].join(' '))];
  }
  const user = server.process?.user ?? '';
  return [
    ...(standby ? [health.refused(`${host.name} is a standby, and its server runs: stop it by its service script, or give it the role server.`)] : []),
    ...(user === host.runAs ? [] : [health.refused(`The server on ${host.name} runs as ${user}, and the file says runAs: ${host.runAs}: correct the file, or start the server as ${host.runAs}.`)]),
    answer.refusal ? health.refused(answer.says) : answer.alive ? health.ok(`${server.why} ${answer.says}`) : health.warning(`The server on ${host.name} runs and does not answer: ${answer.says}`),
  ];
}

/**
 * What a person types on a Windows host, word for word, and what to know beside it. Shown in the plan and in each question;
 * a line that is typed stands indented, so that nobody takes a sentence for a command.
 */
import type { Package } from '../../upgrade/installation.ts';
import type { UrbancodeDeployHost } from '../../upgrade/installation-urbancode.ts';
import { switchesOf } from './staging.ts';
import { checksumLook, packageFolder, placesOf, quotedForCmd, serviceName, type WindowsHost, type WindowsServer } from './windows.ts';

export interface Guide {
  /** Word for word, in this order. */
  readonly typed: readonly string[];
  /** Sentences. */
  readonly notes: readonly string[];
}

/** The lines that are typed, each on its own and indented, behind what is to be known. */
export function shownGuide({ typed, notes }: Guide): readonly string[] {
  return [...notes, ...(typed.length === 0 ? [] : ['Type there:', ...typed.map((line) => `  ${line}`)])];
}

/** The zip on the host. */
export function packageFile(host: WindowsHost, { file, onHost }: Package, version: string): string {
  return onHost ?? `${packageFolder(host, version)}\\${(file ?? '').split(/[\\/]/).at(-1) ?? ''}`;
}

export function toStage(host: WindowsHost, target: Package, version: string): Guide {
  const folder = packageFolder(host, version), zip = packageFile(host, target, version);
  return {
    typed: [`mkdir ${quotedForCmd(folder)}`, checksumLook(zip)],
    notes: [
      `${target.file === undefined ? `${zip} is taken to be there` : `Copy ${target.file} of the worker into ${folder}, which the first line makes`}. The second line must print ${target.sha256}.`,
      `Then extract it in ${folder} (tar -xf does, or the Explorer): ${folder}\\ibm-ucd-install\\install-server.bat is looked for, whatever the folder between is called.`,
    ],
  };
}

/** By what was seen: what a service does not end, its process is ended by. */
export function toStop(host: WindowsHost, { running, pid, service }: Pick<WindowsServer, 'running' | 'pid'> & { readonly service: string | null }): Guide {
  const name = quotedForCmd(serviceName(host)), kill = pid === undefined ? [] : [`taskkill /f /pid ${pid}`];
  if (service === 'STOP_PENDING') return { typed: [`sc query ${name}`, ...kill], notes: [`It was told to stop and has not yet: look again with the first line.${pid === undefined ? '' : ' Type the second one only when it hangs: it ends the server at once.'}`] };
  if (service === 'STOPPED' && running === 'yes') return { typed: kill, notes: ['It was not started by its service, so that cannot stop it: stop it the way it was started. If there is none, this ends it at once.'] };
  if (service === 'STOPPED' && running === 'unknown' && pid !== undefined) return { typed: [`tasklist /fi "PID eq ${pid}" /v`], notes: ['See what that process is, and end it if it is the server; or log in for Lockkeeper as an administrator, who sees command lines.'] };
  if (running === 'no') return { typed: [], notes: [] }; // something else keeps it from being proven, and is named
  return { typed: [`sc stop ${name}`, `sc query ${name}`], notes: [] };
}

/** Only once nothing of the server lives: the installer stops at it. */
export function toRemovePidFile(host: WindowsHost): Guide {
  return { typed: [`del ${quotedForCmd(placesOf(host).pidFile)}`], notes: ['A pid file of a server that is gone is left, which installer and server stumble over.'] };
}

/** @param first whether it is the installer that changes the database: then nobody else may live, later nobody may be asked about the database. */
export function toInstall(host: Pick<UrbancodeDeployHost, 'installDir' | 'runAs' | 'roles' | 'agentcommUri'>, { folder, fips, first }: { readonly folder: string; readonly fips: boolean; readonly first: boolean }): Guide {
  const agents = host.agentcommUri === undefined ? 'this server\'s own' : host.agentcommUri;
  return {
    typed: [`cd /d ${quotedForCmd(folder)}`, ['install-server.bat', ...switchesOf(host, fips)].join(' ')],
    notes: [
      `As ${host.runAs}, in a window that was opened by "Run as administrator". The directory is ${host.installDir}; yes, upgrade; the agent communication URL, if it is asked for, is ${agents}.`,
      first ? 'Yes to changes of the database. If it warns that a connection can be made to the server, a server lives: end the installer by Ctrl-C, and look again.'
        : 'It may warn that a connection can be made to the server: those that are upgraded serve already, so go on. It must not ask about the database: if it does, end it by Ctrl-C.',
      `Where it fails on its way, ${first ? 'database, application data and install dir' : 'the install dir'} may be half new: restore from the backup before you type it again. Start nothing afterwards: that is asked for next.`,
    ],
  };
}

export function toStart(host: WindowsHost, { running, pidFile }: Pick<WindowsServer, 'running' | 'pidFile'>): Guide {
  const stale = running === 'no' && pidFile === 'yes' ? toRemovePidFile(host) : { typed: [], notes: [] };
  return { typed: [...stale.typed, `sc start ${quotedForCmd(serviceName(host))}`], notes: stale.notes };
}

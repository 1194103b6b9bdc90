/** A Windows host through cmd.exe: looked at here, worked on by a person, who is shown what to type. */
import { releaseOf } from '../../src/products/urbancode-deploy/versions.ts';
import { commandsForPeople, readCommandLines, readListeners, readService, readTasks, windowsLooks, windowsServer, type WindowsSeen } from '../../src/products/urbancode-deploy/windows.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { outcome, type HostAtWork } from './host-at-work.ts';
import type { HostSighting } from './sighting.ts';

export function isWindows({ platform }: Pick<UrbancodeDeployHost, 'platform'>): boolean {
  return platform === 'windows';
}

/** The server of a Windows host, in the words of every other. There is no list of processes that a person would read. */
export async function lookAtWindowsServer(at: HostAtWork): Promise<HostSighting> {
  const looks = windowsLooks(at.host);
  const printed = async (line: string): Promise<string> => (await at.session.runLine(line, { signal: at.signal })).stdout;
  const seen: WindowsSeen = {
    service: looks.service === null ? null : readService(await printed(looks.service)),
    listeners: readListeners(await printed(looks.listeners)),
    commandLines: withWords(readCommandLines(await printed(looks.commandLines))),
    tasks: readTasks(await printed(looks.tasks)),
    pidFile: (await printed(looks.pidFile)).replaceAll('\r', ''),
  };
  const there = seen.pidFile.trim();
  return {
    ...windowsServer(at.host, portOf(at.host), seen), all: [], listening: '', heldByOthers: [], portsSeen: seen.listeners !== null,
    pidFile: { there: there === 'there' ? 'yes' : there === 'absent' ? 'no' : 'unknown', pid: null },
  };
}

/** Without an administrator's rights wmic lists processes and none of their words. */
function withWords(lines: WindowsSeen['commandLines']): WindowsSeen['commandLines'] {
  return lines?.some(({ args }) => args !== '') === true ? lines : null;
}

function portOf({ url }: UrbancodeDeployHost): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** Four numbers of its own mark; null when it cannot be read. */
export async function windowsMark(at: HostAtWork): Promise<string | null> {
  const { code, stdout } = await at.session.runLine(windowsLooks(at.host).mark, { signal: at.signal });
  const version = /^installed\.version\s*[=:]\s*(\S+)/m.exec(stdout.replaceAll('\r', ''))?.[1];
  return code === 0 && version !== undefined ? releaseOf(version) : null;
}

/** The end of its log, where a start says that it is ready. */
export async function windowsLog(at: HostAtWork): Promise<string> {
  return (await at.session.runLine(windowsLooks(at.host).log, { signal: at.signal })).stdout.replaceAll('\r', '').slice(-60_000);
}

/** Not so yet, and what a person types to make it so. */
export function typeThis(at: HostAtWork, says: string, what: keyof ReturnType<typeof commandsForPeople>, fips = false): StepOutcome {
  return outcome(at.ports, 'failed', `${at.host.name}: ${says} Type there:`, ...commandsForPeople(at.host, { fips })[what]);
}

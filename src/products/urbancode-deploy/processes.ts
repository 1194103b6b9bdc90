/**
 * Reads a host's process list: which processes of one install dir's server live.
 *
 * The server is a JVM with the product's main class and this install dir's own launcher or class path among its words;
 * another install dir's server, agents and relays have others. A stop is a second JVM of the same dir with another class.
 * "Nothing found" counts only from a list that holds what must be there.
 */
import type { Seen } from '../../upgrade/outcome.ts';
import { canSee, isReader, programName, shownProcess, type Process } from '../linux/processes.ts';
import { layoutOf } from './layout.ts';

export type Place =
  /** The server's JVM. */
  | 'server'
  /** `bin/server` start, stop or run at work. */
  | 'script'
  /** The second JVM, by which a stop tells the server. */
  | 'stopping'
  /** install-server.sh or what it started. */
  | 'installer';
export interface Sighting { readonly place: Place; readonly process: Process }

export const SERVER_CLASS = 'com.urbancode.ds.UDeployServer';
const VERBS = new Set(['start', 'stop', 'run', 'restart']);
const INSTALLER = 'install-server.sh';
/** The installer is a program of Ant, which is started with paths relative to its folder: its class and its user are all that tells. */
export const ANT = 'org.apache.tools.ant.launch.Launcher';

/** What the process is to the server in this install dir, or null when nothing. `unpacked`: the folder that the installer runs in. */
export function sightingOf(process: Process, { installDir, runAs, unpacked }: { readonly installDir: string; readonly runAs: string; readonly unpacked?: string | undefined }): Sighting | null {
  const { launcher, classpath, script } = layoutOf({ installDir });
  const words = process.args.split(/\s+/);
  const names = (path: string): boolean => words.includes(path);
  if (isReader(words)) return null;
  if (names(launcher) || names(classpath)) return { place: names(SERVER_CLASS) ? 'server' : 'stopping', process };
  const scriptAt = words.indexOf(script);
  if (scriptAt >= 0 && VERBS.has(words[scriptAt + 1] ?? '')) return { place: 'script', process };
  if (words.some((word) => programName(word) === INSTALLER)) return { place: 'installer', process };
  if (names(ANT) && [runAs, 'root'].includes(process.user)) return { place: 'installer', process };
  return unpacked !== undefined && words.some((word) => word === unpacked || word.startsWith(`${unpacked}/`)) ? { place: 'installer', process } : null;
}

export interface ServerSighting {
  readonly running: Seen;
  /** The server's JVM, or what makes it unknown. */
  readonly process?: Process | undefined;
  /** Everything of the server that lives. */
  readonly all: readonly Sighting[];
  readonly why: string;
}

/**
 * Whether the server runs. `no` only when the list can be trusted and holds neither its JVM, nor a stop, nor a script at
 * work on it, nor a live process of its user that its pid file names. An installer alone is no server.
 */
export function lookForServer(seen: { readonly processes: readonly Process[]; readonly pidFile: number | null; readonly runAs: string; readonly installDir: string; readonly unpacked?: string | undefined }): ServerSighting {
  const all = seen.processes.flatMap((process) => sightingOf(process, seen) ?? []);
  const server = all.find(({ place }) => place === 'server');
  if (server) return { running: 'yes', process: server.process, all, why: `The server runs as process ${server.process.pid}.` };
  if (!canSee(seen.processes)) return { running: 'unknown', all, why: 'The process list is not complete: process 1 is not in it.' };
  const other = all.find(({ place }) => place !== 'installer');
  if (other) return { running: 'unknown', process: other.process, all, why: `The server has no process of its own, but ${other.place === 'script' ? 'its script' : 'a stop'} is at work: process ${other.process.pid}.` };
  const named = seen.processes.find(({ pid }) => pid === seen.pidFile);
  // A pid from before a crash may be anybody's by now, even another program of the same user.
  if (named && /\bjava$/.test(named.args.split(/\s+/)[0] ?? '') && named.user === seen.runAs) {
    return { running: 'unknown', process: named, all, why: `The server's pid file names process ${named.pid}, a Java program of ${seen.runAs} that is not known to be the server: see what it is.` };
  }
  return { running: 'no', all, why: 'The server has no process.' };
}

/** Every server in the list, each with the install dir that its own words name. */
export function serversIn(processes: readonly Process[]): readonly { readonly installDir: string; readonly process: Process }[] {
  return processes.flatMap((process) => {
    const installDir = /\s(\/\S+)\/bin\/launcher\.jar(?=\s)/.exec(process.args)?.[1];
    return installDir !== undefined && sightingOf(process, { installDir, runAs: process.user })?.place === 'server' ? [{ installDir, process }] : [];
  });
}

/** The installer at work, if any. */
export function installerIn(all: readonly Sighting[]): Process | undefined {
  return all.find(({ place }) => place === 'installer')?.process;
}

/** Of a JVM's hundred words a person needs the program, the install dir and the class. */
export function shown(process: Process): string {
  return shownProcess(process, (word) => word.startsWith('com.urbancode.') || word.endsWith('/bin/launcher.jar'));
}

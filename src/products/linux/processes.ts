/**
 * A host's process list: what is typed, how it is read, what people are shown of it. "Nothing found" counts only from a
 * list that holds what must be there.
 */
import { asRoot, type Command } from '../../upgrade/command.ts';

/** Every process with parent, user, age in seconds and whole arguments, as root: seen by everyone, cut by nobody. */
export const PROCESSES: Command = asRoot('ps', '-eww', '-o', 'pid=,ppid=,user:32=,etimes=,args=');

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  /** Seconds since it was started. */
  readonly age: number;
  readonly args: string;
}

/** One line of `PROCESSES` each. Lines that are none are left out. */
export function parseProcesses(listing: string): readonly Process[] {
  return listing.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s(.*)$/.exec(line);
    if (!found) return [];
    const [, pid, parent, user, age, args] = found as unknown as [string, string, string, string, string, string];
    return [{ pid: Number(pid), parent: Number(parent), user, age: Number(age), args: args.trim() }];
  });
}

/** The program in a word of a command line: "server" of "/opt/ucd/bin/server". */
export function programName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

// Programs that merely read or wait for something with the service's name: the manual's own grep finds itself.
const READERS = new Set(['grep', 'egrep', 'fgrep', 'pgrep', 'tail', 'less', 'more', 'cat', 'vi', 'vim', 'nano', 'view', 'watch', 'journalctl', 'man', 'ps', 'dpkg', 'dpkg-query', 'rpm']);

/** Whether a command line merely looks at what its words name. */
export function isReader(words: readonly string[]): boolean {
  const program = words.map(programName).find((word) => word !== 'sudo' && !word.startsWith('-'));
  return program !== undefined && READERS.has(program);
}

/** A list that lacks process 1 was read with too little right, or cut. */
export function canSee(processes: readonly Process[]): boolean {
  return processes.some((process) => process.pid === 1);
}

const PACKAGE_MANAGERS = new Set([
  'dpkg', 'apt', 'apt-get', 'aptitude', 'unattended-upgrade', 'unattended-upgrades', 'rpm', 'yum', 'dnf', 'dnf-automatic', 'zypper',
]);

/** A package manager at work on the host, ours or anybody's: it holds the lock that an install needs. */
export function packageManagerAtWork(processes: readonly Process[]): Process | undefined {
  return processes.find((process) => {
    const [program, first] = process.args.split(/\s+/);
    // The daemon behind unattended upgrades waits for ever without holding the lock.
    if (process.args.includes('--wait-for-signal')) return false;
    return PACKAGE_MANAGERS.has(programName(program ?? '')) || (/python/.test(program ?? '') && PACKAGE_MANAGERS.has(programName(first ?? '')));
  });
}

/** The process as a person reads it: of a long command line its first and last word, and those that tell. */
export function shownProcess({ pid, user, age, args }: Process, tells: (word: string) => boolean): string {
  const words = args.split(/\s+/);
  const telling = words.filter((word, at) => at === 0 || at === words.length - 1 || tells(word));
  return `pid ${pid}, user ${user}, for ${age} s: ${args.length > 160 ? telling.join(' … ') : args}`;
}

/**
 * HAProxy's runtime socket: what to say to it, and what it answers. A change is answered by an empty line whether it
 * was made or not, so the state is always read back.
 */
import { asLogin, asRoot, typed, type Command } from '../../upgrade/command.ts';
import type { HaproxyLoadBalancer } from '../../upgrade/installation.ts';

type Haproxy = HaproxyLoadBalancer['haproxy'];

/** Sends what comes on stdin to the socket and prints the answer. `-t`: seconds to wait for it once stdin has ended. */
export function socket({ socket, sudo }: Pick<Haproxy, 'socket' | 'sudo'>): Command {
  return (sudo ? asRoot : asLogin)('socat', '-t', '5', '-', `UNIX-CONNECT:${socket}`);
}

export const SHOW_STATISTICS = 'show stat';

/** `drain`: serves what it has, gets nothing new. `ready`: takes part again once its checks pass. */
export function setState(backend: string, server: string, state: 'drain' | 'ready'): string {
  return `set server ${backend}/${server} state ${state}`;
}

/** The same as a person would type it. */
export function typedRequest(haproxy: Pick<Haproxy, 'socket' | 'sudo'>, request: string): string {
  return `echo '${request}' | ${typed(socket(haproxy))}`;
}

export interface ServerStatistics {
  readonly server: string;
  /** "UP", "UP 1/2", "DOWN", "DRAIN", "MAINT", "no check". */
  readonly status: string;
  readonly sessions: number;
}

/** A row of `show stat` by the names of its columns; what is not there is ''. */
export type Row = (column: string) => string;

/** Reads `show stat` (comma separated, named by its first line); null when it is not that, or lacks one of these columns. */
export function readTable(csv: string, needed: readonly string[] = []): readonly Row[] | null {
  const [header = '', ...rows] = csv.trim().split('\n');
  if (!header.startsWith('# ')) return null;
  const names = header.slice(2).split(',');
  if (!needed.every((name) => names.includes(name))) return null;
  return rows.map((line) => line.split(',')).map((row): Row => (column) => row[names.indexOf(column)] ?? '');
}

/** The servers of one backend out of `show stat`; null when it is not that. */
export function parseStatistics(csv: string, backend: string): readonly ServerStatistics[] | null {
  const rows = readTable(csv, ['pxname', 'svname', 'scur', 'status']);
  return rows && rows.filter((row) => row('pxname') === backend && row('svname') !== 'BACKEND' && row('svname') !== 'FRONTEND')
    .map((row) => ({ server: row('svname'), status: row('status'), sessions: Number(row('scur')) }));
}

/** Does the server take new requests? A server without checks is taken at HAProxy's word; a failing one is out. */
export function takesRequests({ status }: ServerStatistics): 'yes' | 'no' | 'unknown' {
  if (/^(UP|no check)/.test(status)) return 'yes';
  return /^(DOWN|DRAIN|MAINT|NOLB)/.test(status) ? 'no' : 'unknown';
}

/** Taken out on purpose. A drained server whose checks fail is shown as DOWN: nobody can tell then. */
export function isHeld({ status }: ServerStatistics): boolean {
  return /^(DRAIN|MAINT)/.test(status);
}

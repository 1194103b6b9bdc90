/** Reads what was seen of a server's pid file and of the ports on its host. */
import type { Seen } from '../../upgrade/outcome.ts';
import { troubles, type Printed } from '../linux/printed.ts';
import { shownProcess, type Process } from '../linux/processes.ts';
import type { ServerSighting } from './processes.ts';

export interface PidFile {
  readonly there: Seen;
  readonly pid: number | null;
}

/** Reads `lookAtPidFile`. A folder that cannot be seen, or is not there, proves nothing. */
export function readPidFile({ code, stdout, stderr }: Printed): PidFile {
  if (code === undefined || (code !== 0 && stdout === '') || troubles(stderr).length > 0) return { there: 'unknown', pid: null };
  const [path = '', pid = ''] = stdout.split('\n');
  return { there: path === '' ? 'no' : 'yes', pid: /^\d{1,10}$/.test(pid.trim()) ? Number(pid) : null };
}

export interface Listener { readonly port: number; /** Those that hold it open; empty when the list does not say. */ readonly pids: readonly number[]; readonly line: string }

/** Reads `LISTENERS`; null when it cannot be read: there is no `ss`, or it was cut off. Every Linux host has listeners, its sshd at least. */
export function readListeners({ code, stdout }: Printed): readonly Listener[] | null {
  if (code !== 0) return null;
  const listeners = stdout.split('\n').flatMap((line) => {
    const port = /^LISTEN\s+\d+\s+\d+\s+\S+:(\d+)\s/.exec(line)?.[1];
    return port === undefined ? [] : [{ port: Number(port), pids: [...line.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid)), line: line.trim() }];
  });
  return listeners.length === 0 ? null : listeners;
}

/**
 * Listeners that are certainly not the server's: a process of the list holds each, and none of the server's does. Each as
 * "port 8443 by pid 77, user root, for 60 s: nginx".
 */
export function heldByOthers(listeners: readonly Listener[], { processes, server }: { readonly processes: readonly Process[]; readonly server: Pick<ServerSighting, 'process' | 'all'> }): readonly string[] {
  const own = [server.process, ...server.all.map(({ process }) => process)].map((process) => process?.pid);
  const held = listeners.filter(({ pids }) => !pids.some((pid) => own.includes(pid))).flatMap(({ port, pids }) => {
    const holder = processes.find(({ pid }) => pids.includes(pid));
    return holder ? [`port ${port} by ${shownProcess(holder, () => false)}`] : [];
  });
  return [...new Set(held)]; // once for IPv4 and IPv6
}

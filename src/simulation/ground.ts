/**
 * What a simulation of any product stands on: a temporary folder, a key that every host lets in, hosts reached by SSH. All of it
 * lives in that folder and in processes that end with it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freshKey } from './fresh-key.ts';
import type { ProductOnHost } from './host-folder.ts';
import { startSimulatedHost, type SimulatedHost } from './simulated-host.ts';

export interface Simulation {
  /** The temporary folder: everything is in it, and it goes away with `close`. */
  readonly folder: string;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  readonly user: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  close(): Promise<void>;
}

export interface GroundOptions {
  /** How long an install takes, in seconds. */
  readonly installSeconds: number;
  /** Of the key that the hosts let in; without one it is not encrypted. */
  readonly passphrase?: string | undefined;
  /** What sudo asks for on every host; without one it asks for none. */
  readonly sudoPassword?: string | undefined;
}

export interface Ground extends Omit<Simulation, 'close'> {
  /** A folder that all hosts see. */
  readonly shared: string;
  addHost(name: string, product?: ProductOnHost): Promise<SimulatedHost>;
  /** What must be ended, in any order. */
  atEnd(end: () => Promise<unknown>): void;
}

/** Starts all of it. When something fails on the way, what has been started is ended. */
export async function onGround<T>(options: GroundOptions, build: (ground: Ground) => Promise<T>): Promise<Simulation & T> {
  const folder = makeFolder(), open: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.splice(0).map((end) => end()));
    await endProcesses(folder);
    // What was killed a moment ago may still write: removing tries again.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const ground = lay({ folder, options, open });
    const built = await build(ground);
    writeFileSync(ground.knownHostsFile, [...ground.hosts.values()].map((host) => `${host.knownHostsLine}\n`).join(''));
    const { hosts, user, identityFile, knownHostsFile } = ground;
    return { folder, hosts, user, identityFile, knownHostsFile, close, ...built };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Beginning { readonly folder: string; readonly options: GroundOptions; readonly open: (() => Promise<unknown>)[] }

function lay({ folder, options: { passphrase, ...ofHosts }, open }: Beginning): Ground {
  const user = 'ops', key = freshKey(passphrase), shared = join(folder, 'shared'), hosts = new Map<string, SimulatedHost>();
  const identityFile = join(folder, 'id_ed25519');
  writeFileSync(identityFile, key.private, { mode: 0o600 });
  mkdirSync(shared);
  return {
    folder, shared, hosts, user, identityFile, knownHostsFile: join(folder, 'known_hosts'),
    atEnd: (end) => { open.push(end); },
    addHost: async (name, product) => {
      const host = await startSimulatedHost({ ...ofHosts, name, user, folder: join(folder, name), shared, product, publicKey: key.public, neighbour: (wanted) => hosts.get(wanted)?.folder });
      open.push(() => host.close());
      hosts.set(name, host);
      return host;
    },
  };
}

export interface WrittenPackage { readonly file: string; readonly sha256: string }

export function writePackage(folder: string, name: string, text: string): WrittenPackage {
  const file = join(folder, name);
  writeFileSync(file, text);
  return { file, sha256: createHash('sha256').update(text).digest('hex') };
}

/** A folder whose path needs no quotes in a shell: the hosts put it in front of every path that is typed. */
function makeFolder(): string {
  const places = [realpathSync(tmpdir()), '/tmp'];
  const place = places.find((path) => /^[\w./-]+$/.test(path)) ?? '/tmp';
  return mkdtempSync(join(place, 'lockkeeper-'));
}

/** Ends every process of the simulation, and the group it leads or belongs to: all that names the folder in its command line. */
export async function endProcesses(folder: string): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,pgid=,args='], { maxBuffer: 16 * 1024 * 1024 });
  const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((row) => row !== null);
  const ours = rows.find(([, pid]) => Number(pid) === process.pid)?.[2];
  const groups = new Set(rows.filter(([, , , args]) => args?.includes(`${folder}/`)).map(([, , group]) => group));
  for (const group of groups) {
    if (group === undefined || group === ours) continue;
    try {
      process.kill(-Number(group), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended meanwhile: what was wanted
    }
  }
}

/**
 * A simulated host, for the demo: an SSH server in this process (`ssh-server.ts`), a temporary folder as its root
 * (`host-folder.ts`), real shells and real child processes.
 *
 * Real: SSH, keys and known hosts, shells, files, processes and their signals, HTTP through the SSH connection.
 * Simulated: root and sudo (nothing gets more right than the person who runs the demo), package manager and packages,
 * owners of files, Ops Manager itself. Commands are not confined: absolute paths are moved into the folder
 * (`host-paths.ts`), and that is all. So it listens on 127.0.0.1 only, with keys made for this run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layOutHost, type HostFolderOptions } from './host-folder.ts';
import { startSshServer } from './ssh-server.ts';

export interface SimulatedHost {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  /** Its line for known_hosts. */
  readonly knownHostsLine: string;
  /** Runs a command line on the host as root would, without SSH: for setting the scene. */
  run(commandLine: string): Promise<string>;
  /** The host's own record of installs: one line when one began, one when it ended. */
  installs(): readonly string[];
  cut(): void;
  close(): Promise<void>;
}

export interface SimulatedHostOptions extends HostFolderOptions {
  readonly publicKey: string;
  /** Folder of a neighbour by name, so that hosts reach each other's ports. */
  readonly neighbour: (name: string) => string | undefined;
}

export async function startSimulatedHost(options: SimulatedHostOptions): Promise<SimulatedHost> {
  const { folder, home, env } = layOutHost(options);
  const own = new Set(['127.0.0.1', 'localhost', '::1', options.name]);
  const server = await startSshServer({
    user: options.user, publicKey: options.publicKey, folder, home, env,
    socketOf: (address, port) => {
      const target = own.has(address) ? folder : options.neighbour(address);
      const socket = target && join(target, 'run', String(port));
      return socket !== undefined && existsSync(socket) ? socket : undefined;
    },
  });
  const installs = join(folder, 'var/log/installs');
  return {
    name: options.name, folder, port: server.port,
    knownHostsLine: `[127.0.0.1]:${server.port} ${server.hostKey.split(' ').slice(0, 2).join(' ')}`,
    run: (commandLine) => run(commandLine, { cwd: home, env: { ...env, SIM_USER: 'root' } }),
    installs: () => (existsSync(installs) ? readFileSync(installs, 'utf8').trim().split('\n') : []),
    cut: () => { server.cut(); },
    close: () => server.close(),
  };
}

/** A process group of its own: Ctrl-C is for the demo, which ends what it started. */
async function run(commandLine: string, where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<string> {
  const child = spawn('/bin/sh', ['-c', commandLine], { ...where, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const [code] = (await once(child, 'exit')) as [number | null]; // what it started may keep its output open
  if (code !== 0) throw new Error(`"${commandLine}" ended with ${code ?? 'a signal'}: ${said}`);
  return said;
}

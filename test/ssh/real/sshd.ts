/**
 * A real sshd on 127.0.0.1, on a free port, with a lock folder of its own: an ordinary process, ended by `close`. As root
 * it lets in a user made for this test file and removed with it, so that sudo can be tried; else whoever runs the tests.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createSecrets } from '../../../src/secrets/secrets.ts';
import { createHosts } from '../../../src/ssh/hosts.ts';
import type { Hosts } from '../../../src/ssh/port.ts';
import type { Reachable, SshSettings } from '../../../src/upgrade/installation.ts';

/** The user's password: what a shell might trip over. */
export const TEST_PASSWORD = 'p4ss $HOME "it\'s" \\ wörd';
const SSHD = '/usr/sbin/sshd';

export interface RealSshd {
  readonly user: string;
  readonly home: string;
  readonly folder: string;
  readonly port: number;
  /** Folder of the lock on this "host". */
  readonly stateFolder: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** Public host keys by type, as in `known_hosts`. */
  readonly hostKeys: Readonly<Record<'ed25519' | 'rsa', string>>;
  host(ssh?: Partial<SshSettings>): Reachable;
  /** Kills every session's process, as a dead network or host would end them; jobs stay. */
  cutSessions(): void;
  /** Stops listening and cuts all sessions, or starts again on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** What sudoers allows the user, without its name; replaces what was allowed before. Needs root. */
  allowBySudo(...rules: readonly string[]): void;
  close(): Promise<void>;
}

/** `name` tells the users of test files apart that run at the same time; `extra` are lines for sshd's configuration. */
export async function startSshd(name: string, extra: readonly string[] = []): Promise<RealSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-sshd-'));
  chmodSync(folder, 0o755);
  const user = isRoot() ? `lockkeeper-${name}` : userInfo().username;
  const home = isRoot() ? `/home/${user}` : userInfo().homedir;
  if (isRoot()) makeUser(user);
  for (const type of ['ed25519', 'rsa']) keygen(join(folder, `host_${type}`), type);
  keygen(join(folder, 'id'), 'ed25519');
  writeFileSync(join(folder, 'authorized'), readFileSync(join(folder, 'id.pub')), { mode: 0o644 });
  const port = await freePort();
  writeFileSync(join(folder, 'sshd_config'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${folder}/host_ed25519`, `HostKey ${folder}/host_rsa`,
    `AuthorizedKeysFile ${folder}/authorized`, `PidFile ${folder}/sshd.pid`, 'UsePAM no', 'StrictModes no',
    'PasswordAuthentication no', 'MaxStartups 200', 'UseDNS no', ...extra,
  ].join('\n'));
  const hostKeys = { ed25519: publicKey(folder, 'ed25519'), rsa: publicKey(folder, 'rsa') };
  const knownHostsFile = join(folder, 'known_hosts');
  writeFileSync(knownHostsFile, `[127.0.0.1]:${port} ${hostKeys.ed25519}\n`);
  const stateFolder = join(folder, 'state');
  mkdirSync(join(stateFolder, 'lock'), { recursive: true });
  if (isRoot()) execFileSync('chown', [user, join(stateFolder, 'lock')]);
  let sshd: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    sshd = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
    await listening(port);
  };
  const cutSessions = (): void => {
    for (const pid of sessionsOf(sshd)) killIfThere(pid);
  };
  const stop = async (): Promise<void> => {
    if (!sshd) return;
    const ended = new Promise((resolve) => sshd?.once('exit', resolve));
    const sessions = sessionsOf(sshd);
    sshd.kill('SIGKILL');
    await ended;
    sshd = undefined;
    for (const pid of sessions) killIfThere(pid);
  };
  await start();
  return {
    user, home, folder, port, stateFolder, identityFile: join(folder, 'id'), knownHostsFile, hostKeys, cutSessions, stop, start,
    host: (ssh = {}) => ({
      name: 'om-1', address: '127.0.0.1', ssh: { user, port, identityFile: join(folder, 'id'), knownHostsFile, ...ssh },
    }),
    allowBySudo(...rules) {
      const lines = rules.map((rule) => (rule.startsWith('Defaults') ? rule.replace('Defaults', `Defaults:${user}`) : `${user} ${rule}`));
      writeFileSync(`/etc/sudoers.d/${user}`, `${lines.join('\n')}\n`, { mode: 0o440 });
    },
    async close() {
      await stop();
      if (isRoot()) removeUser(user);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a condition holds; says which when it never does. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never seen: ${what}`);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

// Numbers of their own: what a test's user runs is ended by number, and hosts of a lab beside it have users from 1000 on.
const NUMBERS = ['-K', 'UID_MIN=20000', '-K', 'UID_MAX=29999'];

function makeUser(user: string): void {
  removeUser(user);
  execFileSync('useradd', [...NUMBERS, '-m', '-s', '/bin/bash', user]);
  execFileSync('chpasswd', { input: `${user}:${TEST_PASSWORD}\n` });
}

/** Ends what the user still runs, too: a test that failed leaves its job waiting. */
function removeUser(user: string): void {
  const known = readFileSync('/etc/passwd', 'utf8').includes(`\n${user}:`);
  const living = known ? spawnSync('ps', ['-o', 'pid=', '-u', user], { encoding: 'utf8' }).stdout.trim().split(/\s+/) : [];
  for (const pid of living) if (pid !== '') killIfThere(Number(pid));
  rmSync(`/etc/sudoers.d/${user}`, { force: true });
  if (known) execFileSync('userdel', ['-f', '-r', user], { stdio: 'ignore' });
}

function keygen(file: string, type: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'test', '-f', file]);
}

function publicKey(folder: string, type: string): string {
  return readFileSync(join(folder, `host_${type}.pub`), 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function listening(port: number): Promise<void> {
  await until(`sshd on port ${port}`, () => new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  }));
}

/** The processes of sshd that serve one connection each: its children and theirs. */
function sessionsOf(sshd: ChildProcess | undefined): readonly number[] {
  if (sshd?.pid === undefined) return [];
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n').map((row) => row.trim().split(/\s+/));
  const below = (parent: number): number[] => rows
    .filter(([, ppid, name]) => Number(ppid) === parent && name?.startsWith('sshd'))
    .flatMap(([pid]) => [...below(Number(pid)), Number(pid)]);
  return below(sshd.pid);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Connections to it, with the secrets that tests refer to: PASSWORD is the user's, WRONG is not. */
export function hostsOf(sshd: RealSshd, env: Readonly<Record<string, string>> = {}): Hosts {
  const places = { folder: sshd.folder, env: { PASSWORD: TEST_PASSWORD, WRONG: 'wrong-password', ...env } };
  return createHosts({ ...places, secrets: createSecrets(places), stateFolder: sshd.stateFolder });
}

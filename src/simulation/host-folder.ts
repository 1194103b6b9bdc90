/**
 * The folder that is a simulated host's root: the machine's harmless programs by links, the host's own programs as
 * scripts, and the tree of the product where the host has one.
 */
import { accessSync, chmodSync, constants, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MONGODUMP } from './programs/database.ts';
import { DPKG, DPKG_DEB, DPKG_QUERY } from './programs/packages.ts';
import { CHOWN, CP, FIND, HOSTNAME, ID, INSTALL, PS, SERVICE, SHA256SUM, SOCAT, STAT, SUDO, WHOAMI } from './programs/tools.ts';

/** Programs of the machine that a host may use as they are. What the machine lacks, the host lacks. */
const LINKED = [
  '[', 'awk', 'base64', 'basename', 'cat', 'chmod', 'cksum', 'cmp', 'comm', 'cut', 'date', 'dd', 'df', 'diff', 'dirname', 'echo',
  'env', 'expr', 'false', 'flock', 'grep', 'gzip', 'head', 'kill', 'ln', 'ls', 'mkdir', 'mkfifo', 'mktemp', 'mv', 'nohup', 'od',
  'paste', 'perl', 'printenv', 'printf', 'pwd', 'readlink', 'realpath', 'rm', 'rmdir', 'sed', 'seq', 'setsid', 'sh', 'sha256sum',
  'shasum', 'sleep', 'sort', 'sync', 'sysctl', 'tail', 'tar', 'tee', 'test', 'timeout', 'touch', 'tr', 'true', 'truncate', 'uname',
  'uniq', 'wc', 'xargs',
] as const;

const OWN: Readonly<Record<string, string>> = {
  chgrp: CHOWN, chown: CHOWN, cp: CP, dpkg: DPKG, 'dpkg-deb': DPKG_DEB, 'dpkg-query': DPKG_QUERY, find: FIND, hostname: HOSTNAME, id: ID,
  install: INSTALL, mongodump: MONGODUMP, ps: PS, service: SERVICE, socat: SOCAT, stat: STAT, sudo: SUDO, whoami: WHOAMI,
};

/** Programs of the machine that the host's own ones call, by the name under which they find them. */
const REAL = { SIM_REAL_CP: 'cp', SIM_REAL_FIND: 'find', SIM_REAL_INSTALL: 'install', SIM_REAL_PS: 'ps', SIM_REAL_STAT: 'stat' } as const;

/** What is installed on a host, beside what every host has. */
export interface ProductOnHost {
  /** Programs of its own on the host's PATH. */
  readonly programs?: Readonly<Record<string, string>> | undefined;
  /** Puts its tree below the host's folder. */
  layOut(folder: string): void;
}

export interface HostFolder {
  readonly folder: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface HostFolderOptions {
  readonly name: string;
  readonly user: string;
  readonly folder: string;
  /** What all hosts of the simulation share. */
  readonly shared: string;
  readonly installSeconds: number;
  /** What sudo asks for; without one it asks for none. */
  readonly sudoPassword?: string | undefined;
  readonly product?: ProductOnHost | undefined;
}

export function layOutHost(options: HostFolderOptions): HostFolder {
  const { folder, user, name } = options;
  const home = join(folder, 'home', user);
  for (const inside of ['usr/bin', 'usr/local', 'etc/init.d', 'var/lib/dpkg/info', 'var/log', 'var/tmp', 'var/cache', 'run', 'tmp', 'root', 'backup', 'opt', `home/${user}`]) {
    mkdirSync(join(folder, inside), { recursive: true });
  }
  for (const link of ['bin', 'sbin', 'usr/sbin', 'usr/local/bin', 'usr/local/sbin']) symlinkSync(join(folder, 'usr/bin'), join(folder, link));
  for (const program of LINKED) {
    const real = onMachine(program);
    if (real !== undefined) symlinkSync(real, join(folder, 'usr/bin', program));
  }
  if (onMachine('sha256sum') === undefined) writeProgram(join(folder, 'usr/bin/sha256sum'), SHA256SUM);
  for (const [program, text] of Object.entries({ ...OWN, ...options.product?.programs })) writeProgram(join(folder, 'usr/bin', program), text);
  if (options.sudoPassword !== undefined) writeFileSync(join(folder, 'etc/sudo-password'), `${options.sudoPassword}\n`, { mode: 0o600 });
  options.product?.layOut(folder);
  const env: Record<string, string> = {
    PATH: join(folder, 'usr/bin'), HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/sh', LC_ALL: 'C', TMPDIR: join(folder, 'tmp'),
    SIM_FOLDER: folder, SIM_SHARED: options.shared, SIM_HOST: name, SIM_USER: user, SIM_PID: String(process.pid), SIM_NODE: process.execPath,
    SIM_INSTALL_SECONDS: String(options.installSeconds),
  };
  for (const [variable, program] of Object.entries(REAL)) env[variable] = onMachine(program) ?? program;
  return { folder, home, env };
}

export function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** Where the machine has a program; undefined when it has none. */
function onMachine(program: string): string | undefined {
  const places = ['/bin', '/usr/bin', '/sbin', '/usr/sbin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return places.map((place) => join(place, program)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not to be run by us: the next place
    }
  });
}

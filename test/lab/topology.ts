/**
 * The lab for tests: three application hosts, a daemon-only host, a load balancer and the Application Database.
 *
 * The tests themselves must run on the lab's network: `test/lab/lab ctl npx vitest run …` with the same LAB_NAME. One
 * vitest process is one lab; its files must not run at the same time.
 */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Behaviour, Install, Package, Violation } from './records.ts';

const PROGRAM = fileURLToPath(new URL('lab', import.meta.url));
/** Where the tests are on the lab's network. */
export const CONTROL_ADDRESS = '10.77.0.1';
/** What `sudo` asks for on om-2, and what the operator's login accepts everywhere. */
export const SUDO_PASSWORD = 'ops-pass';
/** The programmatic API key that the stand-ins know. */
export const API_KEY = { publicKey: 'labkey', privateKey: 'a17e5d9c-0000-4000-8000-1a2b3c4d5e6f' } as const;

export const ADDRESSES = {
  'om-1': '10.77.0.11',
  'om-2': '10.77.0.12',
  'om-3': '10.77.0.13',
  'bkp-1': '10.77.0.14',
  'lb-1': '10.77.0.15',
} as const;
export type LabHost = keyof typeof ADDRESSES;
/** What Ops Manager was installed from. */
export const platformOf = (host: LabHost): Package['platform'] => (TARBALL_HOSTS.includes(host) ? 'linux' : host === 'om-3' ? 'rhel' : 'debian');
/** Hosts with a tarball; by hand LAB_TARBALL_HOSTS names others. */
const TARBALL_HOSTS: readonly string[] = (process.env['LAB_TARBALL_HOSTS'] ?? 'bkp-1').split(' ');
/** Where Ops Manager is on the host. */
export const treeOf = (host: LabHost): string => (platformOf(host) === 'linux' ? '/srv/ops-manager' : '/opt/mongodb/mms');

export interface LabOptions {
  /** LAB_NAME; default: of the environment, else "lk". */
  readonly name?: string;
  /** A sudoers file for the operator on every host but om-2; default: test/lab/sudoers. Another file prepares the lab anew. */
  readonly sudoers?: string;
}

export interface Lab {
  readonly name: string;
  /** The operator's login and what pins the hosts' keys. */
  readonly keys: { readonly user: 'ops'; readonly identityFile: string; readonly knownHostsFile: string };
  readonly applicationDatabaseUri: string;
  /** Everything as on the first day: 4.4.13 running everywhere, no violations, no installs, no traces. A few seconds. */
  reset(): Promise<void>;
  /** Runs a shell script as root on the host, without SSH, and returns its output. Rejects when it fails. */
  sh(host: LabHost, script: string, input?: string | Uint8Array): Promise<string>;
  /** Sets behaviour switches of the stand-ins on a host; `undefined` takes one back. */
  behave(host: LabHost, behaviour: Behaviour): Promise<void>;
  /** What must never happen and did. */
  violations(): Promise<readonly Violation[]>;
  /** The installs that were begun on the host since the reset, up or off. */
  installs(host: LabHost): Promise<readonly Install[]>;
  /** A stand-in package by its release, as "4.4.18", or "other" for another product's; a .deb unless asked otherwise. */
  package(release: string, platform?: Package['platform']): Package;
  /** A power cut: the host's peers hear nothing. `up` brings it back. */
  kill(host: LabHost): Promise<void>;
  up(host: LabHost): Promise<void>;
  /** Orderly, from inside; resolves when it was asked for. `waitForSsh` tells when it is back. */
  reboot(host: LabHost): Promise<void>;
  waitForSsh(host: LabHost): Promise<void>;
  /** Packets vanish silently, both ways. */
  partition(host: LabHost): Promise<void>;
  heal(host: LabHost): Promise<void>;
  freeze(host: LabHost): Promise<void>;
  thaw(host: LabHost): Promise<void>;
  /** `hide`: from workers, which run at the control address; the hosts still reach it. A reset shows it. */
  /** The host's clock is so many seconds ahead (or behind) from now on, and the times of its files with it; 0 sets it right. Only sysv hosts. */
  setClock(host: LabHost, seconds: number): Promise<void>;
  applicationDatabase(verb: 'start' | 'stop' | 'hide' | 'show'): Promise<void>;
  /** Any other command of `test/lab/lab`. */
  run(...words: string[]): Promise<string>;
}

/** Why no lab can be had on this machine, in a sentence; undefined when one can. */
export function labPossible(): string | undefined {
  if (process.platform !== 'linux') return 'a lab of real hosts needs Linux';
  const check = spawnSync(PROGRAM, ['check'], { encoding: 'utf8' });
  return check.status === 0 ? undefined : check.stdout.trim() || check.stderr.trim() || 'the lab does not run here';
}

/** Whether this process runs on a lab's network, as `lab ctl` makes it. */
export function insideLab(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((each) => each.address === CONTROL_ADDRESS));
}

/** The lab, prepared and running; quick when it already is. Its state may be whatever the last test left: `reset()` first. */
export async function startLab({ name = process.env['LAB_NAME'] ?? 'lk', sudoers }: LabOptions = {}): Promise<Lab> {
  if (!insideLab()) throw new Error(`these tests must run on the lab's network: LAB_NAME=${name} test/lab/lab ctl npx vitest run …`);
  const env = { ...process.env, LAB_NAME: name, ...(sudoers === undefined ? {} : { LAB_SUDOERS: sudoers }) };
  const run = (...words: string[]): Promise<string> => runLab(words, env);
  await run('installation', 'start');
  const knownHostsFile = (await run('known-hosts')).trim();
  const packages = (await run('packages')).trim();
  const manifest = JSON.parse(readFileSync(`${packages}/manifest.json`, 'utf8')) as Package[];
  const plain = (verb: string) => async (host: LabHost) => void (await run(verb, host));

  return {
    name,
    keys: { user: 'ops', identityFile: knownHostsFile.replace(/known_hosts$/, 'keys/id_ed25519'), knownHostsFile },
    applicationDatabaseUri: (await run('appdb', 'uri')).trim(),
    reset: async () => void (await run('installation', 'reset')),
    sh: (host, script, input) => runLab(['sh', host, 'sh', '-c', script], env, input),
    behave: async (host, behaviour) => void (await run('sh', host, 'sh', '-c', SET_SWITCHES, 'behave', ...switches(behaviour))),
    violations: async () => jsonLines<Violation>(await run('violations')),
    installs: async (host) => jsonLines<Install>(await run('record', host, 'installs')).filter((each) => each.event === 'begun'),
    package: (release, platform = 'debian') => {
      const found = manifest.find((each) => each.release === release && each.platform === platform);
      if (!found) throw new Error(`there is no stand-in package of ${release} for ${platform}; there are ${manifest.map((each) => each.file).join(', ')}`);
      return { ...found, file: `${packages}/${found.file}` };
    },
    kill: plain('kill'),
    up: plain('up'),
    reboot: plain('reboot'),
    waitForSsh: plain('wait'),
    partition: plain('partition'),
    heal: plain('heal'),
    freeze: plain('freeze'),
    thaw: plain('thaw'),
    setClock: async (host, seconds) => void (await run('sh', host, 'sh', '-c', SET_CLOCK, 'clock', `${seconds < 0 ? '' : '+'}${seconds}`)),
    applicationDatabase: async (verb) => void (await run('appdb', verb)),
    run,
  };
}

// No namespace holds the wall clock, so libfaketime tells every program another time. Only sshd's own processes keep the
// real one: in their sandbox they may not read which it is. Sessions and what sudo starts have the host's.
const SET_CLOCK = `chmod 777 /dev/shm && echo "$1" >/etc/faketimerc && ls /usr/lib/*/faketime/libfaketime.so.1 >/etc/ld.so.preload || exit 1
  [ "$1" != +0 ] || rm /etc/ld.so.preload
  kill $(ps -eo pid=,args= | sed -n 's/^ *\\([0-9]*\\) sshd: .*listener.*/\\1/p') && sleep 0.2 && FAKETIME=+0 setsid -f /usr/sbin/sshd </dev/null >/dev/null 2>&1`;

// Pairs of a switch and its value; an empty value takes it back. No value is ever part of the script.
const SET_SWITCHES = `cd /var/lib/stand-in/behaviour && while [ $# -gt 0 ]; do
  if [ -n "$2" ]; then printf %s "$2" >"$1"; else rm -f "$1"; fi; shift 2; done`;

function switches(behaviour: Behaviour): string[] {
  return Object.entries(behaviour).flatMap(([name, value]) => [name, value === undefined ? '' : String(value)]);
}

function jsonLines<T>(text: string): T[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

function runLab(words: readonly string[], env: NodeJS.ProcessEnv, input?: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(PROGRAM, words, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`lab ${words.join(' ')}: ${stderr.trim() || stdout.trim() || error.message}`));
      else resolve(stdout);
    });
    child.stdin?.end(input);
  });
}

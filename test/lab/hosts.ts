/** What tests do with the hosts of a lab, whatever is installed on them. Each installation adds its own (topology.ts, urbancode.ts). */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Package } from './records.ts';

const PROGRAM = fileURLToPath(new URL('lab', import.meta.url));
/** Where the tests are on the lab's network. */
export const CONTROL_ADDRESS = '10.77.0.1';
/** What `sudo` asks for on the host where it does, and what the operator's login accepts everywhere. */
export const SUDO_PASSWORD = 'ops-pass';

/** What one installation's stand-ins are told and write down. */
export interface Kinds {
  readonly host: string;
  readonly behaviour: object;
  readonly violation: object;
  readonly install: { readonly event: string };
}

export interface LabHosts<Of extends Kinds> {
  readonly name: string;
  /** The operator's login and what pins the hosts' keys. */
  readonly keys: { readonly user: 'ops'; readonly identityFile: string; readonly knownHostsFile: string };
  /** Runs a shell script as root on the host, without SSH, and returns its output. Rejects when it fails. */
  sh(host: Of['host'], script: string, input?: string | Uint8Array): Promise<string>;
  /** Sets behaviour switches of the stand-ins on a host; `undefined` takes one back. */
  behave(host: Of['host'], behaviour: Of['behaviour']): Promise<void>;
  /** What must never happen and did. */
  violations(): Promise<readonly Of['violation'][]>;
  /** The installs that were begun on the host since the reset, up or off. */
  installs(host: Of['host']): Promise<readonly Of['install'][]>;
  /** A power cut: the host's peers hear nothing. `up` brings it back. */
  kill(host: Of['host']): Promise<void>;
  up(host: Of['host']): Promise<void>;
  /** Orderly, from inside; resolves when it was asked for. `waitForSsh` tells when it is back. */
  reboot(host: Of['host']): Promise<void>;
  waitForSsh(host: Of['host']): Promise<void>;
  /** Packets vanish silently, both ways. */
  partition(host: Of['host']): Promise<void>;
  heal(host: Of['host']): Promise<void>;
  freeze(host: Of['host']): Promise<void>;
  thaw(host: Of['host']): Promise<void>;
  /** The host's clock is so many seconds ahead (or behind) from now on, and the times of its files with it; 0 sets it right. Only sysv hosts. */
  setClock(host: Of['host'], seconds: number): Promise<void>;
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

/** The lab's hosts after `lab START…`. Rejects outside the lab's network, and with the lab's own words when it fails. */
export async function startHosts<Of extends Kinds>(start: readonly string[], { name = process.env['LAB_NAME'] ?? 'lk', settings = {} }: {
  readonly name?: string | undefined; readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<LabHosts<Of>> {
  if (!insideLab()) throw new Error(`these tests must run on the lab's network: LAB_NAME=${name} test/lab/lab ctl npx vitest run …`);
  const env = { ...process.env, LAB_NAME: name, ...settings };
  const run = (...words: string[]): Promise<string> => runLab(words, env);
  await run(...start);
  const knownHostsFile = (await run('known-hosts')).trim();
  const plain = (verb: string) => async (host: Of['host']) => void (await run(verb, host));

  return {
    name,
    keys: { user: 'ops', identityFile: knownHostsFile.replace(/known_hosts$/, 'keys/id_ed25519'), knownHostsFile },
    sh: (host, script, input) => runLab(['sh', host, 'sh', '-c', script], env, input),
    behave: async (host, behaviour) => void (await run('sh', host, 'sh', '-c', SET_SWITCHES, 'behave', ...switches(behaviour))),
    violations: async () => jsonLines<Of['violation']>(await run('violations')),
    installs: async (host) => jsonLines<Of['install']>(await run('record', host, 'installs')).filter((each) => each.event === 'begun'),
    kill: plain('kill'),
    up: plain('up'),
    reboot: plain('reboot'),
    waitForSsh: plain('wait'),
    partition: plain('partition'),
    heal: plain('heal'),
    freeze: plain('freeze'),
    thaw: plain('thaw'),
    setClock: async (host, seconds) => void (await run('sh', host, 'sh', '-c', SET_CLOCK, 'clock', `${seconds < 0 ? '' : '+'}${seconds}`)),
    run,
  };
}

/** How to find a stand-in package by its release and platform, with the path of its file. */
export async function packagesOf<Of extends Kinds>(lab: LabHosts<Of>): Promise<(release: string, platform: Package['platform']) => Package> {
  const packages = (await lab.run('packages')).trim();
  const manifest = JSON.parse(readFileSync(`${packages}/manifest.json`, 'utf8')) as Package[];
  return (release, platform) => {
    const found = manifest.find((each) => each.release === release && each.platform === platform);
    if (!found) throw new Error(`there is no stand-in package of ${release} for ${platform}; there are ${manifest.map((each) => each.file).join(', ')}`);
    return { ...found, file: `${packages}/${found.file}` };
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

function switches(behaviour: object): string[] {
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

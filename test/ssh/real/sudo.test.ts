/** Needs root on Linux, with sudo: it makes a user and says in sudoers what it may do. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { escaped } from '../../../src/cli/render/sudoers.ts';
import type { Hosts, HostSession } from '../../../src/ssh/port.ts';
import { sudoRefusal, sudoWords } from '../../../src/ssh/sudo.ts';
import { asLogin, asRoot } from '../../../src/upgrade/command.ts';
import type { SshSettings } from '../../../src/upgrade/installation.ts';
import { TEST_PASSWORD, hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
beforeAll(async () => {
  sshd = await startSshd('sudo');
  hosts = hostsOf(sshd);
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});

const session = (ssh: Partial<SshSettings> = {}): HostSession => hosts.session(sshd.host(ssh));
const withPassword = (): HostSession => session({ sudoPassword: { env: 'PASSWORD' } });
const error = (promise: Promise<unknown>): Promise<Error> => promise.then(() => new Error('no error'), (thrown: unknown) => thrown as Error);

describe('the words of a command', () => {
  it.each([
    [asLogin('id'), false, 'id'],
    [asRoot('dpkg', '-i', 'a b'), false, 'sudo|-n|--|dpkg|-i|a b'],
    [asRoot('-x'), true, 'sudo|-A|--|-x'],
    [{ argv: ['id'], as: { user: 'mms' } }, true, 'sudo|-A|-H|-u|mms|--|id'],
  ] as const)('%o with password %s', (command, password, words) => {
    expect(sudoWords(command, password).join('|')).toBe(words);
  });
});

describe('sudo', () => {
  it('without a password runs what sudoers allows, as the user asked for', async () => {
    sshd.allowBySudo('ALL=(ALL) NOPASSWD: ALL');
    expect((await session().run(asRoot('id', '-u'))).stdout).toBe('0\n');
    expect((await session().run({ argv: ['id', '-un'], as: { user: 'nobody' } })).stdout).toBe('nobody\n');
    expect((await session().run(asRoot('sh', '-c', 'echo no >&2; exit 1')))).toMatchObject({ code: 1, stderr: 'no\n' });
  });

  it.each([
    ['it asks for it', 'Defaults passwd_tries=3', 'ALL=(ALL) ALL'],
    ['no ticket is ever kept', 'Defaults timestamp_timeout=0', 'ALL=(ALL) ALL'],
    ['it is not asked for', 'Defaults passwd_tries=3', 'ALL=(ALL) NOPASSWD: ALL'],
    ['only some commands ask for it', 'Defaults passwd_tries=3', 'ALL=(ALL) ALL, NOPASSWD: /usr/bin/cat'],
  ])('with a password gives it to sudo alone when %s: the command finds its own stdin', async (_when, ...rules) => {
    sshd.allowBySudo(...rules);
    for (let twice = 0; twice < 2; twice += 1) {
      expect(await withPassword().run(asRoot('cat'), { stdin: 'mine\n' })).toMatchObject({ code: 0, stdout: 'mine\n', stderr: '' });
      expect(await withPassword().run(asRoot('cat'))).toMatchObject({ code: 0, stdout: '' });
    }
  });

  it('never shows the password: not in a process, an environment or a file', async () => {
    sshd.allowBySudo('Defaults timestamp_timeout=0', 'ALL=(ALL) ALL');
    const begun = join(sshd.home, 'begun');
    const running = withPassword().run(asRoot('sh', '-c', 'touch "$1"; sleep 1', 'sh', begun));
    await until('the command', () => existsSync(begun));
    const seen = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/environ`, 'latin1');
      } catch {
        return ''; // it ended meanwhile
      }
    }).join('\n');
    expect(seen).toContain('touch "$1"; sleep 1');
    expect(seen).not.toContain(Buffer.from(TEST_PASSWORD).toString('latin1'));
    const search = 'find "$HOME" /tmp /dev/shm -user "$(id -u)" -type f -exec grep -lF -e "$1" {} + 2>/dev/null; true';
    const files = await session().run(asLogin('sh', '-c', search, 'sh', TEST_PASSWORD.slice(0, 12)));
    expect(files.stdout).toBe('');
    await running;
    expect((await session().run(asLogin('sh', '-c', 'ls -d /tmp/*/ask 2>/dev/null; true'))).stdout).toBe('');
  });

  it.each([
    ['a password is required', ['ALL=(ALL) ALL'], {}, /a password is required.*set ssh.sudoPassword/],
    ['the password is wrong', ['ALL=(ALL) ALL'], { sudoPassword: { env: 'WRONG' } }, /1 incorrect password attempt.*set ssh.sudoPassword/],
    ['sudoers does not allow it', ['ALL=(root) NOPASSWD: /usr/bin/true'], {}, /`sudo id -u`: .*(not allowed|password is required)/],
    ['sudoers does not know the user', [], { sudoPassword: { env: 'PASSWORD' } }, /not in the sudoers file.*allow it in the host's sudoers/],
    ['the password is not set on the worker', ['ALL=(ALL) ALL'], { sudoPassword: { env: 'MISSING' } }, /environment variable MISSING is not set/],
  ])('is refused with the command and the way out when %s', async (_when, rules, ssh, says) => {
    sshd.allowBySudo('Defaults passwd_tries=3,timestamp_timeout=0', ...rules);
    expect(await error(session(ssh).run(asRoot('id', '-u')))).toMatchObject({ name: 'Refused', message: expect.stringMatching(says) as string });
  });

  it.each([
    ['without a password', 'NOPASSWD:', {}],
    ['with a password that it asks for each time', '', { sudoPassword: { env: 'PASSWORD' } }],
  ])('says of many commands at once which it would run, %s, word for word, and runs none', async (_when, tag, ssh) => {
    const words = ['/allowed', 'a  b', "it's", '"x"', 'new\nline', '$HOME', '`id`', '\\', '*', ''];
    sshd.allowBySudo('Defaults timestamp_timeout=0', `ALL=(root) ${tag} /usr/bin/touch "", /usr/bin/true`, ...words.filter((word) => /^[^\n"]+$/.test(word)).map((word) => `ALL=(root) ${tag} /usr/bin/touch ${escaped(word)}`));
    const forbidden = await session(ssh).sudoForbids([...words, '/other'].map((word) => asRoot('touch', word)).concat(asLogin('touch', '/other'), asRoot('true'), { argv: ['true'], as: { user: 'nobody' } }, asRoot('no-such-program', '-x')));
    expect(forbidden.map(({ command }) => command.argv.at(-1))).toEqual(['"x"', 'new\nline', '', '/other', 'true', '-x']);
    expect(forbidden.map(({ missing }) => missing)).toEqual([...Array.from({ length: 5 }), 'no-such-program']);
    expect(forbidden[3]?.why).toMatch(/^sudo on om-1 did not run `sudo touch \/other`: .*\. Nothing was done; /);
    expect(existsSync('/allowed')).toBe(false);
  });

  it('gets a wrong password once, however many commands it is asked about', async () => {
    const log = join(sshd.folder, 'sudo.log');
    sshd.allowBySudo(`Defaults logfile=${log},listpw=all`, 'ALL=(ALL) ALL, NOPASSWD: /usr/bin/true');
    const forbidden = await session({ sudoPassword: { env: 'WRONG' } }).sudoForbids(['true', 'id', 'cat', 'ls'].map((program) => asRoot(program)));
    expect(forbidden.map(({ why }) => why)).toEqual([
      expect.stringMatching(/1 incorrect password attempt.*set ssh.sudoPassword/),
      ...Array.from({ length: 3 }, () => expect.stringMatching(/was not asked, because the password is wrong.*set ssh.sudoPassword/) as string),
    ]);
    expect(readFileSync(log, 'utf8').match(/incorrect password attempt/g)).toHaveLength(1);
  });

  it('that refused inside a remote job is told from a command that failed', async () => {
    sshd.allowBySudo('ALL=(ALL) ALL');
    const attempt = (step: string) => ({ token: `run-1/${step}:om-1#1`, owner: { workflowId: 'w', firstExecutionRunId: 'run-1' }, stepNumber: 1, mode: 'act' as const });
    const wrong = session({ sudoPassword: { env: 'WRONG' } });
    const start = (from: HostSession, step: string) => from.startJob(attempt(step), { name: 'job', command: asRoot('sh', '-c', 'cat; exit 1'), unlocked: true });
    let refused: unknown;
    await until('the refusal', async () => {
      refused = await start(wrong, 'refused').then(() => undefined, (thrown: unknown) => thrown);
      return refused !== undefined;
    });
    expect(refused).toMatchObject({ name: 'Refused', message: expect.stringContaining('incorrect password') as string });
    await until('the failure', async () => (await start(withPassword(), 'failed')).state === 'finished');
    expect(await withPassword().readJob(attempt('failed'), 'job')).toEqual({ state: 'finished', code: 1, output: '' });
  });
});

describe('sudo that wants a terminal (requiretty)', () => {
  beforeAll(() => sshd.allowBySudo('Defaults requiretty', 'Defaults timestamp_timeout=0', 'ALL=(ALL) ALL, NOPASSWD: /usr/bin/cat'));

  it('gets one that nothing passes through: stdin, stdout, stderr and exit code are the command\'s own', async () => {
    const long = 'x'.repeat(300);
    const [asking, not] = [withPassword(), session()];
    expect(await asking.run(asRoot('sh', '-c', 'cat; echo "$1"; echo no >&2; exit 7', 'sh', `it's ${long}`), { stdin: 'mine\n' })).toMatchObject({ code: 7, stdout: `mine\nit's ${long}\n`, stderr: 'no\n' });
    expect(await not.run(asRoot('cat'), { stdin: 'mine\n' })).toMatchObject({ code: 0, stdout: 'mine\n', stderr: '' });
    expect(await asking.sudoForbids(['id', 'cat'].map((program) => asRoot(program)))).toEqual([]);
  });

  it('gets one in a remote job, also when that is the first that the connection does', async () => {
    const fresh = hostsOf(sshd);
    const attempt = { token: 'run-1/tty:om-1#1', owner: { workflowId: 'w', firstExecutionRunId: 'run-1' }, stepNumber: 1, mode: 'act' as const };
    const from = fresh.session(sshd.host({ sudoPassword: { env: 'PASSWORD' } }));
    await until('the end', async () => (await from.startJob(attempt, { name: 'job', command: asRoot('sh', '-c', 'id -u; exit 3'), unlocked: true })).state === 'finished');
    expect(await from.readJob(attempt, 'job')).toEqual({ state: 'finished', code: 3, output: '0\n' });
    await fresh.close();
  });
});

describe('sudo that wants a terminal which `script` cannot give', () => {
  it.each([['there is none', undefined], ['it is older than 2.25, and ends before its command', 'exit 0']])('is refused with the way out, because nothing that it says could be believed: %s', async (_why, text) => {
    sshd.allowBySudo('Defaults requiretty', 'ALL=(ALL) NOPASSWD: ALL');
    const folder = join(sshd.folder, 'first-on-path');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'script'), `#!/bin/sh\n${text ?? 'exit 127'}\n`, { mode: 0o755 });
    writeFileSync(join(sshd.home, '.bash_profile'), '');
    writeFileSync(join(sshd.home, '.bashrc'), `PATH=${folder}:$PATH\n`);
    const fresh = hostsOf(sshd);
    const on = fresh.session(sshd.host());
    for (const ask of [() => on.run(asRoot('id')), () => on.sudoForbids([asRoot('id')])]) {
      expect(await error(ask())).toMatchObject({ name: 'Refused', message: expect.stringMatching(/requiretty.*util-linux 2\.25.*!requiretty/) as string });
    }
    await fresh.close();
    rmSync(join(sshd.home, '.bashrc'));
  });
});

describe('a refusal', () => {
  it.each([
    ['sudo: a password is required\n', '', true],
    ['sudo: unable to resolve host om-1\nsudo: a password is required\n', '', true],
    ['Sorry, user ops is not allowed to execute \'/bin/ls\' as root on om-1.\n', '', true],
    ['ops is not in the sudoers file.\nThis incident has been reported to the administrator.\n', '', true],
    ['sh: 1: sudo: not found\n', '', true],
    ['sudo: unable to resolve host om-1\n', '', false],
    ['dpkg: error\n', '', false],
    ['sudo: a password is required\n', 'the command had begun\n', false],
    ['sudo: a password is required\nStopping failed\n', '', false],
  ])('%j is one: %s %s', (stderr, stdout, is) => {
    expect(sudoRefusal(asRoot('ls'), { code: 1, stdout, stderr }) !== null).toBe(is);
  });
});

/** Needs root on Linux, with tcsh and csh: it gives the login user one shell after another. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts, HostSession } from '../../../src/ssh/port.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import { hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

const NASTY = ["'", "'\\''", '$(reboot)', '$HOME', '`id`', '"', '\\', '\\\\', '!!', '!x', '~', '*', 'a\nb\n', '-n', '', ' ', '%s', '{a,b}', 'wörd 😀', 'x'.repeat(5_000)];
const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-banner-'));
let sshd: RealSshd;
let hosts: Hosts;
beforeAll(async () => {
  writeFileSync(join(folder, 'banner'), 'Authorised use only!\n'.repeat(40));
  sshd = await startSshd('shells', [`Banner ${folder}/banner`]);
  hosts = hostsOf(sshd);
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** sshd looks the shell up at login. */
function loginWith(shell: string): HostSession {
  execFileSync('usermod', ['-s', shell, sshd.user]);
  const session = hosts.session(sshd.host());
  session.cut();
  return session;
}

describe('a login with a banner and a noisy profile that leaves hardly a PATH', () => {
  it.each([
    ['/bin/bash', '.bashrc', 'echo noise; echo noise >&2; PATH=/nowhere'],
    ['/bin/tcsh', '.tcshrc', 'echo noise; set path=(/nowhere); set noglob'],
    ['/bin/bsd-csh', '.cshrc', 'echo noise; set path=(/nowhere)'],
  ])('works the same in %s', async (shell, profile, text) => {
    const session = loginWith(shell);
    writeFileSync(join(sshd.home, profile), `${text}\n`);
    expect((await session.run(asLogin('printenv', 'SHELL'))).stdout).toBe(`${shell}\n`);
    const ran = await session.run(asLogin('printf', '%s\\0', ...NASTY));
    expect(ran.stdout.split('\0').slice(0, -1)).toEqual(NASTY);
    expect(ran.stderr).toBe('');
    expect(await session.run(asLogin('sh', '-c', 'cat; echo "it is!" >&2; exit 3'), { stdin: 'fed\n' })).toEqual({ code: 3, stdout: 'fed\n', stderr: 'it is!\n', truncated: false });

    const attempt = { token: `run-1/step:${shell.slice(5)}#1`, owner: { workflowId: 'w', firstExecutionRunId: 'run-1' }, stepNumber: 1, mode: 'act' as const };
    await session.startJob(attempt, { name: 'job', command: asLogin('printf', '%s|', ...NASTY), unlocked: true });
    await until('its end', async () => (await session.readJob(attempt, 'job')).state === 'finished');
    expect(await session.readJob(attempt, 'job')).toEqual({ state: 'finished', code: 0, output: NASTY.map((word) => `${word}|`).join('') });

    const [from, to] = [join(folder, 'file'), join(sshd.home, `file of ${shell.slice(5)}!`)];
    writeFileSync(from, 'whole');
    await session.upload(from, to, { sha256: createHash('sha256').update('whole').digest('hex') });
    expect((await session.run(asLogin('cat', to))).stdout).toBe('whole');
  });

  it('that runs no command is refused with what it said', async () => {
    await expect(loginWith('/usr/sbin/nologin').run(asLogin('true'))).rejects.toMatchObject({
      name: 'Refused', message: expect.stringMatching(/^The login shell on om-1 did not run the command: This account is currently not available\. .*needs a shell that runs commands/) as string,
    });
  });
});

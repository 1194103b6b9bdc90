/** A host where nothing may be executed from home or the temporary folder, as hardening guides have it. Needs root on Linux. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts } from '../../../src/ssh/port.ts';
import { asLogin, asRoot } from '../../../src/upgrade/command.ts';
import { hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
beforeAll(async () => {
  sshd = await startSshd('noexec', ['SetEnv TMPDIR=/home/lockkeeper-noexec/tmp']);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `noexec,uid=${execFileSync('id', ['-u', sshd.user], { encoding: 'utf8' }).trim()}`, 'lockkeeper', sshd.home]);
  execFileSync('install', ['-d', '-o', sshd.user, `${sshd.home}/tmp`]);
  hosts = hostsOf(sshd);
});
afterAll(async () => {
  await hosts?.close();
  execFileSync('umount', ['-l', sshd.home]);
  await sshd?.close();
});

describe('home and temporary folder mounted noexec', () => {
  it('keep neither a job nor sudo with a password from running', async () => {
    sshd.allowBySudo('Defaults timestamp_timeout=0', 'ALL=(ALL) ALL');
    const session = hosts.session(sshd.host({ sudoPassword: { env: 'PASSWORD' } }));
    const tried = await session.run(asLogin('sh', '-c', 'cp /bin/true "$HOME/t" && cp "$HOME/t" "$TMPDIR/t"; "$HOME/t"; "$TMPDIR/t"'));
    expect(tried.stderr.match(/Permission denied/g), 'nothing can be executed there').toHaveLength(2);
    expect(await session.run(asRoot('id', '-u'))).toMatchObject({ code: 0, stdout: '0\n' });
    const attempt = { token: 'run-1/job:om-1#1', owner: { workflowId: 'w', firstExecutionRunId: 'run-1' }, stepNumber: 1, mode: 'act' as const };
    await until('the end', async () => (await session.startJob(attempt, { name: 'job', command: asRoot('sh', '-c', 'id -u; exit 3'), unlocked: true })).state === 'finished');
    expect(await session.readJob(attempt, 'job')).toEqual({ state: 'finished', code: 3, output: '0\n' });
  });
});

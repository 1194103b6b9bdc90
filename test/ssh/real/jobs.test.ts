import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jobOf, jobPath } from '../../../src/ssh/job-folder.ts';
import type { HostLock, Hosts, HostSession, JobSighting } from '../../../src/ssh/port.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import type { Attempt } from '../../../src/upgrade/outcome.ts';
import { startClient } from './client-process.ts';
import { hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
let session: HostSession;
let witness: string;
let lock: HostLock;
let upgrades = 0;
beforeAll(async () => {
  sshd = await startSshd('jobs');
  hosts = hostsOf(sshd);
  session = hosts.session(sshd.host());
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
  rmSync(join(sshd.home, '.lockkeeper'), { recursive: true, force: true });
});
beforeEach(async () => {
  upgrades += 1;
  witness = join(sshd.home, `witness-${process.pid}-${upgrades}`);
  lock = { clusterId: 'cluster', namespace: 'default', workflowId: 'upgrade/om-prod', firstExecutionRunId: `run-${process.pid}-${upgrades}`, stepNumber: 1 };
  expect(await session.takeLock(lock)).toEqual({ taken: true });
  return async () => {
    await session.releaseLock({ ...lock, stepNumber: 999 });
    rmSync(witness, { force: true });
  };
});

const attempt = (step = 'install', n = 1, stepNumber = 5): Attempt => ({
  token: `${lock.firstExecutionRunId}/${step}:om-1#${n}`, owner: lock, stepNumber, mode: 'act',
});
/** Writes a line when it begins; ends when the file \`<witness>.go\` is there. */
const patient = () => ({ name: 'job', command: asLogin('sh', '-c', 'echo begun >>"$1"; while [ ! -e "$1.go" ]; do sleep 0.05; done; rm "$1.go"; echo out; echo err >&2; exit 4', 'sh', witness) });
const quick = (name = 'job') => ({ name, command: asLogin('sh', '-c', 'echo begun >>"$1"', 'sh', witness) });
const letEnd = (): void => writeFileSync(`${witness}.go`, '');
const begun = (): number => (existsSync(witness) ? readFileSync(witness, 'utf8').trim().split('\n').length : 0);
const folderOf = (of: Attempt): string => join(sshd.home, '.lockkeeper/jobs', jobPath(of.token, 'job'));
const ended = async (of: Attempt): Promise<JobSighting> => {
  let seen: JobSighting = { state: 'absent' };
  await until('the job ended', async () => (seen = await session.readJob(of, 'job')).state !== 'running');
  return seen;
};
const pidIn = (of: Attempt, file: string): number => Number(readFileSync(join(folderOf(of), file), 'utf8').split(' ')[0]);
const killed = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGKILL');
  await until('it is dead', () => !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
};

describe('a remote job', () => {
  it('is started once, runs on by itself, and tells its output and exit status', async () => {
    expect(await session.readJob(attempt(), 'job')).toEqual({ state: 'absent' });
    expect(await session.startJob(attempt(), patient())).toMatchObject({ state: 'running' });
    expect(await session.livingJobs()).toContain(`${attempt().token}/job`);
    expect(await session.startJob(attempt(), patient())).toMatchObject({ state: 'running' });
    letEnd();
    expect(await ended(attempt())).toEqual({ state: 'finished', code: 4, output: 'out\nerr\n' });
    expect(await session.startJob(attempt(), patient())).toMatchObject({ state: 'finished', code: 4 });
    expect(begun()).toBe(1);
    expect(await session.livingJobs()).not.toContain(`${attempt().token}/job`);
  });

  it('is started once when many ask for it at the same time, over several connections', async () => {
    const others = [hostsOf(sshd), hostsOf(sshd), hostsOf(sshd)];
    const seen = await Promise.all(Array.from({ length: 12 }, (_, index) => (others[index % 3] ?? hosts).session(sshd.host()).startJob(attempt(), patient())));
    expect(seen.map(({ state }) => state)).toEqual(Array.from({ length: 12 }, () => 'running'));
    letEnd();
    await ended(attempt());
    expect(begun()).toBe(1);
    await Promise.all(others.map((other) => other.close()));
  });

  it('survives a cut connection', async () => {
    await session.startJob(attempt(), patient());
    session.cut();
    sshd.cutSessions();
    expect(await session.readJob(attempt(), 'job')).toMatchObject({ state: 'running' });
    letEnd();
    expect(await ended(attempt())).toMatchObject({ state: 'finished', code: 4 });
  });

  it('survives its client killed by kill -9, and is not started again by the next one', async () => {
    const client = startClient(join(sshd.folder, 'client'), {
      config: { folder: '/', env: {}, stateFolder: sshd.stateFolder },
      given: { host: sshd.host(), attempt: attempt(), job: patient() },
      body: 'console.log((await hosts.session(given.host).startJob(given.attempt, given.job)).state);',
    });
    const [said] = await once(client.stdout ?? client, 'data') as [Buffer];
    expect(String(said).trim()).toBe('running');
    client.kill('SIGKILL');
    await once(client, 'exit');
    expect(await session.startJob(attempt(), patient())).toMatchObject({ state: 'running' });
    letEnd();
    await ended(attempt());
    expect(begun()).toBe(1);
  });

  it('keeps every argument as it was, and an empty stdin', async () => {
    const words = ["it's", '$HOME', 'a\nb', '', '-n', '%s\\', 'wörd'];
    await session.startJob(attempt(), { name: 'job', command: asLogin('sh', '-c', 'cat; printf "%s|" "$@"', 'sh', ...words) });
    expect(await ended(attempt())).toEqual({ state: 'finished', code: 0, output: `${words.join('|')}|` });
  });

  it('shows the end of a long output', async () => {
    await session.startJob(attempt(), { name: 'job', command: asLogin('sh', '-c', 'seq 1 100000; echo the end') });
    const seen = await ended(attempt());
    expect(seen).toMatchObject({ state: 'finished', output: expect.stringMatching(/99999\n100000\nthe end\n$/) as string });
    expect('output' in seen && seen.output.length).toBe(32_768);
  });
});

describe('a job is lost, and nobody is told that it runs or ended', () => {
  it('when it was killed', async () => {
    await session.startJob(attempt(), patient());
    await killed(pidIn(attempt(), 'runner.pid'));
    // The command itself still lives: that is running.
    expect(await session.readJob(attempt(), 'job')).toMatchObject({ state: 'running', pid: pidIn(attempt(), 'child.pid') });
    await killed(pidIn(attempt(), 'child.pid'));
    expect(await session.readJob(attempt(), 'job')).toMatchObject({ state: 'lost', why: expect.stringContaining('killed, and nobody knows') as string });
    expect(await session.startJob(attempt(), patient())).toMatchObject({ state: 'lost' });
    expect(begun()).toBe(1);
  });

  it('when the host was restarted, though a process has its number', async () => {
    await session.startJob(attempt(), patient());
    const boot = join(folderOf(attempt()), 'boot');
    const before = readFileSync(boot, 'utf8');
    writeFileSync(boot, 'another boot\n');
    expect(await session.readJob(attempt(), 'job')).toMatchObject({ state: 'lost', why: expect.stringContaining('om-1 was restarted') as string });
    writeFileSync(boot, before);
    letEnd();
    expect(await ended(attempt())).toMatchObject({ state: 'finished' });
  });

  it('when its number now belongs to a process that started at another time', async () => {
    await session.startJob(attempt(), patient());
    for (const file of ['runner.pid', 'child.pid']) writeFileSync(join(folderOf(attempt()), file), `${pidIn(attempt(), file)} 1\n`);
    expect(await session.readJob(attempt(), 'job')).toMatchObject({ state: 'lost' });
    letEnd();
    await until('its end', async () => (await session.readJob(attempt(), 'job')).state === 'finished');
  });

  it('when its starter was killed after the claim: nothing was run, and nothing begins later', async () => {
    const folder = folderOf(attempt());
    mkdirSync(folder, { recursive: true });
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', sshd.user, join(sshd.home, '.lockkeeper')]);
    const seen = await session.startJob(attempt(), quick());
    expect(seen).toMatchObject({ state: 'lost', why: 'The job was claimed on om-1 but never begun: nothing was run.', nothingRan: true });
    expect(existsSync(join(folder, 'started'))).toBe(true);
    expect(await session.readJob(attempt(), 'job')).toEqual(seen);
    expect(begun()).toBe(0);
  });
});

describe('a job is refused, and nothing is run', () => {
  const refused = (why: RegExp) => ({ state: 'refused', why: expect.stringMatching(why) as string });

  it('without a lock, unless it is the canary', async () => {
    await session.releaseLock({ ...lock, stepNumber: 2 });
    expect(await session.startJob(attempt(), quick())).toEqual(refused(/no lock on om-1/));
    expect(begun()).toBe(0);
    await session.startJob(attempt('canary'), { ...quick(), unlocked: true });
    expect(await ended(attempt('canary'))).toMatchObject({ state: 'finished', code: 0 });
  });

  it('under the lock of another upgrade or another run', async () => {
    const stranger = { ...attempt(), owner: { ...attempt().owner, firstExecutionRunId: 'another' } };
    expect(await session.startJob(stranger, quick())).toEqual(refused(/held by upgrade\/om-prod \(run run-/));
    expect(await session.startJob({ ...attempt(), owner: { ...attempt().owner, workflowId: 'upgrade/other' } }, quick())).toMatchObject({ state: 'refused' });
    expect(begun()).toBe(0);
  });

  it('when a newer step has passed; the same token may still be looked at', async () => {
    await session.startJob(attempt('first', 1, 5), quick());
    await ended(attempt('first', 1, 5));
    await session.startJob(attempt('second', 1, 8), quick());
    await ended(attempt('second', 1, 8));
    expect((await session.readLock())?.stepNumber).toBe(8);
    expect(await session.startJob(attempt('frozen', 1, 7), quick())).toEqual(refused(/^Step 8 has already passed/));
    expect(await session.startJob(attempt('first', 1, 5), quick())).toMatchObject({ state: 'finished' });
    expect(begun()).toBe(2);
    expect((await session.readLock())?.stepNumber).toBe(8);
  });

  it('while another job of the upgrade lives, a decided retry too, unless it may run beside it', async () => {
    await session.startJob(attempt(), patient());
    expect(await session.startJob(attempt('install', 2, 6), quick())).toEqual(refused(new RegExp(`still runs on om-1: ${attempt().token}/job.*end it there`)));
    expect(begun()).toBe(1);
    await session.startJob(attempt('stop', 1, 7), { ...quick(), beside: true });
    expect(await ended(attempt('stop', 1, 7))).toMatchObject({ state: 'finished' });
    letEnd();
    await ended(attempt());
    await session.startJob(attempt('install', 2, 8), quick());
    expect(await ended(attempt('install', 2, 8))).toMatchObject({ state: 'finished' });
  });

  it('so that of several racing for different tokens one runs', async () => {
    const seen = await Promise.all([1, 2, 3, 4].map((n) => session.startJob(attempt('install', n, 5), patient())));
    expect(seen.map(({ state }) => state).sort()).toEqual(['refused', 'refused', 'refused', 'running']);
    letEnd();
    await until('its end', async () => !(await session.livingJobs()).some((job) => job.startsWith(lock.firstExecutionRunId)));
    expect(begun()).toBe(1);
  });
});

describe('the folders of an upgrade', () => {
  it('are swept when finished, and left while a job runs', async () => {
    await session.startJob(attempt('over'), quick());
    await ended(attempt('over'));
    await session.startJob(attempt('running'), patient());
    await session.sweepJobs(lock.firstExecutionRunId);
    expect(await session.readJob(attempt('over'), 'job')).toEqual({ state: 'absent' });
    expect(await session.readJob(attempt('running'), 'job')).toMatchObject({ state: 'running' });
    letEnd();
    await ended(attempt('running'));
    await session.sweepJobs(lock.firstExecutionRunId);
    expect(existsSync(join(sshd.home, '.lockkeeper/jobs', lock.firstExecutionRunId))).toBe(false);
  });

  it('are closed to other users, and hold commands that people can read', async () => {
    await session.startJob(attempt(), { name: 'job', command: asLogin('echo', "it's") });
    await ended(attempt());
    expect((await session.run(asLogin('stat', '-c', '%a', join(sshd.home, '.lockkeeper')))).stdout).toBe('700\n');
    expect(readFileSync(join(folderOf(attempt()), 'command'), 'utf8')).toContain(`Lockkeeper: ${attempt().token}/job\nexec echo 'it'\\''s'`);
  });

  it.each([['a/install:om-1#1', 'job'], ['a/../../x', '..'], ['run/.hidden/sub', 'a b'], ["r/it's*~", 'wörd%']])('are named by the token, safely: %s', (token, name) => {
    const path = jobPath(token, name);
    expect(path).toMatch(/^[A-Za-z0-9%_-][A-Za-z0-9%._-]*(\/[A-Za-z0-9%_-][A-Za-z0-9%._-]*){2}$/);
    expect(jobOf(path)).toBe(`${token}/${name}`);
  });

  it.each(['no-step', '/step', `run/${'x'.repeat(300)}`])('cannot be named by the token %s', (token) => {
    expect(() => jobPath(token, 'job')).toThrow(/job token|cannot name a folder/);
  });
});

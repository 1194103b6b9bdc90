import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { field, lockFile, parseLock, writeLock } from '../../../src/ssh/lock.ts';
import type { HostLock, Hosts, HostSession } from '../../../src/ssh/port.ts';
import { typed } from '../../../src/upgrade/command.ts';
import { makeLockFolder } from '../../../src/upgrade/state-folder.ts';
import { hostsOf, startSshd, type RealSshd } from './sshd.ts';

const MINE: HostLock = { clusterId: 'c-1', namespace: 'default', workflowId: 'upgrade/om prod\n%', firstExecutionRunId: 'run-1', stepNumber: 7 };
const OTHER: HostLock = { ...MINE, workflowId: 'upgrade/other', firstExecutionRunId: 'run-2' };

let sshd: RealSshd;
let hosts: Hosts;
let session: HostSession;
let file: string;
beforeAll(async () => {
  sshd = await startSshd('lock');
  hosts = hostsOf(sshd);
  session = hosts.session(sshd.host());
  file = lockFile(sshd.stateFolder);
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});
beforeEach(async () => {
  const held = await session.readLock();
  if (held) expect(await session.breakLock(held)).toBe(true);
  expect(await session.readLock()).toBeNull();
});

describe('the lock', () => {
  it('is read back as it was written, by everyone', async () => {
    expect(await session.takeLock(MINE)).toEqual({ taken: true });
    expect(await session.readLock()).toEqual(MINE);
    expect(readFileSync(file, 'utf8')).toBe('cluster=c-1\nnamespace=default\nworkflow=upgrade/om%20prod%0A%25\nrun=run-1\nstep=7\n');
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  it('is taken again by its owner, whose step number only grows', async () => {
    await session.takeLock(MINE);
    expect(await session.takeLock({ ...MINE, stepNumber: 3 })).toEqual({ taken: true });
    expect((await session.readLock())?.stepNumber).toBe(7);
    await session.takeLock({ ...MINE, stepNumber: 9 });
    expect((await session.readLock())?.stepNumber).toBe(9);
  });

  it.each([
    ['workflow', { workflowId: 'upgrade/other' }], ['run', { firstExecutionRunId: 'run-2' }],
    ['cluster', { clusterId: 'c-2' }], ['namespace', { namespace: 'other' }],
  ])('of another %s is not taken, and its holder is named', async (_what, difference) => {
    await session.takeLock({ ...MINE, ...difference });
    const answer = await session.takeLock(MINE);
    expect(answer).toMatchObject({ taken: false, heldBy: { ...MINE, ...difference }, why: expect.stringMatching(/^om-1 is locked by upgrade\//) as string });
    expect(await session.readLock()).toEqual({ ...MINE, ...difference });
  });

  it('is got by one of many that take it at the same time, and seen whole by all others', async () => {
    const takers = Array.from({ length: 9 }, (_, index) => ({ ...MINE, firstExecutionRunId: `run-${index}` }));
    const answers = await Promise.all(takers.map((taker) => session.takeLock(taker)));
    const holder = await session.readLock();
    expect(answers.filter((answer) => answer.taken)).toHaveLength(1);
    for (const answer of answers) if (!answer.taken) expect(answer.heldBy).toEqual(holder);
  });

  it('is got by one of two logins that cannot see each other', async () => {
    const other = await startSshd('lock-2');
    const folder = join(sshd.folder, 'shared');
    mkdirSync(join(folder, 'lock'), { recursive: true });
    chmodSync(join(folder, 'lock'), 0o777);
    const both = [hostsOf({ ...sshd, stateFolder: folder }), hostsOf({ ...other, stateFolder: folder })];
    const [one, two] = [both[0]?.session(sshd.host()), both[1]?.session(other.host())];
    for (let round = 0; round < 12; round += 1) {
      const answers = await Promise.all([one?.takeLock(MINE), two?.takeLock(OTHER)]);
      expect(answers.filter((answer) => answer?.taken)).toHaveLength(1);
      rmSync(lockFile(folder));
    }
    await Promise.all(both.map((hosts_) => hosts_.close()));
    await other.close();
  });

  it('is released by its owner only, and not by a step that another has overtaken', async () => {
    await session.takeLock(MINE);
    expect(await session.releaseLock(OTHER)).toBe(true); // none of that owner is there
    expect(await session.readLock()).toEqual(MINE);
    expect(await session.releaseLock({ ...MINE, stepNumber: 6 })).toBe(false);
    expect(await session.releaseLock({ ...MINE, stepNumber: 8 })).toBe(true);
    expect(await session.releaseLock(MINE)).toBe(true);
    expect(existsSync(file)).toBe(false);
  });

  it('is broken only when it is still exactly the one that was seen', async () => {
    await session.takeLock(OTHER);
    expect(await session.breakLock({ ...OTHER, stepNumber: 6 })).toBe(false);
    expect(await session.breakLock(OTHER)).toBe(true);
    expect(await session.takeLock(MINE)).toEqual({ taken: true });
  });

  it('that is not readable is nobody\'s: it is not taken, and the way out is said', async () => {
    writeFileSync(file, 'something else\n');
    expect(await session.takeLock(MINE)).toMatchObject({ taken: false, heldBy: null, why: expect.stringContaining(`${file} on om-1 is there but cannot be read`) as string });
    writeFileSync(file, `${writeLock(OTHER)}\n`);
  });
});

describe('the lock\'s folder', () => {
  /** Needs root on Linux with sudo: the folder is another's, or is not there at all. */
  it('is made with the one root command that is announced, and needs no other', async () => {
    const stateFolder = join(sshd.folder, 'new');
    const words = makeLockFolder(sshd.user, stateFolder).argv.join(' ');
    expect(words).toBe(`install -d -m 0755 -o ${sshd.user} ${stateFolder}/lock`);
    sshd.allowBySudo(`ALL=(root) NOPASSWD: /usr/bin/${words}`);
    const fresh = hostsOf({ ...sshd, stateFolder });
    expect(await fresh.session(sshd.host()).takeLock(MINE)).toEqual({ taken: true });
    expect(statSync(stateFolder).uid).toBe(0);
    expect(await fresh.session(sshd.host()).releaseLock(MINE)).toBe(true);
    await fresh.close();
  });

  it('that cannot be made is refused with the command', async () => {
    sshd.allowBySudo('ALL=(root) NOPASSWD: /usr/bin/true');
    const stateFolder = join(sshd.folder, 'not allowed');
    const fresh = hostsOf({ ...sshd, stateFolder });
    await expect(fresh.session(sshd.host()).takeLock(MINE)).rejects.toMatchObject({
      name: 'Refused', message: expect.stringContaining(typed(makeLockFolder(sshd.user, stateFolder))) as string,
    });
    await fresh.close();
  });
});

describe('a lock\'s text', () => {
  it.each(['', 'plain', 'wörd', 'a b', '%', 'line\nbreak', '=', 'upgrade/om-prod'])('carries %j', (text) => {
    expect(field(text)).toMatch(/^[\x21-\x7e]*$/);
    const lock = { ...MINE, workflowId: text || 'x' };
    expect(parseLock(writeLock(lock))).toEqual(lock);
  });

  it.each(['', 'cluster=a\nnamespace=b\nworkflow=c\nrun=d', 'cluster=a\nnamespace=b\nworkflow=c\nrun=d\nstep=x', 'cluster=%zz\nnamespace=b\nworkflow=c\nrun=d\nstep=1'])('that is not whole is no lock: %j', (text) => {
    expect(parseLock(text)).toBeNull();
  });
});

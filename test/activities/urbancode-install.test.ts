import { beforeEach, describe, expect, it } from 'vitest';
import type { ServerInstall } from '../../activities/urbancode-deploy/contract.ts';
import { UNPACKED, unpackedOf } from '../../src/products/urbancode-deploy/layout.ts';
import { Refused, Unreachable } from '../../src/ssh/errors.ts';
import { noteFile } from '../../src/upgrade/state-folder.ts';
import { MARK, PID_FILE } from './fake-server-host.ts';
import { FakeServers, PACKAGE } from './fake-servers.ts';

const NOTE = noteFile('install-begun');
const INSTALLER = 'sudo -H -u ucd sh -c \'cd "$1"';
const NAMES = ['ucd-1', 'ucd-2', 'ucd-3', 'ucd-4'];
let world: FakeServers;
beforeEach(() => {
  world = new FakeServers();
  world.stage();
  for (const name of NAMES) world.host(name).stopServer();
});

/** `n`: which decided try it is. */
const install = (name: string, { n = 1, first = true, mode = 'act', ...more }: Partial<ServerInstall> & { readonly n?: number; readonly first?: boolean; readonly mode?: 'act' | 'look' } = {}) => {
  const stop = { installation: world.installation, hosts: first ? NAMES : [name], everything: first };
  const attempt = { ...world.attempt(`install:${name}`, mode), token: `run-1/install:${name}#${n}` };
  return world.run('installServer', { host: world.on(name), attempt, package: PACKAGE, version: '7.3.2.1', fips: false, stop, again: false, ...more });
};
const noted = () => NAMES.map((name) => world.host(name).files.get(NOTE)?.content.trim() ?? null);
const begun = (name: string) => world.host(name).started.filter((command) => command.includes('lockkeeper-install')).length;
const diesHalfWay = (name: string) => world.host(name).effects.set(INSTALLER, () => ({ code: 1, output: 'Upgrading the database to 7.3.2.1\nInstall Failed.' }));

describe('an installer', () => {
  it('that is the first is noted on every host with its try before it begins, and nowhere once the mark is there', async () => {
    let before: readonly (string | null)[] = [];
    world.host('ucd-1').effects.set(INSTALLER, (host) => { before = noted(); host.mark = '7.3.2.1'; return { code: 0, output: 'Installer Complete.' }; });
    expect(await install('ucd-1')).toMatchObject({ outcome: 'done' });
    expect(before).toEqual(NAMES.map(() => expect.stringMatching(/^7\.3\.2\.1 on ucd-1, try run-1\/install:ucd-1#1, 1970-/)));
    expect(noted()).toEqual([null, null, null, null]);
  });

  it('that comes after the first is noted on its own host alone', async () => {
    diesHalfWay('ucd-2');
    expect(await install('ucd-2', { first: false })).toMatchObject({ outcome: 'failed', unfinished: true });
    expect(noted()).toEqual([null, expect.stringContaining('on ucd-2'), null, null]);
  });

  it('that ended half-way is not followed by another, whichever host that is to run on, before a person says that all is restored', async () => {
    diesHalfWay('ucd-1');
    expect(await install('ucd-1')).toMatchObject({ outcome: 'failed', unfinished: true });
    for (const name of ['ucd-1', 'ucd-2']) {
      expect(await install(name, { n: 2 })).toMatchObject({ outcome: 'failed', unfinished: true, evidence: expect.stringMatching(/began here before .*try run-1\/install:ucd-1#1,/) });
    }
    expect([begun('ucd-1'), begun('ucd-2')]).toEqual([1, 0]);
    expect(await install('ucd-2', { n: 3, again: true })).toMatchObject({ outcome: 'done' });
    expect(noted()).toEqual([null, null, null, null]);
  });

  it('whose connection broke between note and start is run by the same try\'s retry: nothing had begun', async () => {
    const host = world.host('ucd-1'), startJob = host.startJob.bind(host);
    host.startJob = async (attempt, job) => { if (job.name === 'install') throw new Unreachable('the connection broke.'); return startJob(attempt, job); };
    world.scheduled = world.clock.time;
    await expect(install('ucd-1')).rejects.toMatchObject({ name: 'Unreachable' });
    expect(noted()).not.toContain(null);
    host.startJob = startJob;
    world.clock.time += 60_000;
    expect(await install('ucd-1')).toMatchObject({ outcome: 'done' });
    expect([begun('ucd-1'), ...noted()]).toEqual([1, null, null, null, null]);
  });

  it('that was claimed on the host and never begun is no installer that began: the next try runs', async () => {
    world.host('ucd-1').effects.set(INSTALLER, (host, times) => {
      if (times === 1) return { code: 0, lost: 'The job was claimed on ucd-1 but never begun: nothing was run.', nothingRan: true };
      host.mark = '7.3.2.1';
      return { code: 0 };
    });
    for (const mode of ['act', 'look'] as const) {
      const seen = await install('ucd-1', { mode });
      expect([seen.outcome, seen.unfinished ?? false, noted()]).toEqual(['failed', false, [null, null, null, null]]);
    }
    expect(await install('ucd-1', { n: 2 })).toMatchObject({ outcome: 'done' });
  });

  it('that was killed may have changed anything', async () => {
    world.host('ucd-1').effects.set(INSTALLER, () => ({ code: 0, lost: 'it was killed.' }));
    for (const mode of ['act', 'look'] as const) expect(await install('ucd-1', { mode })).toMatchObject({ unfinished: true });
    expect(noted()).not.toContain(null);
  });

  it('is not run where a note cannot be read: time or a person cures that', async () => {
    world.host('ucd-3').looks.set(`cat -- ${NOTE}`, () => ({ code: 1, stderr: `cat: ${NOTE}: Permission denied\n` }));
    await expect(install('ucd-1')).rejects.toMatchObject({ type: 'NotNow', message: `ucd-3: whether it holds the note ${NOTE} could not be seen.` });
    expect(begun('ucd-1')).toBe(0);
  });

  it('is not run while another one is at work on any host', async () => {
    world.host('ucd-3').begin('/bin/sh ./install-server.sh', 'ucd');
    expect(await install('ucd-1')).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('ucd-3: An installer is at work there: process 102.') });
    expect([begun('ucd-1'), ...noted()]).toEqual([0, null, null, null, null]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['the answers were not written to their end', () => world.host('ucd-1').effects.set('sudo -H -u ucd sh -c \'umask', () => ({ code: 0, lost: 'it was killed.' })), /answers could not be written/],
    ['another host refuses its login', () => { const host = world.host('ucd-3'), run = host.run.bind(host); host.run = async (command) => { if (command.argv[0] === 'ps') throw new Refused('the login is refused.'); return run(command); }; }, /ucd-3: It cannot be looked at: the login is refused\./],
    ['another host is not locked any more', () => { world.host('ucd-3').lock = null; }, /There is no lock on ucd-3/],
    ['the host refuses the job, because another lives', () => { const host = world.host('ucd-1'), startJob = host.startJob.bind(host); host.startJob = async (attempt, job) => (job.name === 'install' ? { state: 'refused', why: 'stop:ucd-1 is at work.' } : startJob(attempt, job)); }, /stop:ucd-1 is at work/],
  ])('is not begun, noted nowhere, and surely changed nothing, where %s', async (_, keeps, why) => {
    keeps();
    const seen = await install('ucd-1');
    expect(seen).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(why) });
    expect([seen.unfinished ?? false, begun('ucd-1'), ...noted()]).toEqual([false, 0, null, null, null, null]);
  });

  it('begins right after the full stop was proven: the package, which is read for minutes, was read before', async () => {
    const host = world.host('ucd-1'), run = host.run.bind(host), order: string[] = [];
    host.run = async (command) => { order.push(command.argv[0]!); return run(command); };
    host.effects.set(INSTALLER, () => { order.push('installer'); host.mark = '7.3.2.1'; return { code: 0 }; });
    await install('ucd-1');
    const begins = order.indexOf('installer');
    expect(order.slice(order.lastIndexOf('ps', begins), begins)).not.toContain('sha256sum');
    expect(order.slice(0, begins)).toContain('sha256sum');
  });

  it('of which its host holds neither job nor note was not begun, whether other hosts and the mark can be seen or not', async () => {
    world.host('ucd-3').reachable = false;
    world.host('ucd-1').files.delete(MARK);
    const seen = await install('ucd-1', { mode: 'look' });
    expect([seen.outcome, seen.unfinished ?? false]).toEqual(['failed', false]);
    world.host('ucd-2').write(NOTE, '7.3.2.1 on ucd-2, try run-0/install:ucd-2#1, 2026-11-21T01:00:00.000Z');
    expect(await install('ucd-1', { mode: 'look' })).toMatchObject({ unfinished: true });
  });

  it('that refused at its first checks changed nothing and leaves no note; one that had changed the schema is half done, whatever it says', async () => {
    const refusal = 'Found pid file at /opt/ucd/server/var/server.pid. Ensure it is shut down.\nInstall Failed.';
    world.host('ucd-1').effects.set(INSTALLER, (_, times) => ({ code: 1, output: times === 1 ? refusal : `Found database upgrades, cancelling currently running processes\n${refusal}` }));
    const first = await install('ucd-1');
    expect(first).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('The installer changed nothing.') });
    expect([first.unfinished ?? false, ...noted()]).toEqual([false, null, null, null, null]);
    expect(await install('ucd-1', { n: 2 })).toMatchObject({ outcome: 'failed', unfinished: true });
    expect(noted()).not.toContain(null);
  });
});

describe('the answers to the installer', () => {
  it('are written by its user for nobody else, anew for every run, and gone with all that was unpacked once it is cleaned up', async () => {
    diesHalfWay('ucd-1');
    await install('ucd-1');
    await install('ucd-1', { n: 2, again: true });
    const { started, files } = world.host('ucd-1');
    expect(started.filter((command) => command.includes('lockkeeper-properties'))).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^sudo -H -u ucd sh -c 'umask 077;.* nonInteractive=true install\.server\.dir=\/opt\/ucd\/server /)));
    expect([...files.keys()]).toContain(`${unpackedOf(PACKAGE.sha256).folder}/ibm-ucd-install/install.properties`);
    world.host('ucd-1').looks.set('ls -d', () => ({ code: 2 })); // nothing was uploaded
    expect(await world.run('cleanUpServer', { host: world.on('ucd-1'), attempt: world.attempt('clean-up:ucd-1') })).toMatchObject({ outcome: 'done' });
    expect([...files.keys()].filter((path) => path.startsWith(UNPACKED))).toEqual([]);
  });
});

describe('a restore from the backup', () => {
  const restore = (n = 1, mode: 'act' | 'look' = 'act') => world.run('restoreBackup', {
    host: world.on('ucd-1'), attempt: { ...world.attempt('restore', mode), token: `run-1/restore-1:ucd-1#${n}` }, command: 'restore-all', index: 0,
    stop: { installation: world.installation, hosts: NAMES, everything: true },
  });

  it.each<[string, () => unknown, string, RegExp]>([
    ['a server lives', () => world.host('ucd-2').startServer(), 'failed', /^Nothing was restored: .*\nucd-2: The server runs: pid 102, /],
    ['an installer is at work', () => world.host('ucd-1').begin('/bin/sh ./install-server.sh', 'ucd'), 'failed', /^Nothing was restored: .*\nucd-1: An installer is at work/],
    ['a host cannot be seen', () => { world.host('ucd-3').reachable = false; }, 'failed', /^Nothing was restored: .*\nucd-3: It cannot be reached/],
  ])('is not begun while %s', async (_, lives, is, says) => {
    lives();
    expect(await restore()).toMatchObject({ outcome: is, evidence: expect.stringMatching(says) });
    expect(world.host('ucd-1').started).toEqual([]);
    expect(await restore(1, 'look')).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('was not begun') });
  });

  it('is run once where all are down, a stale pid file or not, and attached to whatever comes up meanwhile', async () => {
    world.host('ucd-1').write(PID_FILE, '4711\n', 'ucd');
    world.host('ucd-1').effects.set('sh -c restore-all', () => ({ code: 0, seconds: 90 }));
    await expect(restore()).rejects.toMatchObject({ type: 'NotNow' });
    world.host('ucd-2').startServer();
    world.clock.time += 60_000;
    expect(await restore()).toMatchObject({ outcome: 'done' });
    expect(world.host('ucd-1').started).toEqual(['sh -c restore-all']);
  });
});

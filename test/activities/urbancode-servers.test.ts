/** What proves a server up, down, or neither. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Refused, Unreachable } from '../../src/ssh/errors.ts';
import type { Ran } from '../../src/ssh/port.ts';
import { LOG, SERVER } from './fake-server-host.ts';
import { FakeServers } from './fake-servers.ts';

let world: FakeServers;
beforeEach(() => { world = new FakeServers(); });
const start = (name: string) => world.run('startServer', { host: world.on(name), attempt: world.attempt(`start:${name}`) });
const fullStop = (hosts: readonly string[]) => world.run('lookAtFullStop', { installation: world.installation, hosts, everything: false });

describe('a start', () => {
  it.each([['the second JVM of a stop', SERVER.replace('com.urbancode.ds.UDeployServer', 'com.urbancode.container.tomcat.ContainerShutdown')], ['the service script', '/bin/sh /opt/ucd/server/bin/server stop']])('waits while %s is at work, which would end it', async (_, stops) => {
    const host = world.host('ucd-1');
    host.stopServer();
    host.begin(stops, 'ucd');
    await expect(start('ucd-1')).rejects.toMatchObject({ type: 'NotNow', message: expect.stringMatching(/a stop of its server is still at work, .*pid 102/) });
    expect(host.started).toEqual([]);
    host.end(stops);
    expect(await start('ucd-1')).toMatchObject({ outcome: 'done' });
  });

  it('is not made beside an installer of its host', async () => {
    const host = world.host('ucd-1');
    host.stopServer();
    host.begin('/bin/sh ./install-server.sh', 'ucd');
    expect(await start('ucd-1')).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('an installer is at work there: pid 102,') });
    expect(host.started).toEqual([]);
    host.end('install-server.sh');
    expect(await start('ucd-1')).toMatchObject({ outcome: 'done' });
  });
});

describe('a server that serves', () => {
  const health = { consecutive: 1, every: '1s', within: '1m' };
  const line = (says: string) => `2026-11-22 01:16:59,000 INFO  main com.urbancode.ds.UDeployServer - ${says}\n`;
  const busy = '2026-11-22 01:20:00,000 INFO  agent com.urbancode.air.x - a line\n'.repeat(1_000);
  const sighting = () => world.run('lookAtServer', { host: world.on('ucd-1'), version: '7.0.5.2', health });
  beforeEach(() => { world.host('ucd-1').serves = ''; });

  it('and whose page names no release is known by the ready line of its last start, however much it has logged since', async () => {
    world.host('ucd-1').write(LOG, line('Starting HCL UrbanCode Deploy server version 7.0.5.2') + line('HCL UrbanCode Deploy server version 7.0.5.2.1041488 started.') + busy);
    expect(await sighting()).toMatchObject({ serving: 'yes', evidence: expect.stringContaining('Ready as 7.0.5.2.') });
  });

  it('is not known by the ready line of the start before', async () => {
    world.host('ucd-1').write(LOG, line('HCL UrbanCode Deploy server version 7.0.5.2.1041488 started.') + busy + line('Starting HCL UrbanCode Deploy server version 7.0.5.2'));
    expect(await sighting()).toMatchObject({ serving: 'no', evidence: expect.stringContaining('no ready line') });
  });

  it('is known by its mark where neither page nor log names a release, if it was started since the mark was written', async () => {
    const host = world.host('ucd-1'), began = world.clock.time / 1_000;
    let written = began - 60;
    host.looks.set('sudo -H -u ucd stat -c %Y -- /opt/ucd/server/conf/installed.version', () => ({ stdout: `${written}\n` }));
    host.write(LOG, busy);
    world.clock.time += 3_600_000;
    expect(await sighting()).toMatchObject({ serving: 'yes' });
    written = began + 60;
    expect(await sighting()).toMatchObject({ serving: 'no', evidence: expect.stringContaining('start it again by its service script') });
    written = began - 60;
    host.write(LOG, line('Starting HCL UrbanCode Deploy server version 7.0.5.2') + busy);
    expect(await sighting()).toMatchObject({ serving: 'no', evidence: expect.stringContaining('no ready line') });
  });
});

describe('the full stop', () => {
  it('is proven only by looks of one moment', async () => {
    const host = world.host('ucd-4'), run = host.run.bind(host);
    host.run = async (command) => { world.clock.time += 15_000; return run(command); };
    expect(await fullStop(['ucd-4'])).toMatchObject({ down: 'yes' });
    host.run = async (command) => { world.clock.time += 25_000; return run(command); };
    expect(await fullStop(['ucd-4'])).toMatchObject({ down: 'unknown', notDown: [], why: 'To look at ucd-4 took 100 s, more than 60 s: what was seen first may not be so any more.' });
  });

  it.each<[string, Partial<Ran>, string, string | null]>([
    ['none', { stdout: '0\n' }, 'yes', null],
    ['some', { stdout: '3\n' }, 'unknown', 'The database still has sessions, so a server that the file does not name may live: "count-sessions" on ucd-1 prints 3.'],
    ['no number', { stdout: 'ERROR 1045: Access denied\n' }, 'unknown', '"count-sessions" on ucd-1 prints no number of sessions (exit code 0): ERROR 1045: Access denied.'],
    ['a number and failed', { code: 1, stdout: '0\n', stderr: '' }, 'unknown', '"count-sessions" on ucd-1 prints no number of sessions (exit code 1): 0.'],
  ])('asks how many sessions the database has, and is told %s', async (_, answer, down, why) => {
    world.host('ucd-1').looks.set('sh -c count-sessions', () => answer);
    const installation = { ...world.installation, database: { backups: [], sessions: { host: 'ucd-1', command: 'count-sessions' } } };
    expect(await world.run('lookAtFullStop', { installation, hosts: ['ucd-4'], everything: true })).toMatchObject({ down, why });
    // Beside servers that serve already it is not asked: they have theirs.
    expect(await world.run('lookAtFullStop', { installation, hosts: ['ucd-4'], everything: false })).toMatchObject({ down: 'yes', why: null });
  });

  it('is not proven where an installer is at work', async () => {
    world.host('ucd-4').begin('/bin/sh ./install-server.sh', 'ucd');
    expect(await fullStop(['ucd-4'])).toMatchObject({ down: 'unknown', notDown: [{ host: 'ucd-4', is: 'unknown', says: 'An installer is at work there: process 101.' }] });
  });
});

describe('what starts a server by itself', () => {
  it('is switched off beside an installer that is at work on its host', async () => {
    const host = world.host('ucd-1'), startJob = host.startJob.bind(host);
    host.starters['lockkeeper-cron'] = '/etc/cron.d/ucd:* * * * * root /opt/ucd/server/bin/server start\n';
    host.startJob = async (attempt, job) => {
      if (!job.beside) return { state: 'refused', why: 'install:ucd-1 is at work.' };
      if (job.name === 'cron-off-1') host.starters['lockkeeper-cron'] = '';
      return startJob(attempt, job);
    };
    expect(await world.run('disableAutostart', { host: world.on('ucd-1'), attempt: world.attempt('autostart-off:ucd-1') })).toMatchObject({ outcome: 'done' });
  });
});

describe('the watch beside an installer', () => {
  it.each<[string, () => Error]>([['cannot be reached', () => new Unreachable('no answer.')], ['refuses the login by now', () => new Refused('the login is refused.')]])('sees a server that lives although another host %s', async (_, error) => {
    world.host('ucd-1').run = async () => { throw error(); };
    expect(await world.run('watchForServers', { hosts: ['ucd-1', 'ucd-3'].map((name) => world.on(name)), every: '5s' })).toMatchObject({ host: 'ucd-3', is: 'alive' });
  });
});

describe('the door of the load balancer', () => {
  const behind = { confirm: 'take it out', url: 'https://ucd.example' };
  const down = async (answer: () => number, page = (path: string) => path) => {
    world.host('ucd-1').http = async ({ url }) => { expect(url).toMatch(/^https:\/\/ucd\.example\//); return { status: answer(), headers: {}, body: page(new URL(url).pathname) }; };
    const { down: is, why } = await world.run('lookAtFullStop', { installation: { ...world.installation, loadBalancers: [behind] }, hosts: ['ucd-4'], everything: true });
    return [is, why];
  };

  it.each<[string, () => number]>([['answers 503', () => 503], ['answers 502', () => 502], ['turns everybody away', () => { throw new Unreachable('Connection refused', { closed: true }); }]])('is closed when it %s', async (_, answer) => {
    expect(await down(answer)).toEqual(['yes', null]);
  });

  it.each([200, 404])('is closed when it answers %s and one page to whatever it is asked: that of no server', async (status) => {
    expect(await down(() => status, () => '<html>Sorry, back soon')).toEqual(['yes', null]);
  });

  it.each<[string, () => number, RegExp]>([
    ['does not answer in time', () => { throw new Unreachable('it did not answer in time.'); }, /^Whether nothing is reached through https:\/\/ucd\.example could not be seen: it did not answer in time\.$/],
    ['waits for a server behind it', () => 504, /could not be seen: it answers 504/], ['still leads to a server', () => 200, /still answers: a server that the file does not name.* answers "\/connTest\.txt"; if/],
    ...[301, 302, 401, 403, 404, 500].map((status): [string, () => number, RegExp] => [`answers ${status}, as a server or somebody before it may`, () => status, new RegExp(`could not be seen: /connTest\\.txt answers ${status}`)]),
  ])('that %s is not proven closed', async (_, answer, why) => {
    expect(await down(answer)).toEqual(['unknown', expect.stringMatching(why)]);
  });
});

describe('a port of the server', () => {
  it('that another program holds keeps its stop from being proven, and that program is named', async () => {
    const host = world.host('ucd-4');
    host.listeners.push({ port: 7_919, pid: host.begin('/usr/bin/other --serve') });
    const { down, notDown } = await fullStop(['ucd-4']);
    expect([down, notDown.map(({ says }) => says)]).toEqual(['unknown', ['The server has no process. Another program holds a port of the server: port 7919 by pid 101, user root, for 0 s: /usr/bin/other --serve. End it, or give it another port.']]);
    host.end('/usr/bin/other');
    expect(await fullStop(['ucd-4'])).toMatchObject({ notDown: [{ is: 'unknown', says: expect.stringContaining('Something listens on its ports') }] });
    host.listeners.length = 0;
    expect(await fullStop(['ucd-4'])).toMatchObject({ down: 'yes' });
  });
});

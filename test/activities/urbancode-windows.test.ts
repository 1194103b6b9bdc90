/** A Windows host over a fake cmd.exe: what preflight says of it, what a person is shown to type, and what proves it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { refusals, type Finding } from '../../src/upgrade/plan.ts';
import type { Attempt } from '../../src/upgrade/outcome.ts';
import { noteFile } from '../../src/upgrade/state-folder.ts';
import { FakeServers, ON_WORKER, OWNER } from './fake-servers.ts';
import type { FakeWindowsHost } from './fake-windows-host.ts';

let world: FakeServers;
let host: FakeWindowsHost;
const begin = (options: { readonly locked?: boolean } = {}) => { world = new FakeServers({ ...options, windows: true }); host = world.windows; };
beforeEach(() => begin());

const NAMES = ['ucd-1', 'ucd-2', 'ucd-3', 'ucd-4', 'ucd-w'], NOTE = noteFile('install-begun');
const on = () => world.on('ucd-w');
/** The lines that are typed. */
const typed = ({ evidence }: { readonly evidence: string }) => evidence.split('\n').filter((line) => line.startsWith('  ')).map((line) => line.trim());
const byHand = (step: string): Attempt => ({ ...world.attempt(step, 'look'), byHand: true });

describe('preflight of a Windows host', () => {
  beforeEach(() => begin({ locked: false }));
  const look = () => world.run('preflightServers', { installation: world.installation, owner: OWNER, attempt: world.attempt('preflight') });
  const of = async (verdict: Finding['verdict']) => (await look()).findings.filter((each) => each.verdict === verdict && each.host === 'ucd-w').map(({ subject, says }) => `${subject}: ${says}`);

  it('finds it ready, says what is left to a person, and types nothing but looks', async () => {
    const { findings, hosts } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(findings.filter((each) => each.host === 'ucd-w' && each.verdict !== 'ok').map(({ verdict, subject, says }) => `${verdict} ${subject}: ${says}`)).toEqual([expect.stringMatching(/^warning guided: ucd-w is a Windows host: a person brings the package, stops, installs and starts/)]);
    expect(findings).toContainEqual(expect.objectContaining({ verdict: 'unknown', subject: 'FIPS', says: expect.stringContaining('ucd-w') as string }));
    expect(hosts.find(({ name }) => name === 'ucd-w')).toMatchObject({ installed: '7.0.5.2', running: 'yes', healthy: true, finished: false, agentcomm: 'set', layout: 'app-data', database: 'mysql', autostart: [] });
    expect(host.typed.filter((line) => !/^(ver|sc query|sc qc|netstat|wmic|tasklist|type|if exist)\b/.test(line))).toEqual([]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a host that cannot be reached', () => { host.reachable = false; }, /ucd-w cannot be looked at/],
    ['a shell that is no cmd.exe', () => { host.shell = 'bash: ver: command not found'; }, /does not answer as cmd\.exe does .*make cmd\.exe the shell of its SSH server/],
    ['a service of another name', () => { host.service = 'absent'; }, /The service ucd is not seen on ucd-w: give the name that "sc query" shows/],
    ['ports that cannot be seen', () => { host.netstat = 'denied'; }, /netstat -ano must work for ops/],
    ['a server that was started otherwise', () => { host.service = 'STOPPED'; }, /ucd-w serves, and its service ucd is STOPPED: it was started otherwise/],
    ['a server whose ports another holds', () => { host.others.push({ port: 7_919, pid: 77, program: 'C:\\x\\relay.exe' }); }, /port 7919 by relay\.exe, process 77/],
    ['an installer at work', () => host.begin('C:\\ucd\\java\\bin\\java.exe -cp lib\\ant-launcher.jar org.apache.tools.ant.launch.Launcher'), /An installer is at work on ucd-w, process \d+: wait/],
    ['an install dir without a mark', () => host.files.delete('/opt/ucd/server/conf/installed.version'), /C:\\ucd\\server\\conf\\installed\.version on ucd-w names no version/],
    ['a server without its properties', () => host.files.delete('/opt/ucd/server/conf/server/installed.properties'), /installed\.properties on ucd-w cannot be read/],
    ['another database', () => host.configure({ 'hibernate.connection.url': 'jdbc\\:mysql\\://other/ucd' }), /ucd-w uses another database than ucd-1/],
    ['another layout', () => host.configure({ 'server.appdata.dir': '..' }), /ucd-w has application data below the install dir/],
    ['a third version', () => { host.mark = '7.0.5.1'; }, /The hosts are on 2 versions/],
  ])('refuses %s with one sentence', async (_, arrange, says) => {
    arrange();
    expect(refusals((await look()).findings).map((finding) => finding.says)).toEqual([expect.stringMatching(says)]);
  });

  it('warns of a boot that would start it, with the lines, and of processes without their words', async () => {
    host.atBoot = 'AUTO';
    host.wordless = true;
    expect(await of('warning')).toEqual(expect.arrayContaining([expect.stringMatching(/^autostart: .*"sc config ucd start= demand" before you start, and "sc config ucd start= auto" at the end/), expect.stringMatching(/^probes: The command lines of processes cannot be seen on ucd-w/)]));
  });

  it('sees command lines where Windows has no wmic any more', async () => {
    host.words = 'powershell';
    expect((await of('warning')).map((each) => each.split(':')[0])).toEqual(['guided']);
  });

  it('knows of an installer that a person began there and whose end nobody saw, until its mark is the target\'s', async () => {
    world.host('ucd-1').write(NOTE, '7.3.2.1 on ucd-w, try run-0/install:ucd-w#1, 2026-11-21T22:30:00Z');
    const before = await look();
    expect(before.findings).toContainEqual(expect.objectContaining({ verdict: 'warning', subject: 'install', says: expect.stringMatching(/^An installer was begun on ucd-w .*its mark still says 7\.0\.5\.2.* on ucd-1\.$/) as string }));
    expect(before.hosts[0]?.left).toEqual({ installUnfinished: { since: '2026-11-21T22:30:00Z' } });
    host.mark = '7.3.2.1';
    const after = await look();
    expect([after.findings.filter(({ subject }) => subject === 'install'), after.hosts[0]?.left]).toEqual([[], {}]);
  });
});

describe('the package on a Windows host', () => {
  const stage = (attempt = world.attempt('stage:ucd-w')) => world.run('stageServer', { host: on(), attempt, package: ON_WORKER, version: '7.3.2.1' });
  const TOP = 'C:\\ucd\\lockkeeper-7.3.2.1\\ibm-ucd-install';

  it('is there once its checksum is right and its installer is found; a person\'s word is not enough', async () => {
    expect(typed(await stage())).toEqual(['mkdir C:\\ucd\\lockkeeper-7.3.2.1', 'certutil -hashfile C:\\ucd\\ucd.zip SHA256']);
    host.zip = 'package 7.3.2.1';
    expect(await stage(byHand('stage:ucd-w'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('no install-server.bat was found') as string });
    host.installers = [TOP];
    expect(await stage(byHand('stage:ucd-w'))).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('is right') as string });
    host.zip = 'cut off';
    expect(await stage(byHand('stage:ucd-w'))).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(/has checksum .* the installation file says/) as string });
    Object.assign(host, { zip: 'package 7.3.2.1', installers: [TOP, `${TOP}-old`] });
    expect(await stage(byHand('stage:ucd-w'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('more than one install-server.bat') as string });
  });

  it('is taken on a person\'s word where certutil tells nothing, and never without it', async () => {
    Object.assign(host, { zip: 'package 7.3.2.1', installers: [TOP], certutil: false });
    expect(await stage()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('could not be read') as string });
    expect(await stage(byHand('stage:ucd-w'))).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('a person\'s word') as string });
  });
});

describe('a server on a Windows host', () => {
  const stop = (attempt = byHand('stop:ucd-w')) => world.run('stopServer', { host: on(), attempt });
  const start = (attempt = byHand('start:ucd-w')) => world.run('startServer', { host: on(), attempt });
  const fullStop = async () => (await world.run('lookAtFullStop', { installation: world.installation, hosts: ['ucd-w'], everything: false })).notDown;

  it('is stopped when it is seen so, whatever is claimed; what to type is what it needs', async () => {
    expect(await stop(world.attempt('stop:ucd-w'))).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(/^ucd-w: The server runs as process 101, and its service ucd is RUNNING\.\nType there:/) as string });
    expect(typed(await stop())).toEqual(['sc stop ucd', 'sc query ucd']);
    host.service = 'STOP_PENDING';
    expect(typed(await stop())).toEqual(['sc query ucd', 'taskkill /f /pid 101']);
    host.service = 'STOPPED';
    expect(typed(await stop())).toEqual(['taskkill /f /pid 101']);
    host.stopServer();
    expect(await stop()).toMatchObject({ outcome: 'already', evidence: 'ucd-w: The service ucd is STOPPED, and no process is the server.' });
    expect(await fullStop()).toEqual([]);
  });

  it('that lives, of which a pid file is left, or on whose ports another listens keeps the full stop from being proven', async () => {
    expect(await fullStop()).toMatchObject([{ is: 'alive' }]);
    host.stopServer();
    host.others.push({ port: 8_443, pid: 77, program: 'C:\\x\\w3wp.exe' });
    expect(await fullStop()).toMatchObject([{ is: 'unknown', says: expect.stringContaining('port 8443 by w3wp.exe, process 77. End it') as string }]);
    host.others = [];
    host.pidFile = 4_242;
    expect(await fullStop()).toMatchObject([{ is: 'stale', says: expect.stringContaining('del C:\\ucd\\server\\var\\server.pid') as string }]);
    expect(typed(await world.run('removePidFile', { host: on(), attempt: world.attempt('remove-pid-file:ucd-w') }))).toEqual(['del C:\\ucd\\server\\var\\server.pid']);
    expect(typed(await start())).toEqual(['del C:\\ucd\\server\\var\\server.pid', 'sc start ucd']);
  });

  it('whose list of processes has no words proves nothing: every program that may be the server counts', async () => {
    host.stopServer();
    host.wordless = true;
    host.others.push({ port: 9_999, pid: 77, program: 'C:\\agent\\java.exe' });
    expect(await fullStop()).toMatchObject([{ is: 'unknown', says: expect.stringContaining('Process 77 is java.exe, which may be the server') as string }]);
    host.wordless = false;
    expect(await fullStop()).toEqual([]);
  });

  it('is started when its process is seen, and serves by its own mark, its answer and its log\'s last start', async () => {
    const wanted = { host: on(), version: '7.3.2.1', health: world.installation.policy.health };
    host.stopServer();
    host.mark = '7.3.2.1.1161889';
    expect(typed(await start())).toEqual(['sc start ucd']);
    host.startServer();
    expect(await start()).toMatchObject({ outcome: 'already' });
    host.serves = ''; // its page names no version
    expect(await world.run('lookAtServer', wanted)).toMatchObject({ process: 'yes', serving: 'yes', version: '7.3.2.1' });
    host.log = host.log.split('\n').slice(0, 2).join('\n'); // as before the restart
    expect(await world.run('lookAtServer', wanted)).toMatchObject({ serving: 'no', evidence: expect.stringContaining('Ready as 7.0.5.2.') as string });
  });
});

describe('an installer on a Windows host', () => {
  const install = ({ first = true, attempt = world.attempt('install:ucd-w') } = {}) =>
    world.run('installServer', { host: on(), attempt, package: ON_WORKER, version: '7.3.2.1', fips: false, stop: { installation: world.installation, hosts: first ? NAMES : ['ucd-w'], everything: first }, again: false });
  const notes = () => NAMES.slice(0, 4).map((name) => world.host(name).files.get(NOTE)?.content.trim() ?? null);
  beforeEach(() => {
    for (const name of NAMES) world.host(name).stopServer();
    host.installers = ['C:\\ucd\\lockkeeper-7.3.2.1\\hcl-ucd-install'];
  });

  it('that is the first is noted on every other host before its lines are shown; its mark proves it, and nothing else', async () => {
    const shown = await install();
    expect([shown, typed(shown)]).toEqual([expect.objectContaining({ outcome: 'failed', unfinished: true, evidence: expect.stringContaining('Yes to changes of the database.') as string }), ['cd /d C:\\ucd\\lockkeeper-7.3.2.1\\hcl-ucd-install', 'install-server.bat']]);
    expect(notes()).toEqual(NAMES.slice(0, 4).map(() => expect.stringMatching(/^7\.3\.2\.1 on ucd-w, try run-1\/install:ucd-w#1,/) as string));
    expect(await install({ attempt: byHand('install:ucd-w') })).toMatchObject({ outcome: 'failed', unfinished: true, evidence: expect.not.stringContaining('begun before') as string });
    host.mark = '7.3.2.1.1161889';
    expect(await install({ attempt: byHand('install:ucd-w') })).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('its own mark says 7.3.2.1') as string });
  });

  it('that comes later is noted nowhere, and must not ask about the database', async () => {
    expect((await install({ first: false })).evidence).toContain('It must not ask about the database');
    expect(notes()).toEqual([null, null, null, null]);
  });

  it('shows nothing to type while a server lives, or where its beginning cannot be noted: nothing was begun then', async () => {
    world.host('ucd-2').startServer();
    const alive = await install();
    expect([alive.outcome, alive.unfinished, typed(alive), notes()]).toEqual(['failed', undefined, [], [null, null, null, null]]);
    expect(alive.evidence).toMatch(/ucd-2: .*UDeployServer|ucd-2: The server runs/);
    world.host('ucd-2').stopServer();
    world.host('ucd-3').effects.set('sh -c', () => ({ code: 1, output: 'No space left on device' }));
    const unnoted = await install();
    expect([unnoted.outcome, unnoted.unfinished, typed(unnoted)]).toEqual(['failed', undefined, []]);
  });

  it('that an earlier upgrade asked for is told before another is begun: database and files may be half new', async () => {
    world.host('ucd-3').write(NOTE, '7.3.2.1 on ucd-w, try run-0/install:ucd-w#1, 2026-11-21T22:30:00Z');
    expect((await install()).evidence).toMatch(/An installer was begun before and was not seen to succeed \(7\.3\.2\.1 on ucd-w, .*Restore database, application data and install dir from the backup before you type anything/);
  });
});

import { describe, expect, it } from 'vitest';
import { parseProcesses, type Process } from '../../../src/products/linux/processes.ts';
import { readListeners, readPidFile } from '../../../src/products/urbancode-deploy/pid-file.ts';
import { installerIn, lookForServer, serversIn, shown, sightingOf } from '../../../src/products/urbancode-deploy/processes.ts';
import { recorded } from './recorded.ts';

const HERE = { installDir: '/opt/ucd/server', runAs: 'ucd', unpacked: '/var/lib/lockkeeper/unpacked/abc' };
const JVM = '/opt/ucd/jre/bin/java -Xmx2048m -Dcatalina.base=/opt/ucd/server/opt/tomcat -jar /opt/ucd/server/bin/launcher.jar /opt/ucd/server/bin/classpath.conf';
const SERVER = `${JVM} com.urbancode.ds.UDeployServer`;
const process = (args: string, pid = 4_242, user = 'ucd'): Process => ({ pid, parent: 1, user, age: 60, args });
const INIT = process('/sbin/init', 1, 'root');
const look = (processes: readonly Process[], pidFile: number | null = null) => lookForServer({ ...HERE, processes, pidFile });

describe('a process', () => {
  it.each<[string, string | null]>([
    [SERVER, 'server'], [`${JVM} com.urbancode.container.tomcat.ContainerShutdown`, 'stopping'],
    ['/bin/sh /opt/ucd/server/bin/server stop', 'script'], ['sudo -u ucd /opt/ucd/server/bin/server start', 'script'], ['/bin/bash /opt/ucd/server/bin/server run', 'script'],
    ['/bin/sh ./install-server.sh -fips', 'installer'], ['java -cp /var/lib/lockkeeper/unpacked/abc/ibm-ucd-install/lib/ant.jar example.Main', 'installer'], ['java -cp lib/ant-launcher.jar:lib/groovy-all.jar org.apache.tools.ant.launch.Launcher', 'installer'],
    ['java -f /var/lib/lockkeeper/unpacked/abc/ibm-ucd-install/install.xml', 'installer'],
    // Neighbours, agents, readers.
    [SERVER.replaceAll('/opt/ucd/server/', '/opt/ucd/server-2/'), null], ['java -jar /opt/ucd/agent/bin/worker.jar com.urbancode.air.agent.AgentWorker', null],
    ['grep com.urbancode.ds.UDeployServer /opt/ucd/server/bin/launcher.jar', null], ['tail -f /opt/ucd/server/bin/server start', null], ['vi /opt/ucd/server/bin/server', null], ['java com.urbancode.ds.UDeployServer', null],
  ])('%s is %s', (args, place) => { expect(sightingOf(process(args), HERE)?.place ?? null).toBe(place); });
});

it('of Ant is no installer when another user runs it', () => {
  expect(sightingOf(process('java -cp lib/ant-launcher.jar org.apache.tools.ant.launch.Launcher', 7, 'jenkins'), HERE)).toBeNull();
});

it('servers are found by their own words, whatever their install dirs; a stop, an installer and who reads of one are none', () => {
  const other = SERVER.replaceAll('/opt/ucd/server', '/srv/ucd-2'), dirs = (...all: readonly string[]) => serversIn(all.map((args) => process(args))).map(({ installDir }) => installDir);
  expect(dirs(SERVER, other)).toEqual(['/opt/ucd/server', '/srv/ucd-2']);
  expect(dirs(`${JVM} com.urbancode.container.tomcat.ContainerShutdown`, `grep x ${SERVER}`, '/bin/sh /opt/ucd/server/bin/server start', 'java com.urbancode.ds.UDeployServer')).toEqual([]);
  expect(serversIn(parseProcesses(recorded('ps-server.txt'))).map(({ installDir, process: { user } }) => ({ installDir, user }))).toEqual([{ installDir: '/opt/ucd/server', user: 'ucd' }]);
});

describe('the server', () => {
  it('runs as the lab shows it', () => {
    expect(look(parseProcesses(recorded('ps-server.txt')))).toMatchObject({ running: 'yes', process: { pid: 130 } });
  });

  it('is gone only by a list that can be trusted, in which nothing of it lives', () => {
    expect(look([INIT])).toMatchObject({ running: 'no' });
    expect(look([])).toMatchObject({ running: 'unknown' });
    expect(look([process('/usr/bin/other', 2)])).toMatchObject({ running: 'unknown' });
  });

  it.each([[`${JVM} com.urbancode.container.tomcat.ContainerShutdown`, 'a stop'], ['/opt/ucd/server/bin/server start', 'its script']])('is unknown while %s is at work', (args, what) => {
    const seen = look([INIT, process(args)]);
    expect(seen.running).toBe('unknown');
    expect(seen.why).toContain(what);
  });

  it('is unknown while its pid file names a live Java of its user, and gone when it names anybody else', () => {
    expect(look([INIT, process('/usr/bin/java -jar /srv/x.jar', 77)], 77).running).toBe('unknown');
    expect(look([INIT, process('-bash', 77)], 77).running).toBe('no');
    expect(look([INIT, process('/usr/bin/java -jar x.jar', 77, 'other')], 77).running).toBe('no');
  });

  it('is gone while only an installer lives, which is named', () => {
    const seen = look([INIT, process('/bin/sh ./install-server.sh', 99)]);
    expect(seen.running).toBe('no');
    expect(installerIn(seen.all)?.pid).toBe(99);
  });

  it('is shown by its class and its folder', () => {
    const long = process(`${SERVER.replace('-Xmx2048m', `-Xmx2048m ${'-Dx=y '.repeat(30)}`)}`);
    expect(shown(long)).toBe('pid 4242, user ucd, for 60 s: /opt/ucd/jre/bin/java … /opt/ucd/server/bin/launcher.jar … com.urbancode.ds.UDeployServer');
  });
});

it.each([
  [{ code: 0, stdout: '/opt/ucd/server/var/server.pid\n4242\n', stderr: '' }, { there: 'yes', pid: 4_242 }],
  [{ code: 0, stdout: '/opt/ucd/server/var/server.pid\n', stderr: '' }, { there: 'yes', pid: null }],
  [{ code: 0, stdout: '', stderr: '' }, { there: 'no', pid: null }],
  [{ code: 1, stdout: '', stderr: "find: '/opt/ucd/server/var': Permission denied\n" }, { there: 'unknown', pid: null }],
  [{ code: undefined, stdout: '', stderr: '' }, { there: 'unknown', pid: null }],
])('the pid file by %j is %j', (printed, file) => { expect(readPidFile(printed)).toEqual(file); });

it('listeners are read as ss 6.1 prints them, with their processes; an empty list proves nothing', () => {
  const listeners = readListeners({ code: 0, stdout: recorded('ss.txt'), stderr: '' });
  expect(listeners?.map(({ port }) => port)).toEqual([8_443, 7_918, 7_919, 22, 22]);
  expect(listeners?.[0]?.pids).toEqual([130]);
  expect(readListeners({ code: 0, stdout: '', stderr: '' })).toBeNull();
  expect(readListeners({ code: 127, stdout: '', stderr: 'sh: ss: not found' })).toBeNull();
});

/** What `init` sees of a host of UrbanCode Deploy, on a fake host; the formats are those that the product's own tests have from hosts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { lookAtUrbancodeDeploy, type SeenOnServer } from '../../src/cli/init/look-at-urbancode-deploy.ts';
import { REFUSED } from '../../src/upgrade/errors.ts';
import { FakeServerHost, INSTALL_DIR, MARK, PROPERTIES, SERVER } from '../activities/fake-server-host.ts';

let host: FakeServerHost;
beforeEach(() => {
  host = new FakeServerHost('ucd-1', { time: 0 }, { files: new Set(), token: 'token', work: [], configuration: {} });
  answersVer('sh: 1: ver: not found\n');
  host.looks.set('hostname -I', () => ({ stdout: '10.0.1.1 \n' }));
  host.looks.set('hostname', () => ({ stdout: 'ucd-1\n' }));
  host.looks.set('ls -1d', () => ({ code: 2, stdout: [...host.files.keys()].filter((path) => path.endsWith('/conf/installed.version') && path.startsWith('/opt/')).map((path) => `${path}\n`).join('') }));
  host.startServer();
  host.serves = '7.0.5.2';
});
const look = (): Promise<SeenOnServer> => lookAtUrbancodeDeploy(host, { name: 'ucd-1', address: '10.0.1.1', ssh: { user: 'ops' } });
const unit = (name: string, more = 'UnitFileState=enabled\nTriggeredBy='): string => `Id=${name}\nActiveState=active\nRestart=always\nExecStart={ path=${INSTALL_DIR}/bin/server ; argv[]=${INSTALL_DIR}/bin/server start ; }\n${more}\n`;
/** The server is installed in another folder, and runs there or not. */
function moved(to: string, runs: 'runs' | 'does not run'): void {
  host.stopServer();
  for (const [path, file] of [...host.files]) {
    host.files.delete(path);
    host.files.set(path.replace(INSTALL_DIR, to), file);
  }
  if (runs === 'runs') host.startServer('ucd', SERVER.replaceAll(INSTALL_DIR, to));
}
function answersVer(stdout: string): void {
  host.runLine = async () => ({ code: 0, stdout, stderr: '', truncated: false });
}
function sudoRefuses(begin: string): void {
  host.looks.set(`sudo ${begin}`, () => { throw Object.assign(new Error('sudo would not run it.'), { name: REFUSED }); });
}

describe('a server', () => {
  it('that runs is found by its own words, with its user, mark, properties and what it serves', async () => {
    moved('/srv/deploy', 'runs');
    expect(await look()).toMatchObject({
      platform: 'linux', running: 'yes', installed: '7.0.5.2', installDir: '/srv/deploy', runAs: 'ucd', url: undefined, service: undefined, startedBy: [], notSeen: [],
      properties: { appData: '/mnt/ucd/appdata', agentcommUri: 'wss://ucd-1:7919', database: 'mysql' },
    });
  });

  it.each(['/opt/hcl-ucd/server', '/opt/ibm-ucd/server', '/opt/ucd/server'])('that does not run is found in %s, with its owner, and without asking sudo for what no upgrade needs', async (folder) => {
    sudoRefuses('ls');
    moved(folder, 'does not run');
    host.owner = 'deploy';
    expect(await look()).toMatchObject({ running: 'no', installDir: folder, runAs: 'deploy', installed: '7.0.5.2', serves: undefined, notSeen: [] });
  });

  it('that does not run, in a folder that only root may enter, is found by sudo', async () => {
    host.stopServer();
    host.looks.set('sudo ls -1d', host.looks.get('ls -1d')!);
    host.looks.set('ls -1d', () => ({ code: 2, stderr: 'Permission denied' }));
    expect(await look()).toMatchObject({ running: 'no', installDir: INSTALL_DIR, notSeen: [] });
  });

  it('that is nowhere leaves its places to a person, and a host whose processes cannot be seen is not called down', async () => {
    moved('/srv/deploy', 'does not run');
    expect(await look()).toMatchObject({ platform: 'linux', running: 'no', installDir: undefined, notSeen: [expect.stringContaining('No server runs here, and none was seen in /opt/hcl-ucd/server')] });
    host.processes = [];
    expect(await look()).toMatchObject({ running: 'unknown' });
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, Partial<SeenOnServer>]>([
    ['another port', { 'install.server.web.https.port': '9443' }, { url: 'https://10.0.1.1:9443' }],
    ['no https', { 'install.server.web.https.port': undefined, 'install.server.web.port': '8080' }, { url: 'http://10.0.1.1:8080' }],
    ['both ports', { 'install.server.web.port': '8080' }, { url: undefined }],
    ['the old layout', { 'server.appdata.dir': '..', 'agentcomm.uri': undefined }, { properties: expect.objectContaining({ appData: null, agentcommUri: null }) as never }],
  ])('with %s says so', async (_, properties, seen) => {
    host.configure(properties);
    expect(await look()).toMatchObject(seen);
  });

  it('is told of where its user and the owner of its folder differ, where another runs beside it, and where it names no version', async () => {
    host.owner = 'root';
    host.begin(SERVER.replaceAll(INSTALL_DIR, '/opt/test'), 'ucd');
    host.serves = '';
    expect((await look()).notSeen).toEqual([
      'Another server runs here, too, in /opt/test: it is none of this file.',
      'The server runs as ucd, and /opt/ucd/server belongs to root: an upgrade wants one user for both.',
      'https://10.0.1.1:8443 names no version (it answered 200).',
    ]);
  });
});

describe('who starts it', () => {
  it('is the unit of systemd, as its service', async () => {
    host.units = unit('ucd-server.service');
    expect(await look()).toMatchObject({
      service: { start: 'sudo systemctl start ucd-server', stop: 'sudo systemctl stop ucd-server' }, startedBy: ['systemd: ucd-server.service, at boot'], notSeen: [],
    });
  });

  it('is no service where a timer does, or a second unit: a person must see to it', async () => {
    host.units = `${unit('ucd-watch.service', 'UnitFileState=static\nTriggeredBy=ucd-watch.timer')}\n${unit('ucd.service')}\n${unit('ucd-old.service')}`;
    const { service, notSeen } = await look();
    expect(service?.start).toBe('sudo systemctl start ucd');
    expect(notSeen).toEqual([expect.stringMatching(/^ucd-watch\.timer on .* stop it until the upgrade is over/), expect.stringMatching(/^ucd-old\.service on .* disable the unit if it is not used/)]);
  });

  it('are boot links, cron and monit, and of a line of cron its file alone: it may hold a password', async () => {
    host.starters['lockkeeper-links'] = '/etc/rc3.d/S99ucd\n';
    host.starters['lockkeeper-cron'] = '/etc/cron.d/ucd:* * * * * ucd PW=hunter26 /opt/ucd/server/bin/server start\n';
    host.starters['lockkeeper-monit'] = "ucd\n\nProcess 'ucd'\n  monitoring status            Monitored\n";
    expect((await look()).startedBy).toEqual(['boot link /etc/rc3.d/S99ucd', 'cron: /etc/cron.d/ucd', 'monit: check ucd']);
  });
});

describe('what the login may not see', () => {
  it('by sudo, it looks at without, asks sudo no second time, and tells', async () => {
    sudoRefuses('ps');
    const asked: string[] = [];
    const run = host.run.bind(host);
    host.run = (command, options) => { if (command.as !== 'login') asked.push(command.argv[0] ?? ''); return run(command, options); };
    expect(await look()).toMatchObject({ running: 'yes', installed: '7.0.5.2', notSeen: [expect.stringContaining('sudo does not let this login look as root')] });
    expect(asked).toEqual(['ps']);
  });

  it('is named, file by file', async () => {
    host.files.delete(MARK);
    host.files.delete(PROPERTIES);
    expect(await look()).toMatchObject({ installed: undefined, properties: undefined, notSeen: [`${MARK} could not be read.`, `${PROPERTIES} could not be read.`] });
  });

  it('on Windows is all of it: nothing is run but the question which system it is', async () => {
    answersVer('\r\nMicrosoft Windows [Version 10.0.17763.1]\r\n');
    host.run = () => { throw new Error('this is no shell of cmd.exe'); };
    expect(await look()).toMatchObject({ platform: 'windows', running: 'unknown', unseen: expect.stringMatching(/cmd\.exe.*installDir: C:\\ibm-ucd\\server.*service: \{ name: ibm-ucd \}/) as string });
  });
});

it('keeps no secret of installed.properties', async () => {
  host.configure({ 'hibernate.connection.url': 'jdbc\\:mysql\\://ucd\\:hunter27@db\\:3306/ucd', 'server.initial.password': 'hunter28' });
  const seen = await look();
  expect(seen.properties?.databaseDigest).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(seen)).not.toMatch(/hunter2|jdbc/);
});

import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { checkInstallation } from '../../src/installation/check.ts';
import type { SeenInstallation } from '../../src/installation/first-file.ts';
import { firstUrbancodeFile, type SeenProperties, type SeenServer } from '../../src/installation/first-file-urbancode.ts';
import { put, sha256 } from './an-installation.ts';

const PROPERTIES: SeenProperties = { appData: '/mnt/ucd/appdata', agentcommUri: null, database: 'mysql', databaseDigest: 'a1' };

function host(name: string, more: Partial<SeenServer> = {}): SeenServer {
  const properties = { ...PROPERTIES, agentcommUri: `wss://${name}:7919` };
  return { name, platform: 'linux', running: 'yes', installed: '7.0.5.2', serves: '7.0.5.2', installDir: '/opt/ucd/server', runAs: 'ucd', properties, startedBy: [], addresses: [], notSeen: [], ...more };
}
const having = (name: string, properties: Partial<SeenProperties>): SeenServer => host(name, { properties: { ...PROPERTIES, agentcommUri: `wss://${name}:7919`, ...properties } });
const unseen = (name: string, more: Partial<SeenServer> = {}): SeenServer => ({ name, running: 'unknown', startedBy: [], addresses: [], notSeen: [], unseen: `${name} cannot be reached.`, ...more });
const windows = (name: string): SeenServer => unseen(name, { platform: 'windows', unseen: 'Its shell is cmd.exe.' });

function written(...hosts: SeenServer[]) {
  const seen: SeenInstallation<SeenServer> = { name: 'ucd', ssh: { user: 'ops', knownHostsFile: '~/.ssh/known_hosts' }, hosts, balancers: [] };
  const { text, toFillIn } = firstUrbancodeFile(seen);
  const document = parseDocument(text);
  expect(document.errors).toEqual([]);
  return { text, paths: toFillIn.map(({ path }) => path), file: document.toJS() as { hosts: Readonly<Record<string, unknown>>[]; appData: unknown; target: { packages: object } } };
}

const ALWAYS = ['target.version', 'database.backups[0].confirm', 'database.sessions.command', 'api.url', 'loadBalancers[0].confirm'];
/** What is left besides what is left of every file. */
const left = ({ paths }: { readonly paths: readonly string[] }): readonly string[] => paths.filter((path) => !ALWAYS.includes(path) && !path.startsWith('target.packages.'));

describe('a first file of UrbanCode Deploy', () => {
  it('names a server of every host that serves, and leaves nothing of it to a person', () => {
    const first = written(host('ucd-1'), host('ucd-2', { url: 'https://ucd-2:9443', service: { start: 'sudo systemctl start ucd', stop: 'sudo systemctl stop ucd' } }));
    expect(left(first)).toEqual([]);
    expect(first.file.hosts).toEqual([
      { name: 'ucd-1', platform: 'linux', roles: ['server'], installDir: '/opt/ucd/server', runAs: 'ucd', agentcommUri: 'wss://ucd-1:7919' },
      { name: 'ucd-2', platform: 'linux', roles: ['server'], url: 'https://ucd-2:9443', installDir: '/opt/ucd/server', runAs: 'ucd', agentcommUri: 'wss://ucd-2:7919', service: { start: 'sudo systemctl start ucd', stop: 'sudo systemctl stop ucd' } },
    ]);
  });

  it.each<[string, readonly SeenServer[], readonly string[]]>([
    ['the role of a host that does not serve', [host('ucd-1'), host('ucd-2', { running: 'no' })], ['hosts[1].roles']],
    ['the role of a host of which nobody knows', [host('ucd-1'), host('ucd-2', { running: 'unknown' })], ['hosts[1].roles']],
    ['an agentcomm.uri that is not set', [host('ucd-1'), having('ucd-2', { agentcommUri: null })], ['hosts[1].agentcommUri']],
    ['all of a host without a server', [host('ucd-1'), host('ucd-2', { running: 'no', installed: undefined, installDir: undefined, runAs: undefined, properties: undefined })], ['hosts[1].roles', 'hosts[1].installDir', 'hosts[1].runAs', 'hosts[1].agentcommUri']],
    ['all of a host that was not seen', [host('ucd-1'), unseen('ucd-2')], ['hosts[1].platform', 'hosts[1].roles', 'hosts[1].installDir', 'hosts[1].runAs', 'hosts[1].agentcommUri']],
    ['the lines of a Windows host', [host('ucd-1'), windows('ucd-w')], ['hosts[1].roles', 'hosts[1].installDir', 'hosts[1].runAs', 'hosts[1].service.name']],
    ['a folder of application data that is not one', [host('ucd-1'), having('ucd-2', { appData: '/mnt/other' })], ['appData']],
    ['one that is still below the install dirs', [having('ucd-1', { appData: null }), having('ucd-2', { appData: null })], ['appData']],
    ['one that is no whole path', [having('ucd-1', { appData: 'appdata' }), having('ucd-2', { appData: 'appdata' })], ['appData']],
  ])('leaves to a person %s', (_, hosts, paths) => {
    expect(left(written(...hosts))).toEqual(paths);
  });

  it('asks for a package for every platform that was seen', () => {
    expect(Object.keys(written(host('ucd-1'), host('ucd-2'), windows('ucd-w')).file.target.packages)).toEqual(['linux', 'windows']);
  });

  it.each<[string, string]>([['of its twin', 'wss://ucd-1:7919'], ['of several words', 'random:(wss://a:7919, wss://b:7919)'], ['in which a login may stand', 'wss://me:hunter2@a:7919']])('writes no agentcomm.uri %s: the server has it, and the file would be refused or tell it', (_, agentcommUri) => {
    const { file, text, paths } = written(host('ucd-1'), having('ucd-2', { agentcommUri }));
    expect(file.hosts[1]).not.toHaveProperty('agentcommUri');
    expect(paths).not.toContain('hosts[1].agentcommUri');
    expect(text.includes('Its agentcomm.uri is that of ucd-1, too')).toBe(agentcommUri === 'wss://ucd-1:7919');
    expect(text).not.toContain('hunter2');
  });

  it.each<[string, readonly SeenServer[], string]>([
    ['the releases that may come next', [host('ucd-1')], '# 7.0.5.2 runs. Next may be: a later 7.0, 7.1, 7.2 or 7.3.\n'],
    ['hosts on two releases', [host('ucd-1'), host('ucd-2', { installed: '7.3.2.1' })], '# The hosts are on different releases (7.0.5.2, 7.3.2.1): an earlier upgrade was not finished; go on to its target.\n'],
    ['that no release was seen', [unseen('ucd-1')], '# Which release the hosts run could not be seen.\n'],
    ['a host that is down while another serves', [host('ucd-1'), host('ucd-2', { running: 'no', serves: undefined })], '  # 7.0.5.2 is installed.\n  # The server does not run, and ucd-1 does: roles: [standby], if that is meant; [server], if it is only down now.\n  - name: ucd-2\n'],
    ['a host that is down while all are', [host('ucd-1', { running: 'no', serves: undefined })], '  # 7.0.5.2 is installed.\n  # The server does not run.\n  - name: ucd-1\n'],
    ['a host without a server', [host('ucd-1'), host('ucd-2', { running: 'no', installDir: undefined, notSeen: ['No server runs here.'] })], 'agentcommUri: wss://ucd-1:7919\n  # No server runs here.\n  - name: ucd-2\n'],
    ['who starts a server', [host('ucd-1', { startedBy: ['monit: check ucd', 'cron: /etc/crontab'] })], '  # Switched off during an upgrade, put back after it: monit: check ucd; cron: /etc/crontab.\n'],
    ['what could not be read', [host('ucd-1', { notSeen: ['/x could not be read.'] })], '  # /x could not be read.\n  - name: ucd-1\n'],
    ['why a host was not seen', [host('ucd-1'), windows('ucd-w')], '  # NOT SEEN: Its shell is cmd.exe.\n  - name: ucd-w\n'],
    ['the kind of database', [host('ucd-1'), having('ucd-2', {})], '# The servers use mysql.\ndatabase:\n'],
    ['servers of two databases', [host('ucd-1'), having('ucd-2', { databaseDigest: 'b2' })], '# The servers use mysql. They do NOT use the same one (hibernate.connection.url): these are not servers of one installation.\n'],
    ['that nothing was read of a database', [unseen('ucd-1')], '# Which kind of database the servers use could not be seen.\n'],
    ['two folders of application data', [host('ucd-1'), having('ucd-2', { appData: null })], '# The servers do NOT have one folder (ucd-1: /mnt/ucd/appdata; ucd-2: below the install dir), and all share one under one path.\nappData:\n'],
    ['the layout of before 6.1.1.5', [having('ucd-1', { appData: null })], '# Application data is below the install dirs, as before 6.1.1.5: name the folder to which a person moves it while all servers are down.\nappData:\n'],
  ])('tells %s in a comment', (_, hosts, says) => {
    expect(written(...hosts).text).toContain(says);
  });

  it('is fine with a Windows host, a standby and the old layout, once the places that it lists are filled in', () => {
    const { paths, file } = written(having('ucd-1', { appData: null, agentcommUri: null }), host('ucd-2', { running: 'no' }), windows('ucd-w'));
    const filled: Readonly<Record<string, unknown>> = {
      'target.version': '7.0.5.3', 'target.packages.linux.file': 'ucd.zip', 'target.packages.linux.sha256': sha256, 'target.packages.windows.file': 'ucd.zip', 'target.packages.windows.sha256': sha256,
      'hosts[0].agentcommUri': 'wss://ucd-1:7919', 'hosts[1].roles': ['standby'], 'hosts[2].roles': ['server'], 'hosts[2].installDir': 'C:\\ucd\\server', 'hosts[2].runAs': 'ucd', 'hosts[2].service.name': 'ibm-ucd',
      'appData': '/mnt/ucd', 'database.backups[0].confirm': 'it is backed up', 'database.sessions.command': 'ucd-sessions', 'api.url': 'https://ucd.example', 'loadBalancers[0].confirm': 'take it out',
    };
    expect([...paths].sort()).toEqual(Object.keys(filled).sort());
    for (const [path, value] of Object.entries(filled)) put(file, path.replace(/\[(\d+)\]/g, '.$1').split('.'), value);
    expect(checkInstallation(file)).toMatchObject({ installation: { installation: 'ucd' } });
  });
});

/** What is wrong with an UrbanCode Deploy file although every single value is right. */
import { describe, expect, it } from 'vitest';
import { checkInstallation } from '../../src/installation/check.ts';
import { messageOf } from '../../src/installation/problems.ts';
import { anUrbancodeInstallation, anUrbancodeInstallationWith } from './an-urbancode-installation.ts';
import { sha256 } from './an-installation.ts';

function problems(changes: Readonly<Record<string, unknown>>): readonly string[] {
  const checked = checkInstallation(anUrbancodeInstallationWith(changes));
  return 'problems' in checked ? checked.problems.map(messageOf) : [];
}
const windows = { name: 'ucd-3', address: '10.0.1.3', platform: 'windows', roles: ['standby'], installDir: 'C:\\Program Files\\ucd & co', runAs: 'ucd', service: { name: 'ibm-ucd' } };

describe('an UrbanCode Deploy file', () => {
  it('is taken with all that it may say', () => {
    expect(problems({
      'hosts.0.service': { start: 'sudo systemctl start ucd', stop: 'sudo systemctl stop ucd' }, 'hosts.0.javaHome': '/opt/java', 'hosts.0.quiesce': { before: 'touch /run/quiet', after: 'rm /run/quiet' },
      'hosts.0.clientCertificate': { certFile: 'c.pem', keyFile: 'k.pem' }, 'hosts.2': windows, 'target.packages.windows': { file: 'ucd.zip', sha256 },
      'database.restore': [{ host: 'ucd-1', command: '/usr/local/bin/restore' }], 'policy.backup': 'both', 'installProperties': { 'install.server.web.host': 'ucd.example' },
    })).toEqual([]);
  });

  it('has a target of four numbers, as the marks on its hosts do, also where it is written with three', () => {
    const checked = checkInstallation(anUrbancodeInstallationWith({ 'target.version': '7.3.2' }));
    expect('installation' in checked && checked.installation.target.version).toBe('7.3.2.0');
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['a second server or standby is missing', { 'hosts.1': undefined, 'hosts': [anUrbancodeInstallation().hosts[0]], 'loadBalancers.0.haproxy.servers': { 'ucd-1': 'u1' } }, 'hosts: only ucd-1 has the role server, and nobody is standby'],
    ['two servers have one URI for agents', { 'hosts.1.agentcommUri': 'wss://ucd-1:7919' }, 'hosts[1].agentcommUri: is that of ucd-1, too'],
    ['the target knows no front-ends', { 'target.version': '7.0.2.4', 'hosts.2': { ...anUrbancodeInstallation().hosts[1], name: 'fe-1', address: '10.0.1.9', agentcommUri: undefined, roles: ['front-end'] }, 'loadBalancers.0.haproxy.servers.fe-1': 'f1' }, 'hosts[2].roles: found front-end, which the product has from 7.0.3 on'],
    ['a Linux folder has a blank, which no process list shows', { 'hosts.0.installDir': '/opt/my ucd' }, 'hosts[0].installDir: is no folder that can be found in a process list'],
    ['a Windows host has a Linux folder', { 'hosts.2': { ...windows, installDir: '/opt/ucd' }, 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'hosts[2].installDir: is no folder on windows'],
    ['a Windows folder could end its quotes', { 'hosts.2': { ...windows, installDir: 'C:\\a" & del' }, 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'hosts[2].installDir: is no folder on windows'],
    ['a Windows host has commands', { 'hosts.2': { ...windows, service: { start: 'a', stop: 'b' } }, 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'hosts[2].service: found commands, but on windows a person starts'],
    ['a Windows host does not name its service', { 'hosts.2': { ...windows, service: undefined }, 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'hosts[2].service: is missing; ucd-3 is windows, where a person stops'],
    ['a Windows host has commands of the site\'s', { 'hosts.2': { ...windows, quiesce: { before: 'a' } }, 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'hosts[2].quiesce: is for a shell'],
    ['a Windows host restores', { 'hosts.2': windows, 'database.restore': [{ host: 'ucd-3', command: 'true' }], 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'database.restore[0].host: found ucd-3, which is windows, where nothing is run'],
    ['no host can hold a lock', { 'hosts': [{ ...windows, name: 'ucd-1', roles: ['server'] }, { ...windows, name: 'ucd-2', address: '10.0.1.4' }], 'loadBalancers': [{ none: 'one server' }], 'database.backups': [{ confirm: 'the dump is done' }], 'target.packages.windows': { file: 'ucd.zip', sha256 } }, 'hosts: every host is windows, and Lockkeeper keeps its lock'],
    ['a Linux host has the name of a service', { 'hosts.0.service': { name: 'ucd' } }, 'hosts[0].service: found a name, which is for windows; give the commands instead: service: { start: sudo systemctl start ucd'],
    ['a property looks like a secret', { installProperties: { 'server.initial.password': 'x' } }, 'looks like a secret, and this file is no place for one'],
    ['a property is answered twice', { installProperties: { 'agentcomm.uri': 'x' } }, 'is written by Lockkeeper itself'],
    ['a restore names no host', { 'database.restore': [{ host: 'ucd-9', command: 'true' }] }, 'database.restore[0].host: found "ucd-9", which is no host of this file'],
    ['it asks for a soak, which a full stop has none of', { 'policy.soak': '2m' }, 'policy.soak: unknown key'],
    ['the target is of before 6.0', { 'target.version': '5.0.1' }, 'target.version: found 5.0.1; upgrades to releases before 6.0'],
  ])('is refused in one sentence when %s', (_, changes, says) => {
    const found = problems(changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(says);
  });

  it('is told all of it at once, and no secret is shown', () => {
    const found = problems({ 'hosts.1.agentcommUri': 'wss://ucd-1:7919', 'hosts.0.installDir': '/', installProperties: { 'keystore.password': 'hunter2' } });
    expect(found).toHaveLength(3);
    expect(found.join('\n')).not.toContain('hunter2');
  });
});

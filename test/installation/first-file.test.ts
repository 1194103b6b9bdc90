import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { SeenBalancer, SeenInstallation } from '../../src/installation/first-file.ts';
import { firstOpsManagerFile, type SeenHost, type SeenPart } from '../../src/installation/first-file-ops-manager.ts';

const RUNS: SeenPart = { running: 'yes', atBoot: 'yes' }, OFF: SeenPart = { running: 'no', atBoot: 'no' }, DOWN: SeenPart = { running: 'no', atBoot: 'yes' }, UNKNOWN: SeenPart = { running: 'unknown', atBoot: 'unknown' };
const database = { set: 'rs0', members: ['db-1:27017', 'db-2:27017'] };

function host(name: string, more: Partial<SeenHost> = {}): SeenHost {
  return { name, platform: 'debian', installed: '4.4.13', serves: '4.4.13', application: RUNS, daemon: OFF, database, addresses: [], notSeen: [], ...more };
}
const unseen = (name: string): SeenHost => ({ name, unseen: `${name} cannot be reached.`, application: UNKNOWN, daemon: UNKNOWN, addresses: [], notSeen: [] });

function written(hosts: readonly SeenHost[], balancers: readonly SeenBalancer[] = []) {
  const seen: SeenInstallation<SeenHost> = { name: 'om', ssh: { user: 'ops', knownHostsFile: '~/.ssh/known_hosts' }, hosts, balancers };
  const { text, toFillIn } = firstOpsManagerFile(seen);
  const document = parseDocument(text);
  expect(document.errors).toEqual([]);
  return { text, paths: toFillIn.map(({ path }) => path), file: document.toJS() as { hosts: object[]; loadBalancers: object[]; target: { packages: object } } };
}

describe('a first installation file', () => {
  it('gives a host the roles of what runs; where nothing runs, of what starts at boot', () => {
    const roles = [[RUNS, RUNS], [RUNS, OFF], [OFF, RUNS], [DOWN, OFF], [RUNS, DOWN], [UNKNOWN, UNKNOWN]] as const;
    const { file, paths } = written(roles.map(([application, daemon], at) => host(`om-${at}`, { application, daemon })));
    expect(file.hosts.map((each) => (each as { roles: unknown }).roles)).toEqual([['application', 'backup-daemon'], ['application'], ['backup-daemon'], ['application'], ['application'], null]);
    expect(paths).toContain('hosts[5].roles');
  });

  it('leaves platform and roles of a host that was not seen to a person, with the reason', () => {
    const { text, paths } = written([host('om-1'), unseen('om-2')]);
    expect(text).toContain('  # NOT SEEN: om-2 cannot be reached.\n  - name: om-2\n    platform:\n    roles:\n');
    expect(paths).toEqual(expect.arrayContaining(['hosts[1].platform', 'hosts[1].roles']));
  });

  it('asks for a package for every platform that was seen', () => {
    expect(Object.keys(written([host('om-1'), host('om-2', { platform: 'rhel' })]).file.target.packages)).toEqual(['debian', 'rhel']);
  });

  it('writes only what is not the default', () => {
    expect(written([host('om-1')]).file.hosts).toEqual([{ name: 'om-1', platform: 'debian', roles: ['application'] }]);
    expect(written([host('om-1', { address: '10.0.0.1', url: 'https://10.0.0.1:8443', ssh: { user: undefined, port: 2222 } })]).file.hosts)
      .toEqual([{ name: 'om-1', address: '10.0.0.1', platform: 'debian', roles: ['application'], url: 'https://10.0.0.1:8443', ssh: { port: 2222 } }]);
  });

  it.each([
    ['one release', [host('om-1')], /# 4\.4\.13 runs\. Next may be: a later 4\.4, or 5\.0\./],
    ['two releases', [host('om-1'), host('om-2', { installed: '4.4.18' })], /# The hosts are on different releases \(4\.4\.13, 4\.4\.18\): an earlier upgrade was not finished/],
    ['no release', [unseen('om-1')], /# Which release the hosts run could not be seen\./],
    ['one database', [host('om-1')], /# The hosts use set rs0: db-1:27017, db-2:27017\./],
    ['two databases', [host('om-1'), host('om-2', { database: { set: null, members: ['db-9:27017'] } })], /# The hosts do NOT use the same one: set rs0: db-1:27017, db-2:27017; no set: db-9:27017\./],
    ['no database', [unseen('om-1')], /# Which one the hosts use could not be seen\./],
    ['a tarball\'s tree without a mark', [host('om-1', { platform: 'linux', installed: undefined, serves: undefined })], /# It is installed, and nothing there says which release it is\.\n/],
    ['what could not be read', [host('om-1', { notSeen: ['/x could not be read.'] })], / {2}# \/x could not be read\.\n {2}- name: om-1/],
  ])('tells %s in a comment', (_, hosts, says) => {
    expect(written(hosts).text).toMatch(says);
  });

  const balancer: SeenBalancer = { name: 'lb-1', socket: '/run/a.sock', sudo: true, backend: 'om', servers: { 'om-1': 's1' }, strangers: [] };
  it('names the server of every host that serves, and leaves one that HAProxy does not know', () => {
    const { file, paths } = written([host('om-1', { centralUrl: 'https://om.example' }), host('om-2'), host('bkp-1', { application: OFF, daemon: RUNS })], [balancer]);
    expect(file.loadBalancers).toEqual([{ haproxy: { host: { name: 'lb-1' }, socket: '/run/a.sock', backend: 'om', servers: { 'om-1': 's1', 'om-2': null }, sudo: true, url: 'https://om.example' } }]);
    expect(paths).toContain('loadBalancers[0].haproxy.servers.om-2');
  });

  it('tells of servers that are none of the hosts, and of a load balancer that was not seen', () => {
    expect(written([host('om-1')], [{ ...balancer, strangers: ['s9 (10.0.0.9)'] }]).text).toMatch(/# Backend om also has s9 \(10\.0\.0\.9\), which is none of the hosts named/);
    const { text, paths } = written([host('om-1')], [{ name: 'lb-1', unseen: 'It is away.', sudo: true, servers: {}, strangers: [] }]);
    expect(text).toMatch(/# NOT SEEN: It is away\.\n +- haproxy:/);
    expect(paths).toEqual(expect.arrayContaining(['loadBalancers[0].haproxy.socket', 'loadBalancers[0].haproxy.backend']));
  });

  it('names a load balancer on one of the hosts by that host', () => {
    expect(written([host('om-1', { address: '10.0.0.1' })], [{ ...balancer, name: 'om-1', address: '10.0.0.1' }]).file.loadBalancers).toMatchObject([{ haproxy: { host: 'om-1' } }]);
  });
});

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkInstallation } from '../../src/installation/check.ts';
import { loadInstallation } from '../../src/installation/load.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import { anInstallationWith } from './an-installation.ts';

const examples = join(import.meta.dirname, '../../examples');

function complete(changes: Readonly<Record<string, unknown>> = {}): OpsManagerInstallation {
  const checked = checkInstallation(anInstallationWith(changes));
  if ('problems' in checked || checked.installation.product !== 'ops-manager') throw new Error(JSON.stringify(checked));
  return checked.installation;
}

describe('what a file leaves out', () => {
  it('is filled in with the defaults of the design', () => {
    expect(complete().policy).toEqual({
      approve: ['start', 'each-host'],
      backupDaemons: { stop: 'self-stop', for: '75m', attempts: 3, every: '2m', whenStuck: 'ask', settle: '5m' },
      health: { consecutive: 3, every: '5s', within: '15m' },
      soak: '2m',
      proveReadOnly: false,
    });
    expect(complete().hosts[0]).toEqual({
      name: 'om-1', address: '10.0.0.1', platform: 'debian', roles: ['application', 'backup-daemon'],
      ssh: { user: 'ops', port: 22, knownHostsFile: 'known_hosts' },
      installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms',
    });
  });

  it('is an address when a host is reached by its name', () => {
    expect(complete({ 'hosts.0.address': undefined }).hosts[0]).toMatchObject({ address: 'om-1' });
  });

  it('is, with an API key, the time for which new backup jobs are kept away', () => {
    const api = { publicKey: { env: 'A' }, privateKey: { env: 'B' } };
    expect(complete({ api }).policy.backupDaemons.quiesce).toBe('5m');
    expect(complete({ api, 'policy.backupDaemons': { quiesce: 'never' } }).policy.backupDaemons.quiesce).toBe('never');
  });

  it('does not replace what the file says', () => {
    expect(complete({ 'policy.soak': '0s', 'hosts.0.runAs': 'mms' })).toMatchObject({ policy: { soak: '0s' }, hosts: [{ runAs: 'mms' }, {}] });
  });
});

describe('SSH settings', () => {
  it('of a host win over those of the file, which fill in the rest', () => {
    expect(complete({ 'ssh.sudoPassword': { env: 'SUDO' }, 'hosts.1.ssh': { port: 2222, user: 'root' } }).hosts[1]?.ssh).toEqual({
      user: 'root', port: 2222, knownHostsFile: 'known_hosts', sudoPassword: { env: 'SUDO' },
    });
  });

  it('of a jump host are its own: never the port, the pinned key or the sudo password of the host behind it', () => {
    const [first, second] = complete({
      'ssh.jumpHost': 'jump@bastion:2200', 'ssh.sudoPassword': { env: 'SUDO' }, 'ssh.port': 2222,
      'hosts.0.ssh': { user: 'root', hostKey: `SHA256:${'A'.repeat(43)}` },
      'hosts.1.ssh': { user: 'root', jumpHost: { name: 'other', address: '10.9.9.9' } },
    }).hosts;
    expect(first?.ssh.jumpHost).toEqual({ name: 'bastion', address: 'bastion', ssh: { user: 'jump', port: 2200, knownHostsFile: 'known_hosts' } });
    expect(second?.ssh.jumpHost).toEqual({ name: 'other', address: '10.9.9.9', ssh: { user: 'root', port: 22, knownHostsFile: 'known_hosts' } });
  });

  it('of a jump host in the file\'s own ssh do not change with the host behind it', () => {
    expect(complete({ 'ssh.jumpHost': 'bastion', 'hosts.0.ssh.user': 'root' }).hosts[0]?.ssh.jumpHost?.ssh.user).toBe('ops');
  });

  it('have no port of their own where OpenSSH\'s configuration may say it', () => {
    const [first, second] = complete({ 'ssh.configFile': 'config', 'hosts.0.ssh.port': 22 }).hosts;
    expect([first?.ssh.port, second?.ssh.port]).toEqual([22, undefined]);
  });

  it('lead one way to a host: its own takes the place of the file\'s, and what is behind a jump host is not what leads to it', () => {
    const nc = ['nc', '%h', '%p'];
    const [first, second] = complete({ 'ssh.proxyCommand': nc, 'hosts.0.ssh.jumpHost': 'bastion' }).hosts;
    expect(first?.ssh).toEqual({ user: 'ops', port: 22, knownHostsFile: 'known_hosts', jumpHost: { name: 'bastion', address: 'bastion', ssh: { user: 'ops', port: 22, knownHostsFile: 'known_hosts' } } });
    expect(second?.ssh.proxyCommand).toEqual(nc);
    const third = complete({ 'ssh.jumpHost': 'bastion', 'hosts.0.ssh.proxyCommand': nc }).hosts[0]?.ssh;
    expect(third).toEqual({ user: 'ops', port: 22, knownHostsFile: 'known_hosts', proxyCommand: nc });
  });

  it('of a load balancer\'s host are those of the host with its name, else those of the file', () => {
    const hostOf = (changes: Readonly<Record<string, unknown>>) => {
      const [first] = complete(changes).loadBalancers;
      return first !== undefined && 'haproxy' in first ? first.haproxy.host : undefined;
    };
    expect(hostOf({})).toEqual({ name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22, knownHostsFile: 'known_hosts' } });
    expect(hostOf({ 'hosts.0.ssh.port': 2201, 'loadBalancers.0.haproxy.host': 'om-1' }))
      .toEqual({ name: 'om-1', address: '10.0.0.1', ssh: { user: 'ops', port: 2201, knownHostsFile: 'known_hosts' } });
    expect(hostOf({ 'loadBalancers.0.haproxy.host': 'root@[2001:db8::2]:2202' }))
      .toEqual({ name: '2001:db8::2', address: '2001:db8::2', ssh: { user: 'root', port: 2202, knownHostsFile: 'known_hosts' } });
  });
});

describe('a complete installation, which is what the workflow is started with', async () => {
  it.each(await readdir(examples))('is accepted again, after a trip through JSON, and stays as it is: %s', async (name) => {
    const loaded = await loadInstallation(join(examples, name));
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    expect(checkInstallation(JSON.parse(JSON.stringify(loaded.installation)))).toEqual(loaded);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a proxy command, and one to a jump host', { 'ssh.proxyCommand': ['nc', '%h', '%p'], 'hosts.0.ssh.jumpHost': { name: 'bastion', ssh: { proxyCommand: ['nc', '%h'] } } }],
    ['OpenSSH\'s configuration, with and without a port beside it', { 'ssh.knownHostsFile': undefined, 'ssh.configFile': 'config', 'hosts.0.ssh': { port: 22, jumpHost: 'bastion' } }],
    ['jump hosts in a chain', { 'ssh.jumpHost': { name: 'inner', ssh: { port: 2, jumpHost: 'me@outer:3' } } }],
    ['a pinned key beside known_hosts', { 'hosts.0.ssh.hostKey': `SHA256:${'A'.repeat(43)}`, 'ssh.passphrase': { file: 'p' } }],
    ['a load balancer on a host, with settings of its own', { 'loadBalancers.0.haproxy.host': { name: 'om-1', ssh: { user: 'lb' } } }],
    ['a jump host that is one of the hosts', { 'hosts.0.ssh.port': 2201, 'hosts.1.ssh.jumpHost': 'om-1' }],
    ['a load balancer behind a jump host that is one of the hosts', { 'hosts.1.ssh.jumpHost': 'om-1', 'loadBalancers.0.haproxy.host': 'om-2' }],
    ['an IPv6 load balancer', { 'loadBalancers.0.haproxy.host': '[2001:db8::2]:2202' }],
    ['a sha256 in capitals', { 'target.packages.debian.sha256': 'A'.repeat(64) }],
    ['an api and every approval', { api: { publicKey: { env: 'A' }, privateKey: { file: 'b' } }, 'policy.approve': ['start', 'first-host', 'each-host', 'finish'], 'policy.proveReadOnly': true }],
    ['no approval at all', { 'policy.approve': [] }],
  ])('is accepted again and stays as it is: %s', (_, changes) => {
    const installation = complete(changes);
    expect(checkInstallation(JSON.parse(JSON.stringify(installation)))).toEqual({ installation });
  });
});

describe('any one value of a file, replaced by junk', async () => {
  const loaded = await loadInstallation(join(examples, 'ops-manager-debian.yaml'));
  const junk = [null, '', 0, -1, true, [], {}, [null], 'x', 'x y', 'a:b@c:d', 'ops@om-1:22', { name: 'om-1' }, '22', '1s', 'om-1', 'SHA256:A', '10.0.0.300', '\u0000'];

  it('is refused or accepted; what is accepted is accepted again, and nothing throws', () => {
    const places = placesIn(loaded);
    expect(places.length).toBeGreaterThan(50);
    for (const place of places) {
      for (const value of junk) {
        const { installation } = structuredClone(loaded) as { installation: unknown };
        const checked = checkInstallation(replaced(installation, place.slice(1), value));
        if ('installation' in checked) expect(checkInstallation(JSON.parse(JSON.stringify(checked.installation)))).toEqual(checked);
        else expect(checked.problems.length).toBeGreaterThan(0);
      }
    }
  });
});

function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, entry]) => placesIn(entry, [...path, key]))].filter((place) => place.length > 0);
}

function replaced(value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown {
  if (first === undefined) return by;
  (value as Record<string, unknown>)[first] = replaced((value as Record<string, unknown>)[first], rest, by);
  return value;
}

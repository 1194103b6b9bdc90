import { describe, expect, it } from 'vitest';
import { checkInstallation } from '../../src/installation/check.ts';
import { messageOf } from '../../src/installation/problems.ts';
import { anInstallation, anInstallationWith, sha256 } from './an-installation.ts';

function problemsWith(changes: Readonly<Record<string, unknown>>): readonly string[] {
  const checked = checkInstallation(anInstallationWith(changes));
  return 'problems' in checked ? checked.problems.map(messageOf) : [];
}

const onWindows = { name: 'om-3', address: '10.0.0.3', platform: 'windows', roles: ['backup-daemon'] };

describe('a rule that only several parts of the file can tell', () => {
  it.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['two hosts with one name', { 'hosts.2': { ...anInstallation().hosts[1], address: '10.0.0.9' } },
      ['hosts[2].name: "om-2" is the name of another host too; give every host a name of its own']],
    ['two hosts with one address and port', { 'hosts.1.address': '10.0.0.1' },
      ['hosts[1].address: om-2 and om-1 have one address and SSH port, 10.0.0.1 port 22; list a machine once, with all its roles']],
    ['an address that only differs in its case', { 'hosts.0.address': 'om.example', 'hosts.1.address': 'OM.example' },
      ['hosts[1].address: om-2 and om-1 have one address and SSH port, om.example port 22; list a machine once, with all its roles']],
    ['no application host', { 'hosts.0.roles': ['backup-daemon'], 'hosts.1.roles': ['backup-daemon'], 'loadBalancers.0': { none: 'test' } },
      ['hosts: no host has the role application; give it to every host that serves users']],
    ['one application host', { 'hosts.1.roles': ['backup-daemon'], 'loadBalancers.0': { none: 'test' } },
      ['hosts: only om-1 has the role application; Upgrade Mode needs at least two, so add the others, or upgrade a single host by the vendor\'s guide']],
    ['a role listed twice', { 'hosts.1.roles': ['application', 'application'] },
      ['hosts[1].roles: application is listed twice; list each role once']],
    ['a platform of a later release', { 'hosts.2': onWindows, 'target.packages.windows': { onHost: '/om.zip', sha256 } },
      ['hosts[2].platform: om-3 is windows; this release upgrades ops-manager on debian, rhel, linux hosts only, so upgrade this installation by the vendor\'s guide']],
    ['a platform without its package', { 'target.packages': {} },
      ['target.packages.debian: is missing, needed by om-1, om-2; expected a package with file or onHost, and sha256']],
    ['a package in two places', { 'target.packages.debian.onHost': '/om.deb' },
      ['target.packages.debian: has both file and onHost; keep one: file is on the worker and gets uploaded, onHost is already on every host']],
    ['a package in no place', { 'target.packages.debian.file': undefined },
      ['target.packages.debian: has neither file nor onHost; add one: file is on the worker and gets uploaded, onHost is already on every host']],
    ['one name for both services', { 'hosts.0.service': { names: { application: 'om', backupDaemon: 'om' } } },
      ['hosts[0].service.names: the application and the Backup Daemon are both om; give each its own name, or leave out the one that is the vendor\'s']],
    ['an application with the name of the vendor\'s Backup Daemon', { 'hosts.0.service': { names: { application: 'mongodb-mms-backup-daemon' } } },
      ['hosts[0].service.names: the application and the Backup Daemon are both mongodb-mms-backup-daemon; give each its own name, or leave out the one that is the vendor\'s']],
    ['a start of the site\'s own without its stop', { 'hosts.0.service': { start: 'a' } },
      ['hosts[0].service: found start without stop; give both, or neither to use the services by their names']],
    ...['/', '/srv/../mms', '/srv//mms'].map((installDir): [string, Readonly<Record<string, unknown>>, readonly string[]] => [
      `a tarball in ${installDir}`, { 'hosts.2': { ...onWindows, platform: 'linux', installDir }, 'target.packages.linux': { onHost: '/om.tgz', sha256 } },
      [`hosts[2].installDir: found "${installDir}"; the tree of a tarball is renamed, so give the folder's own path, as in /srv/ops-manager: not the root, no "." or "..", no tabs`]]),
    ['nobody to log in as', { 'ssh.user': undefined },
      ['ssh.user: is missing: nothing says which user logs in on om-1, om-2, lb-1']],
    ['nobody to log in as on one host', { 'ssh.user': undefined, 'hosts.0.ssh.user': 'a', 'loadBalancers.0.haproxy.host': { name: 'lb-1', ssh: { user: 'b' } } },
      ['hosts[1].ssh.user: is missing: nothing says which user logs in on om-2, here or for all hosts under ssh']],
    ['no known host key', { 'ssh.knownHostsFile': undefined },
      ['ssh.knownHostsFile: is missing: a host key is never trusted blindly; give knownHostsFile, or hostKey, for om-1, om-2, lb-1']],
    ['a jump host whose key nobody knows', {
      'ssh.knownHostsFile': undefined, 'hosts.0.ssh': { hostKey: `SHA256:${'A'.repeat(43)}`, jumpHost: 'bastion' },
      'hosts.1.ssh.knownHostsFile': 'k', 'loadBalancers.0.haproxy.host': 'om-2',
    }, ['hosts[0].ssh.jumpHost.ssh.knownHostsFile: is missing: a host key is never trusted blindly; give knownHostsFile, or hostKey, for bastion, here or for all hosts under ssh']],
    ['one host key for all hosts', { 'ssh.hostKey': `SHA256:${'A'.repeat(43)}` },
      ['ssh.hostKey: belongs to one host; move it to the ssh of that host']],
    ['a backup on a host that is not there', { 'applicationDatabase.backups.0': { host: 'db', command: 'a', verify: 'b' } },
      ['applicationDatabase.backups[0].host: found "db", which is no host of this file; expected one of om-1, om-2']],
    ['a way to the database through a host that is not there', { 'applicationDatabase.reach': { through: 'om-9' } },
      ['applicationDatabase.reach.through: found "om-9", which is no host of this file; expected one of om-1, om-2']],
    ['a command for the database on a host that is not there', { 'applicationDatabase.reach': { host: 'db-1', command: 'look' } },
      ['applicationDatabase.reach.host: found "db-1", which is no host of this file; expected one of om-1, om-2']],
    ['two ways to the database', { 'applicationDatabase.reach': { through: 'om-1', host: 'om-1', command: 'look' } },
      ['applicationDatabase.reach.through: unknown key; expected one of host, command']],
    ['no way to the database', { 'applicationDatabase.uri': undefined },
      ['applicationDatabase.uri: is missing: the worker needs the connection string, as { env: NAME } or { file: path }; where it must not have one, say in reach how the database is asked instead']],
    ['TLS for connections that are not made', { 'applicationDatabase.reach': { none: 'why' }, 'applicationDatabase.tls': { caFile: 'ca.pem' } },
      ['applicationDatabase.tls: is for connections of the worker, and reach says that it makes none; leave it out']],
    ['a password for a certificate that is not there', { 'applicationDatabase.tls': { passphrase: { env: 'A' } } },
      ['applicationDatabase.tls.passphrase: opens a certificateKeyFile, and there is none; add it, or leave the password out']],
    ['a host that the load balancer knows and the file does not', { 'loadBalancers.0.haproxy.servers.om-3': 's3' },
      ['loadBalancers[0].haproxy.servers.om-3: no host of this name serves users; expected om-1, om-2']],
    ['a host that the load balancer does not know', { 'loadBalancers.0.haproxy.servers': { 'om-1': 's1' } },
      ['loadBalancers[0].haproxy.servers.om-2: is missing: om-2 serves users; name its server in HAProxy here']],
    ['one server for two hosts', { 'loadBalancers.0.haproxy.servers': { 'om-1': 's1', 'om-2': 's1' } },
      ['loadBalancers[0].haproxy.servers.om-2: found "s1", which is the server of another host too; every host has a server of its own']],
    ['no load balancer beside one', { 'loadBalancers.1': { none: 'why' } },
      ['loadBalancers[1].none: says that there is no load balancer, but others are listed; keep one or the other']],
    ['a load balancer on a host under another address', { 'loadBalancers.0.haproxy.host': { name: 'om-1', address: '10.9.9.9' } },
      ['loadBalancers[0].haproxy.host.address: found 10.9.9.9, but om-1 in hosts has the address 10.0.0.1; leave it out, or choose a name that no host has']],
    ['a name that can be no address', { 'hosts.0.name': 'om.1', 'hosts.0.address': undefined, 'loadBalancers.0.haproxy.servers': { 'om.1': 's1', 'om-2': 's2' } },
      ['hosts[0].address: is missing: the name om.1 can be no address; give the host name or IP address of this host']],
    ['a host that is its own jump host', { 'ssh.jumpHost': 'om-1' },
      ['hosts[0].ssh.jumpHost: om-1 would be reached through itself; name jumpHost only where it is needed, in the ssh of the other hosts']],
    ['two ways to one host', { 'hosts.0.ssh': { jumpHost: 'bastion', proxyCommand: ['nc', '%h', '%p'] } },
      ['hosts[0].ssh.proxyCommand: stands beside jumpHost, but one way leads to a host; keep one, or give proxyCommand to the jump host itself']],
    ['two ways to all hosts', { 'ssh.jumpHost': 'bastion', 'ssh.proxyCommand': ['nc', '%h', '%p'] },
      ['ssh.proxyCommand: stands beside jumpHost, but one way leads to a host; keep one, or give proxyCommand to the jump host itself']],
    ['an approval listed twice', { 'policy.approve': ['start', 'finish', 'start'] },
      ['policy.approve[2]: "start" is listed twice; list each approval once']],
    ['more looks than there is time for', { 'policy.health': { within: '10s' } },
      ['policy.health: 3 looks every 5s take longer than within allows (10s); look more often or allow more time']],
    ['a proof that nothing can give', { 'policy.proveReadOnly': true },
      ['policy.proveReadOnly: is true, but there is no api to try a write with; add api: { publicKey, privateKey }, both by reference, or leave proveReadOnly out']],
    ['backup jobs that nothing can keep away', { 'policy.backupDaemons': { quiesce: '5m' } },
      ['policy.backupDaemons.quiesce: is set, but there is no api to switch backup jobs off with; add api: { publicKey, privateKey }, both by reference, or leave quiesce out']],
  ])('is told in one sentence that names the thing and the way out: %s', (_, changes, expected) => {
    expect(problemsWith(changes)).toEqual(expected);
  });

  it('leaves known_hosts and ports to OpenSSH\'s configuration where the file names one, also for jump hosts', () => {
    expect(problemsWith({ 'ssh.knownHostsFile': undefined, 'ssh.configFile': '~/.ssh/config', 'hosts.0.ssh.jumpHost': 'bastion' })).toEqual([]);
  });

  it('needs no connection string on the worker where it makes no connection', () => {
    for (const reach of [{ none: 'why' }, { host: 'om-1', command: 'look' }]) {
      expect(problemsWith({ 'applicationDatabase.uri': undefined, 'applicationDatabase.reach': reach })).toEqual([]);
    }
    expect(problemsWith({ 'applicationDatabase.reach': { through: 'om-1' }, 'applicationDatabase.tls': { caFile: 'ca.pem', certificateKeyFile: 'client.pem', passphrase: { env: 'A' } } })).toEqual([]);
  });

  it('allows one address on several ports, and one address behind several jump hosts', () => {
    expect(problemsWith({ 'hosts.1.address': '10.0.0.1', 'hosts.1.ssh.port': 2202 })).toEqual([]);
    expect(problemsWith({ 'hosts.1.address': '10.0.0.1', 'hosts.1.ssh.jumpHost': 'other-site' })).toEqual([]);
    expect(problemsWith({ 'hosts.1.address': '10.0.0.1', 'hosts.1.ssh.proxyCommand': ['to-other-site', '%h'] })).toEqual([]);
  });

  it('is not asked about what is mistyped: a role that may be application counts as one', () => {
    expect(problemsWith({ 'hosts.1.roles': ['aplication'] })).toEqual([
      'hosts[1].roles[0]: found "aplication"; expected one of application, backup-daemon; did you mean "application"?',
    ]);
  });
});

describe('a value of the wrong kind', () => {
  it.each<[string, unknown, string]>([
    ['installation', 'Om', 'found "Om"; expected a name of at most 100'],
    ['installation', 'a'.repeat(101), `found "${'a'.repeat(59)}…"; expected a name of at most 100`],
    ['target.version', '4.4', 'found "4.4"; expected a version of three numbers'],
    ['target.packages.debian.sha256', 'abc', 'expected the sha256 of the package: 64 hexadecimal digits'],
    ['target.packages.debian.file', '-rf', 'expected a path on the worker'],
    ['policy.soak', '', 'found ""; expected a duration with its unit, from 0s to 24h'],
    ['policy.soak', '-2m', 'expected a duration with its unit, from 0s to 24h'],
    ['policy.soak', '25h', 'expected a duration with its unit, from 0s to 24h'],
    ['policy.backupDaemons.for', '0s', 'expected a duration with its unit, from 1s to 24h'],
    ['policy.backupDaemons.quiesce', 'no', 'found "no"; expected never, or a duration with its unit, from 0s to 2h'],
    ['policy.health.consecutive', 1.5, 'found the number 1.5; expected a whole number from 1 to 100'],
    ['policy.proveReadOnly', 'yes', 'found "yes"; expected true or false'],
    ['hosts.0.address', '-oProxyCommand=sh', 'expected a host name or an IP address'],
    ['hosts.0.address', '10.0.0.300', 'found "10.0.0.300"; expected a host name or an IP address'],
    ['hosts.0.address', 'ops:22', 'found "ops:22"; expected a host name or an IP address'],
    ['hosts.0.url', 'ftp://om-1', 'expected a URL like'],
    ['hosts.0.url', 'http://om-1:99999', 'expected a URL like'],
    ['hosts.0.url', 'http://om-1/path?x', 'expected a URL like'],
    ['hosts.0.installDir', 'opt/mms', 'expected an absolute path on the host'],
    ['hosts.0.runAs', 'a b', 'expected the name of an operating-system user'],
    ['hosts.0.ssh.hostKey', 'ssh-ed25519', 'expected a public host key'],
    ['ssh.jumpHost', 'bastion:99999', 'found "bastion:99999"; expected the name of a host'],
    ['ssh.proxyCommand', 'nc %h %p', 'found "nc %h %p"; expected a list of words, the program first'],
    ['ssh.proxyCommand', [], 'expected a list of words, the program first'],
    ['ssh.proxyCommand', ['nc', '%n'], 'found "%n"; expected a word of a command on the worker; in it %h is the address'],
    ['ssh.jumpHost', 'a:b:c', 'expected the name of a host, "user@host:port", or a mapping'],
    ['applicationDatabase.backups.0.maxAge', '1s', 'expected a duration with its unit, from 1m to 30d'],
    ['loadBalancers', [], 'found an empty list; expected a list of at least one load balancer'],
    ['hosts', 'om-1', 'found "om-1"; expected a list of hosts'],
    ['ssh', null, 'found nothing; expected a mapping with the keys user, port'],
  ])('%s: %j is refused with what is allowed', (path, value, expected) => {
    const told = problemsWith({ [path]: value });
    expect(told.join('\n')).toContain(expected);
  });
});

describe('a command on a host', () => {
  const withCommand = (command: string) => problemsWith({ 'applicationDatabase.backups.0': { host: 'om-1', command, verify: 'true' } });

  it.each([
    'mongodump --uri mongodb://u:hunter@om-1/', 'mongodump --password hunter', 'mongodump --password=hunter', 'x --passwd "hunter"',
    'openssl enc -pass pass:hunter', 'curl https://hunter@backup.example/', 'curl https://u:hunter@backup.example/',
  ])('is refused when it holds a secret, which is not repeated: %s', (command) => {
    const [told = '', ...more] = withCommand(command);
    expect(told).toMatch(/^applicationDatabase\.backups\[0\]\.command: holds a .*, not shown here; take it out/);
    expect(told).not.toContain('hunter');
    expect(more).toEqual([]);
  });

  it.each([
    'mongodump --config /etc/backup.conf', 'mongodump --password "$PW"', 'mongodump --password="$(cat /etc/pw)"', 'mongodump --uri mongodb://u:$PW@om-1/',
    'gpg --batch --passphrase-file /etc/pw -c', 'openssl enc -pass file:/etc/pw', 'curl http://om-1:8080/x', 'mongodump --uri mongodb://u@om-1/', 'x --password --gzip',
  ])('may read one on its host: %s', (command) => {
    expect(withCommand(command)).toEqual([]);
  });
});

describe('checkInstallation', () => {
  it.each([
    undefined, null, 0, '', 'text', true, [], {}, [[]], { product: null }, { product: 'ops-manager' }, { product: ['ops-manager'] },
    { product: 'ops-manager', hosts: [null, 1, 'x', []], ssh: 3, policy: [], target: [], loadBalancers: [{ haproxy: { servers: [] } }, null] },
    JSON.parse('{"__proto__": {"product": "ops-manager"}, "constructor": 1}'),
    { product: 'urbancode-deploy', hosts: { 0: {} }, database: { backups: 'x', sessions: null } },
  ])('answers junk with problems and never throws: %j', (junk) => {
    expect(checkInstallation(junk)).toHaveProperty('problems');
  });

  it('tells all mistakes at once, of values and of rules', () => {
    expect(problemsWith({ 'policy.soak': 5, 'hosts.1.address': '10.0.0.1', polcy: {} })).toEqual([
      'hosts[1].address: om-2 and om-1 have one address and SSH port, 10.0.0.1 port 22; list a machine once, with all its roles',
      'policy.soak: found the number 5; expected a duration with its unit, from 0s to 24h, like 5s, 75m or 4h',
      'polcy: unknown key; did you mean "policy"? Expected one of installation, product, target, ssh, hosts, applicationDatabase, loadBalancers, api, policy',
    ]);
  });
});

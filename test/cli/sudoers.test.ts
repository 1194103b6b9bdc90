/** What `sudoers` prints. That a real sudo takes the lines is seen in test/ssh/real and in every lab story. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SudoersGroup } from '../../src/cli/render/sudoers.ts';
import { anInstallationWith, sha256 } from '../installation/an-installation.ts';
import { anUrbancodeInstallationWith } from '../installation/an-urbancode-installation.ts';
import { lockkeeper, type Said } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-sudoers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sudoers(changes: Readonly<Record<string, unknown>>, ...options: string[]): Promise<Said> {
  const file = join(folder, 'file.json');
  writeFileSync(file, JSON.stringify(anInstallationWith(changes)));
  return lockkeeper('sudoers', file, ...options);
}

async function groups(changes: Readonly<Record<string, unknown>>): Promise<readonly SudoersGroup[]> {
  return JSON.parse((await sudoers(changes, '-o', 'json')).out) as readonly SudoersGroup[];
}

describe('sudoers', () => {
  it('names hosts together that need the same, and those of load balancers with what is done there', async () => {
    const found = await groups({});
    expect(found.map(({ hosts }) => hosts)).toEqual([['om-1', 'om-2'], ['lb-1']]);
    expect(found[1]?.text).toContain('\nops ALL=(root) NOPASSWD: /usr/bin/socat -t 5 - UNIX-CONNECT\\:/run/admin.sock\n');
    expect(found[1]?.text).not.toContain('dpkg');
  });

  it('writes lines without a password only where none is asked for', async () => {
    const found = await groups({ 'hosts.1.ssh': { sudoPassword: { env: 'OPS_SUDO' } } });
    expect(found.map(({ hosts, password }) => ({ hosts, password }))).toEqual([
      { hosts: ['om-1'], password: false }, { hosts: ['om-2'], password: true }, { hosts: ['lb-1'], password: false },
    ]);
    expect(found[0]?.text).toContain('\nops ALL=(root) NOPASSWD: /usr/sbin/service mongodb-mms stop\n');
    expect(found[1]?.text).toContain('\nops ALL=(root) /usr/sbin/service mongodb-mms stop\n');
    expect(found[1]?.text).not.toContain('NOPASSWD');
  });

  it('prints nothing for hosts whose user is root, and says so when these are all', async () => {
    expect((await groups({ 'hosts.0.ssh': { user: 'root' } })).map(({ hosts }) => hosts)).toEqual([['om-2'], ['lb-1']]);
    expect(await sudoers({ 'ssh.user': 'root' })).toMatchObject({ code: 2, out: '', err: expect.stringContaining('logs in to all of them as root') as string });
  });

  it('adds a load balancer that is on a host of the file to the lines of that host', async () => {
    const [first] = await groups({ 'loadBalancers.0.haproxy.host': 'om-1' });
    expect(first?.hosts).toEqual(['om-1']);
    expect(first?.text).toMatch(/service mongodb-mms stop[^]*socat/);
  });

  it('holds no line for a socket that needs no sudo', async () => {
    expect((await groups({ 'loadBalancers.0.haproxy.sudo': false })).map(({ hosts }) => hosts)).toEqual([['om-1', 'om-2']]);
  });

  it('writes the package of the file, or with --any-package a pattern without an asterisk', async () => {
    expect((await sudoers({})).out).toContain(`-i /var/lib/lockkeeper/packages/${sha256}\n`);
    const any = (await sudoers({}, '--any-package')).out;
    expect(any).not.toContain(sha256);
    expect(any).toContain(`-i /var/lib/lockkeeper/packages/${'[0-9a-f]'.repeat(64)}\n`);
    // The home of the login is the only word that is not known at all; what runs from it runs as that login, not as root.
    expect(any.split('\n').filter((line) => !line.startsWith('#') && line.includes('*')).map((line) => line.replaceAll('[0-9a-f]', ''))).toEqual([
      'ops ALL=(root) NOPASSWD: /usr/bin/install -m 600 -- /*/.lockkeeper/uploads/ /var/lib/lockkeeper/packages/',
      'ops ALL=(root) NOPASSWD: /usr/bin/systemd-run --quiet --collect --property\\=KillMode\\=process --uid\\=ops -- /bin/sh /*/.lockkeeper/jobs/*/runner /*/.lockkeeper/jobs/*',
    ]);
  });

  it('names no uploaded package where it is on the hosts already', async () => {
    const onHost = { 'target.packages.debian': { onHost: '/srv/mms 4.deb', sha256 } };
    const { out } = await sudoers(onHost);
    expect(out).toContain(`/usr/bin/install -m 600 -- /srv/mms\\ 4.deb /var/lib/lockkeeper/packages/${sha256}\n`);
    expect(out).not.toMatch(/uploads/);
  });

  it('prints the lines of one host, and says which there are when there is none of that name', async () => {
    const { out } = await sudoers({}, '--host', 'lb-1');
    expect(out.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toHaveLength(1);
    expect(await sudoers({}, '--host', 'om-9')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('These hosts need them: om-1, om-2, lb-1.') as string });
  });

  it('prints what the hosts of the lab have: after a change, npx vitest run test/cli/sudoers.test.ts -u', async () => {
    const lab = {
      installation: 'om-lab',
      'hosts.1.platform': 'rhel', 'target.packages.rhel': { file: 'mms.rpm', sha256 },
      'hosts.2': { name: 'bkp-1', address: '10.0.0.3', platform: 'linux', roles: ['backup-daemon'], installDir: '/srv/ops-manager', runAs: 'opsmgr' },
      'target.packages.linux': { file: 'mms.tar.gz', sha256 },
      'loadBalancers.0.haproxy.socket': '/run/haproxy/admin.sock',
    };
    await expect((await sudoers(lab, '--any-package')).out).toMatchFileSnapshot('../lab/sudoers');
  });
});

describe('sudoers of UrbanCode Deploy', () => {
  const own = { start: 'sudo systemctl start ucd-server', stop: 'sudo systemctl stop ucd-server' };
  function of(changes: Readonly<Record<string, unknown>>, ...options: string[]): Promise<Said> {
    const file = join(folder, 'urbancode.json');
    writeFileSync(file, JSON.stringify(anUrbancodeInstallationWith(changes)));
    return lockkeeper('sudoers', file, ...options);
  }

  it('allow everything as the product\'s user and says why, and as root only what is written out', async () => {
    const { out } = await of({});
    expect(out).toContain('\nops ALL=(ucd) NOPASSWD: ALL\n');
    expect(out).toContain("runs with all rights of the product's user");
    expect(out.split('\n').filter((line) => line.startsWith('ops ALL=(root)') && /NOPASSWD: ALL$/.test(line))).toEqual([]);
    expect(out.split('\n').filter((line) => line.startsWith('ops ALL=(ucd)'))).toHaveLength(1);
  });

  it('holds boot of a unit that the file names, and nothing for hosts where a person acts', async () => {
    const { out } = await of({ 'hosts.1.service': own });
    expect(out).toContain('\nops ALL=(root) NOPASSWD: /bin/systemctl disable ucd-server.service\n');
    const windows = { 'hosts.1': { name: 'ucd-2', address: '10.0.1.2', platform: 'windows', roles: ['server'], installDir: 'C:\\ucd', runAs: 'ucd', service: { name: 'ucd' } }, 'target.packages.windows': { file: 'ucd.zip', sha256 } };
    expect((JSON.parse((await of(windows, '-o', 'json')).out) as readonly SudoersGroup[]).map(({ hosts }) => hosts)).toEqual([['ucd-1'], ['lb-1']]);
  });

  it('prints what the hosts of the lab have: after a change, npx vitest run test/cli/sudoers.test.ts -u', async () => {
    const { out } = await of({ installation: 'ucd-lab', 'hosts.1.service': own, 'loadBalancers.0.haproxy.socket': '/run/haproxy/admin.sock' }, '--any-package');
    await expect(out).toMatchFileSnapshot('../lab/sudoers-urbancode');
  });
});

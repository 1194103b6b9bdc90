/**
 * What is refused before anything is touched. One lab for all: nothing changes it, and what a test changes on a host it
 * puts back. Each refusal names the thing and the way out.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replacePackage } from '../lab/by-hand.ts';
import type { LabHost } from '../lab/topology.ts';
import { Story } from './story.ts';

let story: Story;
beforeAll(async () => { story = await Story.begin('om-refused'); });
afterAll(async () => {
  expect(await story.lab.violations()).toEqual([]);
  await story?.end();
});

/** Starts the file; it must be refused. Returns what `wait` says. */
async function refused(): Promise<string> {
  await story.must(0, 'start', story.file);
  const { code, stdout, stderr } = await story.lockkeeper('wait', story.name);
  expect(code, stdout + stderr).toBe(1);
  const { phase } = await story.status();
  expect(phase).toBe('refused');
  for (const host of ['om-1', 'om-2', 'om-3', 'bkp-1'] as const) {
    expect(await story.lab.sh(host, 'ls -A /var/lib/lockkeeper 2>/dev/null || true'), `${host} was touched`).toBe('');
    expect(await story.lab.installs(host)).toEqual([]);
  }
  return stdout + stderr;
}

/** Changes a host by one shell script for a test, then puts it back by another. */
async function meanwhile<T>(host: LabHost, [before, after]: readonly [string, string], test: () => Promise<T>): Promise<T> {
  await story.lab.sh(host, before);
  try {
    return await test();
  } finally {
    await story.lab.sh(host, after);
  }
}

async function knownHosts(change: (lines: string[]) => string[]): Promise<object> {
  const file = join(await mkdtemp(join(story.folder, 'known-')), 'known_hosts');
  const lines = (await readFile(story.lab.keys.knownHostsFile, 'utf8')).split('\n');
  await writeFile(file, change(lines).join('\n'));
  return { ssh: { user: story.lab.keys.user, identityFile: story.lab.keys.identityFile, knownHostsFile: file } };
}

function target(version: string, packageRelease: string, sha256?: string): Promise<object> {
  const found = story.lab.package(packageRelease);
  const file = `${packageRelease}.deb`;
  return copyFile(found.file, join(story.folder, file)).then(() => ({ target: { version, packages: { ...story.description().target.packages, debian: { file, sha256: sha256 ?? found.sha256 } } } }));
}

describe('refused before anything is touched', () => {
  it('a host whose key is not known, and one whose key is another', async () => {
    await story.write({}, await knownHosts((lines) => lines.filter((line) => !line.includes('10.77.0.12'))));
    expect(await refused()).toMatch(/host key of om-2 is unknown.*ssh-keyscan/);
    await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(story.folder, 'other')]);
    const other = (await readFile(join(story.folder, 'other.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
    await story.write({}, await knownHosts((lines) => lines.map((line) => (line.includes('10.77.0.12') ? `${line.split(' ')[0] ?? ''} ${other}` : line))));
    expect(await refused()).toMatch(/om-2.*has changed/);
  });

  it('a host where sudo does not allow what will be typed, naming the command', async () => {
    await story.write();
    const says = await meanwhile('om-3', ['cp /etc/sudoers.d/ops /root/ops.sudo; sed -i "/rpm -U/d" /etc/sudoers.d/ops', 'cp /root/ops.sudo /etc/sudoers.d/ops'], refused);
    expect(says).toMatch(/om-3.*rpm/s);
  });

  it('a host where systemd ends what a login leaves behind, and sudo does not run jobs apart from it', async () => {
    await story.write();
    const conf = '/etc/systemd/logind.conf.d';
    const says = await meanwhile('om-3', [
      `cp /etc/sudoers.d/ops /root/ops.sudo; sed -i /systemd-run/d /etc/sudoers.d/ops; mkdir ${conf}; printf '[Login]\\nKillUserProcesses=yes\\n' >${conf}/ends.conf; systemctl restart systemd-logind`,
      `cp /root/ops.sudo /etc/sudoers.d/ops; rm -r ${conf}; systemctl restart systemd-logind`,
    ], refused);
    expect(says).toMatch(/harmless job on om-3.*died with the connection.*let sudo run systemd-run/s);
  });

  it('a wrong sudo password', async () => {
    const { hosts } = story.description();
    await writeFile(join(story.folder, 'wrong'), 'not-the-password\n', { mode: 0o600 });
    await story.write({}, { hosts: hosts.map((host) => (host.name === 'om-2' ? { ...host, ssh: { sudoPassword: { file: 'wrong' } } } : host)) });
    expect(await refused()).toMatch(/om-2.*password/s);
  });

  it('a host that cannot be reached, in one sentence about that host', async () => {
    await story.write();
    await story.lab.partition('om-3');
    try {
      expect(await refused()).toMatch(/om-3/);
    } finally {
      await story.lab.heal('om-3');
    }
  });

  it('another gen.key on one host', async () => {
    await story.write();
    const key = '/etc/mongodb-mms/gen.key';
    const says = await meanwhile('om-2', [`cp -a ${key} /root/k; head -c 24 /dev/urandom >${key}`, `cp -a /root/k ${key}`], refused);
    expect(says).toMatch(/gen\.key/);
  });

  it('a probe that cannot see: processes of others are hidden', async () => {
    await story.write();
    // Shows itself only, whatever it is asked for.
    const blind = ['mv /usr/bin/ps /usr/bin/ps.real', "cat >/usr/bin/ps <<'SCRIPT'", '#!/bin/sh', 'shift; exec /usr/bin/ps.real -ww -p $$ "$@"', 'SCRIPT', 'chmod 755 /usr/bin/ps'].join('\n');
    const says = await meanwhile('om-3', [blind, 'mv /usr/bin/ps.real /usr/bin/ps'], refused);
    expect(says).toMatch(/om-3 is blind/);
  });

  it('clocks that are hours apart', async () => {
    await story.write();
    await story.lab.setClock('om-2', 2 * 3_600);
    expect(await refused()).toMatch(/clocks of \S+ and \S+ are 7[12]\d\d\.\d s apart.*NTP/);
    await story.lab.setClock('om-2', 0);
  });

  it('a host that the load balancer knows and the file does not', async () => {
    const { hosts, loadBalancers } = story.description();
        await story.write({}, {
      hosts: hosts.filter((host) => host.name !== 'om-3'),
      loadBalancers: loadBalancers.map(({ haproxy }) => ({ haproxy: { ...haproxy, servers: { 'om-1': 's1', 'om-2': 's2' } } })),
    });
    expect(await refused()).toMatch(/s3/);
  });

  it('a package whose checksum is not the file\'s, another product\'s package, and another version\'s', async () => {
    await story.write({}, await target('4.4.18', '4.4.18', 'b'.repeat(64)));
    expect(await refused()).toMatch(/sha256|checksum/);
    await story.write({}, await target('4.4.18', 'other'));
    expect(await refused()).toMatch(/other-product/);
    await story.write({}, await target('4.4.18', '4.4.16'));
    expect(await refused()).toMatch(/4\.4\.16/);
  });

  it('a skipped major, and a target that is not newer', async () => {
    await story.write({}, await target('6.0.5', '6.0.5'));
    expect(await refused()).toMatch(/5\.0|skip/);
    await story.write({}, await target('4.4.13', '4.4.13'));
    expect(await refused()).toMatch(/nothing to upgrade|4\.4\.13/);
  });
});

it('a second start while one is open says so, and what to do', async () => {
  await story.write({ approve: ['start'] });
  await story.must(0, 'start', story.file);
  await story.waitsFor('start');
  const again = await story.lockkeeper('start', story.file);
  expect(again.code).not.toBe(0);
  expect(again.stdout + again.stderr).toMatch(/already|is open|runs/);
  const nowhere = await story.lockkeeper('approve', story.name, 'host:om-9');
  expect(nowhere.code).toBe(2);
  expect(nowhere.stderr).toContain('host:om-9');
  await story.must(0, 'abort', story.name, '--note', 'a test');
  await story.must(1, 'wait', story.name);
});

it('three versions, naming them: last, because the hosts are left so', async () => {
  const { lab } = story;
  for (const [host, release] of [['om-3', '4.4.16'], ['bkp-1', '4.4.18']] as const) {
    await lab.sh(host, 'service mongodb-mms stop; service mongodb-mms-backup-daemon stop');
    await replacePackage(lab, host, release);
    await lab.sh(host, 'rm -f /var/lib/stand-in/installs');
  }
  await story.write();
  expect(await refused()).toMatch(/More than two versions are here \(4\.4\.13 on om-1, om-2; 4\.4\.16 on om-3; 4\.4\.18 on bkp-1\)/);
});

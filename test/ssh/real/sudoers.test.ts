/** The printed sudoers lines, given to a real sudo. Needs root on Linux, with sudo: it makes a user. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { escaped, sudoersGroups, sudoersText } from '../../../src/cli/render/sudoers.ts';
import { checkInstallation } from '../../../src/installation/check.ts';
import { rootCommandsOf } from '../../../src/products/ops-manager/root-commands.ts';
import { rootCommandsOf as rootCommandsOfUrbancodeDeploy } from '../../../src/products/urbancode-deploy/root-commands.ts';
import type { Hosts, HostSession } from '../../../src/ssh/port.ts';
import { asRoot, typed, type Command } from '../../../src/upgrade/command.ts';
import type { OpsManagerInstallation } from '../../../src/upgrade/installation.ts';
import { anInstallation, sha256 } from '../../installation/an-installation.ts';
import { anUrbancodeInstallation } from '../../installation/an-urbancode-installation.ts';
import { hostsOf, startSshd, type RealSshd } from './sshd.ts';

const RUN = '01a2b3c4-d5e6-7f80-91a2-b3c4d5e6f708';
const OTHER_SHA = 'ab'.repeat(32);
let sshd: RealSshd;
let hosts: Hosts;
let session: HostSession;
beforeAll(async () => {
  sshd = await startSshd('sudoers');
  hosts = hostsOf(sshd);
  session = hosts.session(sshd.host());
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});

/** An installation of one host that this machine can stand for. */
function installation(changes: { readonly platform?: string; readonly target?: object; readonly user?: string } = {}): OpsManagerInstallation {
  const { platform = 'debian', target = { file: 'om.pkg' }, user = sshd.user } = changes;
  const file = anInstallation();
  const checked = checkInstallation({
    ...file, ssh: { ...file.ssh, user }, hosts: file.hosts.map((host) => ({ ...host, platform })),
    target: { version: '4.4.18', packages: { [platform]: { ...target, sha256 } } },
  });
  if ('problems' in checked || checked.installation.product !== 'ops-manager') throw new Error(JSON.stringify(checked));
  return checked.installation;
}

function text(of: OpsManagerInstallation, anyPackage = false): string {
  const wish = { installation: of, anyPackage };
  return `${sudoersText(wish, sudoersGroups(wish))}\n`;
}

/** Puts the lines in place, as their own comment tells. */
function install(lines: string): void {
  const file = join(sshd.folder, 'lines');
  writeFileSync(file, lines);
  execFileSync('visudo', ['-cf', file], { stdio: 'pipe' });
  execFileSync('install', ['-m', '0440', file, `/etc/sudoers.d/${sshd.user}`]);
}

/** What will be typed in one upgrade, as far as this machine has the programs. */
function commands(of: OpsManagerInstallation): readonly Command[] {
  const there = ({ argv: [program = ''] }: Command): boolean => program.startsWith('/') ? existsSync(program) : ['/usr/bin', '/usr/sbin'].some((folder) => existsSync(join(folder, program)));
  const varying = { firstExecutionRunId: RUN, home: sshd.home, pid: '4194303' };
  return rootCommandsOf(of, varying).flatMap((each) => each.commands).map(({ command }) => command).filter(there);
}

async function forbidden(typedCommands: readonly Command[]): Promise<readonly string[]> {
  return (await session.sudoForbids(typedCommands)).map(({ command }) => typed(command));
}

describe('the printed lines', () => {
  it.each([
    ['a package that is uploaded', {}], ['a package that is there', { target: { onHost: '/srv/our packages/mms, new=4:4#[1].pkg' } }],
    ['an rpm', { platform: 'rhel' }], ['a tarball', { platform: 'linux' }],
  ])('let sudo run every command of an upgrade with %s', async (_, changes) => {
    install(text(installation(changes)));
    expect(commands(installation(changes)).length).toBeGreaterThan(25);
    expect(await forbidden(commands(installation(changes)))).toEqual([]);
  });

  it('let sudo run every command of an upgrade of UrbanCode Deploy, with one package and with any', async () => {
    const file = anUrbancodeInstallation();
    const service = { start: 'sudo systemctl start ucd-server', stop: 'sudo systemctl stop ucd-server' };
    const checked = checkInstallation({ ...file, ssh: { ...file.ssh, user: sshd.user }, hosts: file.hosts.map((host) => ({ ...host, runAs: 'daemon', service })) });
    if ('problems' in checked || checked.installation.product !== 'urbancode-deploy') throw new Error(JSON.stringify(checked));
    const { installation: of } = checked;
    const needed = rootCommandsOfUrbancodeDeploy(of, { home: sshd.home }).flatMap((each) => each.commands).map(({ command }) => command)
      .filter(({ argv: [program = ''] }) => ['/usr/bin', '/usr/sbin'].some((folder) => existsSync(join(folder, program))));
    expect(needed.length).toBeGreaterThan(25);
    for (const anyPackage of [false, true]) {
      install(`${sudoersText({ installation: of, anyPackage }, sudoersGroups({ installation: of, anyPackage }))}\n`);
      expect(await forbidden(needed)).toEqual([]);
      await expectAllRefused([['sh', '-c', 'id'], ['systemctl', 'disable', 'ssh.service'], ['rm', '-rf', '--', '/var/lib/lockkeeper/unpacked/..'], ['install', '-d', '-m', '700', '-o', 'daemon', '/etc']].map((words) => asRoot(...words)));
    }
  });

  it('hold for one package, and with --any-package for every one', async () => {
    const own = installation();
    const later = { ...own, target: { ...own.target, packages: { debian: { file: 'later.pkg', sha256: OTHER_SHA } } } };
    install(text(own));
    expect((await forbidden(commands(later))).length).toBeGreaterThan(3);
    install(text(own, true));
    expect(await forbidden(commands(later))).toEqual([]);
  });

  it('let sudo run nothing else: no shell, no other file, no further word', async () => {
    install(text(installation(), true));
    const staged = `/var/lib/lockkeeper/packages/${sha256}`, saved = `/var/lib/lockkeeper/configuration/${RUN}`;
    const key = '/etc/mongodb-mms/gen.key', files = [key, '/opt/mongodb/mms/conf/conf-mms.properties', '/opt/mongodb/mms/conf/mms.conf'];
    const others = [
      ['sh'], ['sh', '-c', 'id'], ['ps'], ['ps', '-eww', '-o', 'args='], ['service', 'ssh', 'stop'], ['service', 'mongodb-mms', 'stop', 'now'],
      ['cat', '--', '/etc/shadow'], ['cat', '--', '/proc/1/../../etc/shadow'], ['cat', '--', '/proc/1/cmdline', '/etc/shadow'], ['cat', '--', '/proc/1/../1/cmdline'],
      ['tail', '-n', '500', '--', '/etc/shadow'], ['tail', '-n', '500', '--', '/opt/mongodb/mms/logs/daemon.log', '/etc/shadow'],
      ['sha256sum', '--', '/etc/shadow'], ['sha256sum', '--', key, '/etc/shadow'], ['stat', '-c', '%s', '--', '/root/secret'],
      ['install', '-d', '-m', '700', '/etc'], ['install', '-d', '-m', '700', `${saved}/../../../../../etc`], ['install', '-d', '-m', '700', saved, '/etc'],
      ['install', '-d', '-m', '700', '/var/lib/lockkeeper/configuration/../../../../../../../../../etc/'],
      ['install', '-d', '-m', '0755', '-o', sshd.user, '/etc'], ['install', '-m', '600', '--', '/tmp/evil', '/etc/passwd'],
      ['install', '-m', '600', '--', `${sshd.home}/.lockkeeper/uploads/${sha256}`, '/etc/cron.d/evil'],
      ['cp', '-a', '--parents', '--', '/etc/shadow', '/tmp'], ['cp', '-a', '--parents', '--', ...files, '/tmp'], ['cp', '-a', '--parents', '--', ...files, '/etc/shadow', saved],
      ['rm', '-rf', '/'], ['rm', '-rf', '/var/lib/lockkeeper/packages', '/etc'], ['rm', '-rf', '/var/lib/lockkeeper'],
      ['dpkg', '-i', staged], ['dpkg', '--force-confdef', '--force-confold', '-i', '/tmp/evil.deb'], ['dpkg', '--force-confdef', '--force-confold', '-i', staged, '/tmp/evil.deb'],
      ['dpkg', '--force-confdef', '--force-confold', '-i', `/var/lib/lockkeeper/packages/../${sha256}`],
    ].map((words) => asRoot(...words));
    await expectAllRefused(others);
  });

  it('let sudo touch no other tree', async () => {
    install(text(installation({ platform: 'linux' }), true));
    const root = '/opt/mongodb/mms', staged = `/var/lib/lockkeeper/packages/${sha256}`, work = `${root}.lockkeeper-4.4.18`;
    expect(await forbidden([asRoot('rm', '-rf', '--', work)])).toEqual([]);
    await expectAllRefused([
      ['rm', '-rf', '--', root], ['rm', '-rf', '--', work, '/etc'], ['rm', '-rf', '--', `${root}.lockkeeper-4/../18`], ['rm', '-rf', '--', `${root}.lockkeeper-4.4./etc`],
      ['tar', '-xzf', '/tmp/evil.tar.gz', '-C', work, '--strip-components=1', '--no-same-owner', '--no-same-permissions'], ['tar', '-xzf', staged, '-C', '/etc', '--strip-components=1'],
      ['tar', '-tzf', staged, '--exclude=*/*/*', '--to-command=sh'], ['tar', '-tzf', staged, '--exclude=a', '--checkpoint-action=exec=sh'],
      ['chown', '-R', `${sshd.user}:`, '--', '/etc'], ['chown', '-R', 'mongodb-mms:', '--', '/etc'], ['mv', '-T', '--', '/tmp/evil', '/etc/cron.d/evil'],
      ['ln', '-s', '-f', '-T', '--', '/etc', `${root}.lockkeeper-next`], ['cp', '-a', '-T', '--', '/etc/shadow', '/tmp/shadow'],
      ['find', '/', '-exec', 'sh', ';'], ['find', `${root}/bin`, '-type', 'f', '-delete'],
    ].map((words) => asRoot(...words)));
  });

  async function expectAllRefused(others: readonly Command[]): Promise<void> {
    expect(others.filter((command) => !existsSync(`/usr/bin/${command.argv[0]}`) && !existsSync(`/usr/sbin/${command.argv[0]}`)).map(typed)).toEqual([]);
    const refused = await forbidden(others);
    expect(others.map(typed).filter((command) => !refused.includes(command))).toEqual([]);
  }

  it('are accepted by visudo for every platform, whatever the user is called', () => {
    for (const platform of ['debian', 'rhel', 'linux']) for (const user of ['ops', 'OPS', 'ops@example.org', 'EXAMPLE\\ops', 'ops.one', 'svc$']) {
      const file = join(sshd.folder, 'names');
      writeFileSync(file, text(installation({ platform, user })));
      execFileSync('visudo', ['-cf', file], { stdio: 'pipe' });
      expect(execFileSync('cvtsudoers', ['-f', 'json', file], { encoding: 'utf8' })).toContain(`"username": ${JSON.stringify(user)}`);
    }
  });
});

describe('a word', () => {
  const AWKWARD = ['a,b', 'a:b', 'a=b', 'a\\b', '\\t\\n', 'a#b', '#', 'a*b', '?', '[a]', 'a  b', '"a"', "it's", '!', '^a$', '%{NAME}', '@', '(a)', '~', '$HOME'];

  it('of any kind is allowed as it is, and no other in its place', async () => {
    install(AWKWARD.map((word) => `${sshd.user} ALL=(root) NOPASSWD: /usr/bin/printf ${escaped('%s\\n')} word ${escaped(word)}\n`).join(''));
    for (const word of AWKWARD) {
      expect((await session.run(asRoot('printf', '%s\\n', 'word', word))).stdout, word).toBe(`word\n${word}\n`);
      expect(await forbidden([asRoot('printf', '%s\\n', 'word', `${word}x`), asRoot('printf', '%s\\n', 'word', `x${word}`)]), word).toHaveLength(2);
    }
    expect(await forbidden([asRoot('printf', '%s\\n', 'word', 'aXb'), asRoot('printf', '%s\\n', 'word', 'X'), asRoot('printf', '%s\\n', 'word', 'a')])).toHaveLength(3);
  });
});

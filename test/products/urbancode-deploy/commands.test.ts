/** Commands whose script or pattern could be wrong are run for real, on a folder of this machine and as the user of the test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checksumsBelow } from '../../../src/products/linux/keeping.ts';
import { checksumTomcat, customisedFiles, foreignFiles, lookAtPidFile, readStarts, serviceOf, signalServer, type TypedOn } from '../../../src/products/urbancode-deploy/commands.ts';
import { layoutOf, unpackedOf } from '../../../src/products/urbancode-deploy/layout.ts';
import { readPidFile } from '../../../src/products/urbancode-deploy/pid-file.ts';
import { readStart } from '../../../src/products/urbancode-deploy/server-log.ts';
import { lookAtUnpacked, readUnpacked, writeProperties } from '../../../src/products/urbancode-deploy/staging.ts';
import { typed, type Command } from '../../../src/upgrade/command.ts';

let root: string;
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'ucd [1]-')); });
afterEach(() => { rmSync(root, { recursive: true }); });
const host = () => ({ installDir: root, runAs: 'ucd' });
/** Paths of Lockkeeper's own folder are looked for below this one. */
function run({ argv: [program = '', ...words] }: Command) {
  const { status, stdout, stderr } = spawnSync(program, words.map((word) => word.replace('/var/lib/lockkeeper', root)), { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return { code: status ?? undefined, stdout, stderr };
}

describe('the pid file', () => {
  it('is there with its process, absent, or unknown where its folder cannot be seen', () => {
    expect(readPidFile(run(lookAtPidFile(host())))).toEqual({ there: 'unknown', pid: null });
    mkdirSync(join(root, 'var'));
    writeFileSync(join(root, 'var/server.pid.old'), '1\n');
    expect(readPidFile(run(lookAtPidFile(host())))).toEqual({ there: 'no', pid: null });
    writeFileSync(join(root, 'var/server.pid'), '4242');
    expect(readPidFile(run(lookAtPidFile(host())))).toEqual({ there: 'yes', pid: 4_242 });
  });
});

describe('a signal', () => {
  /** A process with these words, which does nothing but wait. */
  async function started(...words: readonly string[]) {
    const child = spawn('sh', ['-c', 'echo up; read -r _', ...words], { stdio: ['pipe', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    return { child, pid: child.pid ?? 0, ended: once(child, 'exit') };
  }

  it('ends the server of this install dir', async () => {
    const { pid, ended } = await started('-jar', layoutOf(host()).launcher, 'com.urbancode.ds.UDeployServer');
    expect(run(signalServer(host(), pid, 'TERM')).code).toBe(0);
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it.each([
    ['another install dir\'s server', ['-jar', '/opt/other/bin/launcher.jar', 'com.urbancode.ds.UDeployServer']], ['a program that took over the number', ['-bash']],
    ['a reader of the server\'s files', [`${'x'}/bin/launcher.jar`, 'com.urbancode.ds.UDeployServer']],
  ])('never reaches %s', async (_, words) => {
    const { child, pid, ended } = await started(...words);
    expect(run(signalServer(host(), pid, 'KILL')).code).toBe(4);
    child.stdin.end('\n');
    expect(await ended).toEqual([expect.any(Number), null]);
  });

  it('to nobody says so', () => { expect(run(signalServer(host(), 99_999_999, 'KILL')).code).toBe(3); });
});

describe('the installer\'s answers', () => {
  const sha256 = 'ab'.repeat(32);
  const folder = () => unpackedOf(sha256).folder.replace('/var/lib/lockkeeper', root);
  it('are written below the package\'s own, for its user alone, and anew however often', () => {
    mkdirSync(join(folder(), 'ucd-install'), { recursive: true });
    const file = join(folder(), 'ucd-install/install.properties');
    writeFileSync(file, 'version=7.3.2.1\nserver.initial.password=first\n');
    const write = (...lines: readonly string[]) => run(writeProperties(host(), { sha256, top: 'ucd-install' }, lines)).code;
    expect(write('nonInteractive=true', "a=$(id) 'b' \\\\c")).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe("version=7.3.2.1\nserver.initial.password=first\n\nnonInteractive=true\na=$(id) 'b' \\\\c\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // The installer empties the password; the next run must not find it so.
    writeFileSync(file, 'version=7.3.2.1\nserver.initial.password=\n');
    expect(write('x=y')).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('version=7.3.2.1\nserver.initial.password=first\n\nx=y\n');
  });

  it('are for a package that is one folder with an installer in it', () => {
    const look = () => readUnpacked(run(lookAtUnpacked(host(), sha256)));
    expect(look()).toBe('nothing');
    mkdirSync(join(folder(), 'ibm-ucd-install/lib'), { recursive: true });
    expect(look()).toBe('foreign');
    for (const name of ['install-server.sh', 'install.properties']) writeFileSync(join(folder(), 'ibm-ucd-install', name), '');
    expect(look()).toEqual({ top: 'ibm-ucd-install' });
    mkdirSync(join(folder(), 'other'));
    expect(look()).toBe('foreign');
    expect(readUnpacked({ code: 1, stdout: '', stderr: 'find: x: Permission denied' })).toBe('unknown');
  });
});

it('a file of another user is found anywhere in the install dir, which may be a link; whose links are does not matter', () => {
  const foreign = (installDir = root) => run(foreignFiles({ installDir, runAs: 'nobody' })).stdout.trim();
  mkdirSync(join(root, 'real'));
  symlinkSync('/mnt/ucd/storage/logs', join(root, 'real/logs'));
  symlinkSync('real', join(root, 'server'));
  expect([foreign(join(root, 'real')), foreign(join(root, 'server'))]).toEqual(['', '']);
  writeFileSync(join(root, 'real/a.jar'), '');
  expect([foreign(join(root, 'real')), foreign(join(root, 'server'))]).toEqual([join(root, 'real/a.jar'), join(root, 'server/a.jar')]);
});

it('the ready line of the last start is found in a log of any length, and not that of the start before', () => {
  mkdirSync(join(root, 'var/log'), { recursive: true });
  const line = (says: string) => `2026-11-22 01:16:59,000 INFO  main com.urbancode.ds.UDeployServer - ${says}\n`, busy = 'INFO agent com.urbancode.air - server version 1 started.\n'.repeat(10_000);
  const log = (...lines: readonly string[]) => { writeFileSync(join(root, 'var/log/deployserver.out'), lines.join('')); return readStart(run(readStarts(host())).stdout).ready; };
  const begins = line('Starting HCL UrbanCode Deploy server version 7.3.2.1'), ready = line('HCL UrbanCode Deploy server version 7.3.2.1.1161889 started.');
  expect(log(begins, busy, ready, busy)).toBe('7.3.2.1');
  expect(log(ready, busy, begins, busy)).toBeNull();
});

it('files of Tomcat that are newer than the install are customised, but for those that an upgrade keeps and Tomcat writes', () => {
  mkdirSync(join(root, 'conf'));
  writeFileSync(join(root, 'conf/installed.version'), '');
  utimesSync(join(root, 'conf/installed.version'), 1_000, 1_000);
  for (const folder of ['conf', 'webapps/ROOT', 'work', 'logs']) mkdirSync(join(root, 'opt/tomcat', folder), { recursive: true });
  for (const file of ['conf/server.xml', 'conf/web.xml', 'webapps/ROOT/logo.png', 'work/x', 'logs/catalina.out', 'webapps/old.txt']) writeFileSync(join(root, 'opt/tomcat', file), '');
  utimesSync(join(root, 'opt/tomcat/webapps/old.txt'), 500, 500);
  const found = checksumsBelow(layoutOf(host()).tomcat, run(customisedFiles(host())).stdout);
  expect(Object.keys(found).sort()).toEqual(['conf/web.xml', 'webapps/ROOT/logo.png']);
  expect(checksumsBelow(layoutOf(host()).tomcat, run(checksumTomcat(host(), ['conf/web.xml', 'webapps/ROOT/logo.png', 'gone'])).stdout)).toEqual(found);
});

it.each<[TypedOn['service'], string]>([
  [undefined, 'sudo -H -u ucd /opt/ucd/server/bin/server stop'],
  [{ start: 'x', stop: ' sudo  systemctl stop ucd.service ' }, 'sudo systemctl stop ucd.service'],
  // Whatever a shell, or sudo, would read in another way stays as it was written.
  ...['sudo systemctl stop ucd && sleep 5', 'sudo -u ucd /opt/own stop', 'sudo MODE=now /opt/own stop', 'sudo /opt/own "stop now"', 'sudo ~/own stop', '/opt/own stop'].map((stop): [TypedOn['service'], string] => [{ start: 'x', stop }, `sh -c '${stop}'`]),
])('the service %j is stopped by %s', (service, line) => {
  expect(typed(serviceOf({ installDir: '/opt/ucd/server/', runAs: 'ucd', service }).stop)).toBe(line);
});

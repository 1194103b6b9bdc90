import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts } from '../../../src/ssh/port.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import { freePort, hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

/** Joins its stdin and stdout to a port; writes its own number down. */
const JOIN = `
  const [file, host, port] = process.argv.slice(1);
  require('node:fs').appendFileSync(file, process.pid + ' ' + host + ' ' + JSON.stringify(Object.keys(process.env).sort()) + '\\n');
  const socket = require('node:net').connect(Number(port), host);
  socket.on('error', (error) => { console.error('proxy says: ' + error.message + ' with top-secret-value.'); process.exit(1); });
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
`;
let sshd: RealSshd;
let hosts: Hosts;
let log: string;
let proxyCommand: readonly string[];
beforeAll(async () => {
  sshd = await startSshd('proxy');
  hosts = hostsOf(sshd, { PATH: process.env['PATH'] ?? '', APPDB_URI: 'top-secret-value' });
  log = join(sshd.folder, 'proxies');
  writeFileSync(log, '');
  proxyCommand = [process.execPath, '-e', JOIN, log, '%h', '%p'];
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});

const started = (): readonly number[] => readFileSync(log, 'utf8').trim().split('\n').map((line) => Number(line.split(' ')[0]));
const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH: that is the answer
  }
};
const why = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no error', (error: unknown) => error);
const refusedBy = (words: readonly string[], port = sshd.port) => why(hosts.session(sshd.host({ proxyCommand: words, port })).run(asLogin('true')));

describe('a connection through a command on the worker', () => {
  it('works as any other, and the command ends with it', async () => {
    const session = hosts.session(sshd.host({ proxyCommand }));
    expect((await session.run(asLogin('cat'), { stdin: 'x'.repeat(200_000) })).stdout).toHaveLength(200_000);
    expect((await session.run(asLogin('echo', 'again'))).stdout).toBe('again\n');
    const [first = 0, ...others] = started();
    expect(others).toEqual([]);
    session.cut();
    await until('its end', () => !lives(first));
    expect((await session.run(asLogin('echo', 'new'))).stdout).toBe('new\n');
    expect(started()).toHaveLength(2);
  });

  it('can be the system\'s ssh, for logins at a bastion that ssh2 does not have', async () => {
    const words = ['ssh', '-F', 'none', '-o', `UserKnownHostsFile=${sshd.knownHostsFile}`, '-i', sshd.identityFile, '-p', '%p', '-W', '%h:%p', '%r@%h'];
    expect((await hosts.session(sshd.host({ proxyCommand: words })).run(asLogin('echo', 'through ssh'))).stdout).toBe('through ssh\n');
    expect(await refusedBy(['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-o', 'UserKnownHostsFile=/dev/null', '-p', '%p', '-W', '%h:%p', '%r@%h']))
      .toMatchObject({ name: 'Unreachable', message: expect.stringContaining('Host key verification failed') as string });
  });

  it('is lost when the command dies, and made again by the next call', async () => {
    const session = hosts.session(sshd.host({ proxyCommand }));
    await session.run(asLogin('true'));
    const running = why(session.run(asLogin('sleep', '60')));
    process.kill(started().at(-1) ?? 0, 'SIGKILL');
    expect(await running).toMatchObject({ name: 'Unreachable', message: expect.stringContaining('was lost while a command ran') as string });
    expect((await session.run(asLogin('echo', 'back'))).stdout).toBe('back\n');
  });

  it('that fails says what the command said, without secrets, and leaves no command behind', async () => {
    await hosts.session(sshd.host({ sudoPassword: { env: 'APPDB_URI' } })).sudoForbids([{ argv: ['true'], as: 'root' }]);
    const port = await freePort();
    expect(await refusedBy(proxyCommand, port)).toMatchObject({
      name: 'Unreachable', message: expect.stringMatching(new RegExp(`^om-1 \\(127\\.0\\.0\\.1:${port}\\) cannot be reached by SSH through .* 127\\.0\\.0\\.1 ${port}\` on the worker: proxy says: connect ECONNREFUSED .* with \\[redacted\\]\\.$`, 's')) as string,
    });
    expect(await refusedBy(['sh', '-c', 'exit 7'])).toMatchObject({ name: 'Unreachable', message: expect.stringContaining('on the worker: it ended with exit 7 and said nothing.') as string });
    expect(started().filter(lives)).toHaveLength(1);
  });

  it('whose command is not there is refused with the way out', async () => {
    expect(await refusedBy(['/nowhere/nc', '%h'])).toMatchObject({ name: 'Refused', message: expect.stringMatching(/^`\/nowhere\/nc 127\.0\.0\.1`, the way to om-1, cannot be run on the worker \(ENOENT\)/) as string });
  });

  it('gives the command no shell, and of the worker\'s environment nothing that may be a secret', async () => {
    const words = [...proxyCommand.slice(0, 4), '%h', '%p', '$(reboot)', '; x', '%%h'];
    expect((await hosts.session(sshd.host({ proxyCommand: words })).run(asLogin('echo', 'in'))).stdout).toBe('in\n');
    expect(readFileSync(log, 'utf8')).not.toContain('APPDB_URI');
  });

  it('still sees the host key: what the command leads to is not trusted for it', async () => {
    writeFileSync(join(sshd.folder, 'other_hosts'), `[127.0.0.1]:${sshd.port} ${readFileSync(join(sshd.folder, 'id.pub'), 'utf8')}`);
    expect(await why(hosts.session(sshd.host({ proxyCommand, knownHostsFile: 'other_hosts' })).run(asLogin('true')))).toMatchObject({
      name: 'Refused', message: expect.stringMatching(/^The host key of om-1 .* has changed/) as string,
    });
  });
});

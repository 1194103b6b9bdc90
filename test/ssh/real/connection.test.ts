import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts } from '../../../src/ssh/port.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import { freePort, hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
beforeAll(async () => {
  sshd = await startSshd('connection');
  hosts = hostsOf(sshd);
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});

/** The client port of the connection a command came over: the same number, the same connection. */
const cameOver = async (from: Hosts = hosts): Promise<string> =>
  (await from.session(sshd.host()).run(asLogin('sh', '-c', 'echo "${SSH_CONNECTION#* }"'))).stdout;
const error = (promise: Promise<unknown>): Promise<Error> => promise.then(() => new Error('no error'), (thrown: unknown) => thrown as Error);

/** A network between client and host that can swallow everything without a word. */
async function startNetwork(to: number): Promise<{ readonly port: number; freeze(): void; thaw(): void; close(): Promise<void> }> {
  let frozen = false;
  const pass = (from: Socket, into: Socket): void => {
    from.on('data', (bytes) => { if (!frozen) into.write(bytes); });
    from.on('error', () => into.destroy());
    from.on('close', () => { if (!frozen) into.destroy(); });
  };
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    pass(near, far);
    pass(far, near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => { frozen = true; },
    thaw: () => { frozen = false; },
    close: async () => { await new Promise((closed) => server.close(closed)); },
  };
}

describe('a connection', () => {
  it('is made once for callers that come at the same time, and kept', async () => {
    const fresh = hostsOf(sshd);
    const ports = new Set(await Promise.all(Array.from({ length: 30 }, () => cameOver(fresh))));
    ports.add(await cameOver(fresh));
    expect(ports.size).toBe(1);
    await fresh.close();
  });

  it('to a host that allows few sessions serves many callers all the same', async () => {
    const narrow = await startSshd('narrow-sessions', ['MaxSessions 1']);
    const few = hostsOf(narrow);
    const ran = await Promise.all(Array.from({ length: 5 }, () => few.session(narrow.host()).run(asLogin('sleep', '0.2'))));
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    await few.close();
    await narrow.close();
  });

  it('that is lost is made again by the next call', async () => {
    const session = hosts.session(sshd.host());
    await session.run(asLogin('true'));
    await sshd.stop();
    const lost = await error(session.run(asLogin('true')));
    const refused = await error(session.run(asLogin('true')));
    await sshd.start();
    expect(lost).toMatchObject({ name: 'Unreachable' });
    expect(refused).toMatchObject({ name: 'Unreachable', message: expect.stringContaining('om-1 (127.0.0.1:') as string });
    expect((await session.run(asLogin('true'))).code).toBe(0);
    session.cut();
    expect((await session.run(asLogin('true'))).code).toBe(0);
  });

  it('cut in the middle of a command leaves it unknown, never ended', async () => {
    const begun = join(sshd.home, 'begun');
    const running = error(hosts.session(sshd.host()).run(asLogin('sh', '-c', 'touch "$1"; sleep 60', 'sh', begun)));
    await until('the command', () => existsSync(begun));
    sshd.cutSessions();
    expect(await running).toMatchObject({ name: 'Unreachable', message: expect.stringContaining('may have run or not') as string });
  });

  it('that is silently dead is noticed by keepalive, and made again when the network is back', async () => {
    const network = await startNetwork(sshd.port);
    const knownHostsFile = join(sshd.folder, 'known_hosts_network');
    writeFileSync(knownHostsFile, `om-1 ${sshd.hostKeys.ed25519}\n`);
    const session = hosts.session(sshd.host({ port: network.port, knownHostsFile, hostKeyAlias: 'om-1' }));
    await session.run(asLogin('true'));
    const running = error(session.run(asLogin('sleep', '600'), { timeoutMs: 3_600_000 }));
    network.freeze();
    expect(await running).toMatchObject({ name: 'Unreachable', message: expect.stringContaining('was lost while a command ran') as string });
    network.thaw();
    expect((await session.run(asLogin('true'))).code).toBe(0);
    session.cut();
    await network.close();
  });

  it('goes through a jump host, whose host key is checked too', async () => {
    const jumpHost = { ...sshd.host(), name: 'bastion' };
    const through = hosts.session(sshd.host({ jumpHost }));
    expect((await through.run(asLogin('echo', 'through'))).stdout).toBe('through\n');
    const wrong = { ...sshd.host({ knownHostsFile: '/dev/null' }), name: 'bastion' };
    expect(await error(hosts.session(sshd.host({ jumpHost: wrong })).run(asLogin('true')))).toMatchObject({
      name: 'Refused', message: expect.stringContaining('The host key of bastion is unknown') as string,
    });
    const dead = { ...sshd.host({ port: await freePort() }), name: 'om-2' };
    expect(await error(hosts.session({ ...dead, ssh: { ...dead.ssh, jumpHost } }).run(asLogin('true')))).toMatchObject({
      name: 'Unreachable', message: expect.stringMatching(/^om-2 .* cannot be reached through bastion/) as string,
    });
  });
});

describe('a command', () => {
  it('gives its exit status, both streams and nothing of what a profile printed', async () => {
    const profile = join(sshd.home, '.bashrc');
    const before = existsSync(profile) ? readFileSync(profile) : '';
    writeFileSync(profile, 'echo noise; echo noise >&2\n');
    const ran = await hosts.session(sshd.host()).run(asLogin('sh', '-c', 'echo out; echo err >&2; exit 3'));
    writeFileSync(profile, before);
    expect(ran).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n', truncated: false });
  });

  it('finds its stdin empty, or as given', async () => {
    const session = hosts.session(sshd.host());
    expect((await session.run(asLogin('cat'))).stdout).toBe('');
    expect((await session.run(asLogin('cat'), { stdin: 'wörd\n' })).stdout).toBe('wörd\n');
  });

  it('that prints without end is cut, not waited for in memory', async () => {
    const ran = await hosts.session(sshd.host()).run(asLogin('head', '-c', '30000000', '/dev/zero'), { maxOutput: 1000 });
    expect(ran).toMatchObject({ code: 0, truncated: true });
    expect(ran.stdout.length).toBe(1000);
  });

  it('whose session dies without an exit status has no code', async () => {
    // The login shell is killed by its own child: sshd reports a signal and no status.
    const ran = await hosts.session(sshd.host()).run(asLogin('sh', '-c', 'kill -9 $PPID $$'));
    expect(ran.code).not.toBe(0);
  });

  it('ends at once for a caller that is cancelled, whose channel is free again', async () => {
    const session = hosts.session(sshd.host());
    const reason = new Error('cancelled');
    const seconds = `6${process.pid}`; // tells this test's commands apart
    for (let round = 0; round < 12; round += 1) {
      const caller = new AbortController();
      const running = error(session.run(asLogin('sleep', seconds), { signal: caller.signal }));
      await session.run(asLogin('true'));
      caller.abort(reason);
      expect(await running).toBe(reason);
    }
    expect((await session.run(asLogin('true'))).code).toBe(0);
    await until('no command that nobody waits for', () => spawnSync('pgrep', ['-fx', `sleep ${seconds}`]).status === 1);
    expect(await error(session.run(asLogin('true'), { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  it('that does not answer in time is unknown', async () => {
    const late = error(hosts.session(sshd.host()).run(asLogin('sleep', '60'), { timeoutMs: 300 }));
    expect(await late).toMatchObject({ name: 'Unreachable', message: expect.stringContaining('did not answer') as string });
  });

  it('never shows a secret that was resolved, not even one cut by the limit, unless asked to', async () => {
    const host = sshd.host({ identityFile: 'encrypted', passphrase: { env: 'SHOWN' } });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'top-secret-value', '-f', join(sshd.folder, 'encrypted')]);
    appendFileSync(join(sshd.folder, 'authorized'), readFileSync(join(sshd.folder, 'encrypted.pub')));
    const shown = hostsOf(sshd, { SHOWN: 'top-secret-value' });
    const command = asLogin('sh', '-c', 'echo "the top-secret-value"; echo "top-secret-value mongodb://u:other@h" >&2');
    expect(await shown.session(host).run(command)).toMatchObject({ stdout: 'the [redacted]\n', stderr: '[redacted] mongodb://u:[redacted]@h\n' });
    expect((await shown.session(host).run(command, { maxOutput: 12 })).stdout).toBe('the [redacte');
    expect(await shown.session(host).run(command, { unredacted: true })).toMatchObject({ stdout: 'the top-secret-value\n', stderr: '[redacted] mongodb://u:[redacted]@h\n' });
    await shown.close();
  });
});

describe('a login', () => {
  it.each([
    ['an encrypted key without passphrase', { identityFile: 'locked' }, /is encrypted: set ssh.passphrase/],
    ['a wrong passphrase', { identityFile: 'locked', passphrase: { env: 'WRONG' } }, /passphrase in ssh.passphrase does not open/],
    ['no key file', { identityFile: 'nowhere' }, /nowhere for om-1 cannot be read on the worker \(ENOENT\)/],
    ['a file that is no key', { identityFile: 'sshd_config' }, /is not a private key/],
    ['neither key nor agent', { identityFile: undefined }, /nothing to log in to om-1 with/],
    ['a key the host does not know', { identityFile: 'stranger' }, /om-1 .* refused the login of .* with the key .*stranger: put its public key/],
  ])('with %s is refused with the way out', async (_what, ssh, says) => {
    for (const [name, passphrase] of [['locked', 'open sesame'], ['stranger', '']] as const) {
      const file = join(sshd.folder, name);
      if (!existsSync(file)) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file]);
    }
    expect(await error(hosts.session(sshd.host(ssh)).run(asLogin('true')))).toMatchObject({ name: 'Refused', message: expect.stringMatching(says) as string });
  });

  it('is made with the keys of the worker\'s SSH agent when there is no key file', async () => {
    const socket = join(sshd.folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    await until('the agent', () => readdirSync(sshd.folder).includes('agent'));
    execFileSync('ssh-add', ['-q', sshd.identityFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
    const withAgent = hostsOf(sshd, { SSH_AUTH_SOCK: socket });
    expect((await withAgent.session(sshd.host({ identityFile: undefined })).run(asLogin('echo', 'in'))).stdout).toBe('in\n');
    await withAgent.close();
    agent.kill();
  });
});

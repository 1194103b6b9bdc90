import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets/secrets.ts';
import { completeHost } from '../../src/ssh/configured-host.ts';
import type { Reachable, SshSettings } from '../../src/upgrade/installation.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const places = { folder, env: { HOME: folder } };

/** om-1 as the file leads to it; undefined settings left out. */
async function reached(text: string, ssh: Partial<SshSettings> = {}, address = 'om-1') {
  writeFileSync(join(folder, 'config'), text);
  const { host, notFollowed } = await completeHost({ name: 'om-1', address, ssh: { user: 'ops', configFile: 'config', ...ssh } }, { ...places, secrets: createSecrets(places) });
  return { ...shown(host), ...(notFollowed === '' ? {} : { notFollowed }) };
}
function shown({ name, address, ssh: { jumpHost, ...ssh } }: Reachable): Record<string, unknown> {
  const said = Object.fromEntries(Object.entries(ssh).filter(([, value]) => value !== undefined));
  return { name, address, ...said, ...(jumpHost === undefined ? {} : { jumpHost: shown(jumpHost) }) };
}
const PLAIN = { name: 'om-1', address: 'om-1', user: 'ops', port: 22, knownHostsFile: '~/.ssh/known_hosts' };
const BASTION = { ...PLAIN, name: 'bastion', address: 'bastion' };

describe('a host with an OpenSSH configuration', () => {
  it.each<[string, string, object]>([
    ['no block', 'Host other\n  Port 9', {}],
    ['names, ports and keys', 'Host om-*\n  HostName %h.example\n  port=2222\n  IdentityFile "%d/.ssh/id %h"\n  UserKnownHostsFile known other\n  HostKeyAlias %n\n', { address: 'om-1.example', port: 2222, identityFile: '~/.ssh/id om-1.example', knownHostsFile: 'known', hostKeyAlias: 'om-1' }],
    ['the first of two blocks', 'Host om-1\n  Port 1\nHost *\n  Port 2\n  IdentityFile a\n', { port: 1, identityFile: 'a' }],
    ['a negated block', 'Host * !om-1\n  Port 2\nMatch all\n  Port 3', { port: 3 }],
    ['ServerAliveInterval and others that change nothing here', 'Host *\n  ServerAliveInterval 5\n  Compression yes\n  AddressFamily any\n', {}],
    ['another user: the installation file names it', 'Host om-1\n  User other\n', {}],
    ['a proxy command', 'Host om-1\n  ProxyCommand exec /usr/bin/nc -X connect -x "proxy:3128" %h %p\n', { proxyCommand: ['/usr/bin/nc', '-X', 'connect', '-x', 'proxy:3128', 'om-1', '22'] }],
    ['a jump host', 'Host om-1\n  ProxyJump jump@bastion:2200\n', { jumpHost: { ...BASTION, user: 'jump', port: 2200 } }],
    ['a jump host with a block of its own', 'Host om-1\n  ProxyJump bastion\nHost bastion\n  User jump\n  HostName 10.0.0.9\n  IdentityFile jump_key', { jumpHost: { ...BASTION, address: '10.0.0.9', user: 'jump', identityFile: 'jump_key' } }],
    ['two jump hosts', 'Host om-1\n  ProxyJump outer,[2001:db8::1]:23', { jumpHost: { ...PLAIN, name: '2001:db8::1', address: '2001:db8::1', port: 23, jumpHost: { ...BASTION, name: 'outer', address: 'outer' } } }],
    ['a jump host for all but itself', 'Host bastion\n  ProxyJump none\nHost *\n  ProxyJump bastion', { jumpHost: BASTION }],
    ['the way that stands first', 'Host om-1\n  ProxyCommand none\nHost *\n  ProxyJump bastion', {}],
  ])('is reached as it says: %s', async (_, text, expected) => {
    expect(await reached(text)).toEqual({ ...PLAIN, ...expected });
  });

  it('is reached as the installation file says where both speak', async () => {
    const everything = 'Host *\n  HostName wrong\n  Port 9\n  IdentityFile wrong\n  UserKnownHostsFile wrong\n  HostKeyAlias wrong\n  ProxyJump wrong';
    const own = { port: 22, identityFile: 'id', knownHostsFile: 'known', hostKeyAlias: 'alias', proxyCommand: ['nc', '%h', '%p'] };
    expect(await reached(everything, own, '10.0.0.1')).toEqual({ name: 'om-1', address: '10.0.0.1', user: 'ops', ...own });
    const jumpHost = { name: 'bastion', address: '10.0.0.9', ssh: { user: 'jump', port: 22, knownHostsFile: 'known' } };
    expect(await reached('Host *\n  ProxyCommand wrong', { jumpHost })).toMatchObject({ jumpHost: { address: '10.0.0.9', port: 22 } });
  });

  it('never has its file read unasked', async () => {
    expect(await reached('Host *\n  Port 9', { configFile: undefined })).toEqual({ name: 'om-1', address: 'om-1', user: 'ops', port: 22 });
  });

  it.each([
    ['Host *\n  Include more', /sets include for om-1, which Lockkeeper does not follow: name the file/],
    ['Host *\n  BindAddress 10.0.0.1', /sets bindaddress .*use the system's ssh/],
    ['Host *\n  RevokedHostKeys r', /sets revokedhostkeys .*@revoked/],
    ['Host *\n  KnownHostsCommand /bin/x', /sets knownhostscommand/],
    ['Host *\n  IdentityAgent ~/agent', /sets identityagent .*SSH_AUTH_SOCK/],
    ['Match exec "touch ran"\n  Port 9', /has a block "Match exec", which Lockkeeper does not evaluate: write it as a Host block/],
    ['Host x\n  CanonicalizeHostname yes\n  CanonicalDomains a b', /sets CanonicalizeHostname/],
    ['Host *\n  ProxyCommand nc %h %p 2>/dev/null', /ProxyCommand "nc %h %p 2>\/dev\/null" for om-1 needs a shell/],
    ['Host *\n  ProxyCommand nc %C', /ProxyCommand "%C" in .* holds %C/],
    ['Host *\n  IdentityFile ${HOME}/id', /IdentityFile .* holds \$\{/],
    ['Host *\n  Port x', /has the port "x" for om-1/],
    ['Host *\n  ProxyJump bastion', /bastion would be reached through itself \(om-1 through bastion through bastion\): correct ProxyJump/],
    ['Host *\n  ProxyJump a b', /ProxyJump "a b" for om-1 cannot be read/],
    ['Host "', /cannot be read as OpenSSH's client configuration .*correct it/],
  ])('is refused with the way round: %j', async (text, says) => {
    await expect(reached(text)).rejects.toMatchObject({ name: 'Refused', says: expect.stringMatching(says) as string });
  });

  it('is told of logins that ssh2 does not have, and that host keys are seen to all the same', async () => {
    const { notFollowed } = await reached('Host *\n  CertificateFile c\n  GSSAPIAuthentication yes\n  StrictHostKeyChecking no\n  PKCS11Provider none') as { notFollowed?: string };
    expect(notFollowed).toBe(`${folder}/config sets certificatefile and gssapiauthentication, with which Lockkeeper cannot log in: give a plain key, or an agent that holds one. StrictHostKeyChecking no in ${folder}/config is never followed.`);
  });

  it('is refused when the file cannot be read', async () => {
    await expect(reached('', { configFile: 'nowhere' })).rejects.toMatchObject({ name: 'Refused', says: expect.stringContaining('nowhere for om-1 cannot be read on the worker (ENOENT): check ssh.configFile') as string });
  });
});

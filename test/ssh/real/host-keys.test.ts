import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts } from '../../../src/ssh/port.ts';
import { fingerprint } from '../../../src/ssh/known-hosts.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import type { SshSettings } from '../../../src/upgrade/installation.ts';
import { hostsOf, startSshd, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
let other: string;
beforeAll(async () => {
  sshd = await startSshd('keys');
  hosts = hostsOf(sshd);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(sshd.folder, 'other')]);
  other = readFileSync(join(sshd.folder, 'other.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});

let files = 0;
/** A known_hosts file with this text, hashed by ssh-keygen itself if wanted. */
function knownHosts(text: string, hashed = false): Partial<SshSettings> {
  files += 1;
  const file = join(sshd.folder, `known_hosts_${files}`);
  writeFileSync(file, text);
  if (hashed) execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  return { knownHostsFile: file };
}
const print = (key: string): string => fingerprint(Buffer.from(key.split(' ')[1] ?? '', 'base64'));
const says = async (ssh: Partial<SshSettings>): Promise<string> => {
  const ran = await hosts.session(sshd.host(ssh)).run(asLogin('echo', 'in')).catch((error: unknown) => error);
  return ran instanceof Error ? `${ran.name}: ${ran.message}` : (ran as { stdout: string }).stdout;
};

describe('a host is trusted', () => {
  it('by its entry in known_hosts, plain, hashed or under its alias', async () => {
    const name = `[127.0.0.1]:${sshd.port}`;
    expect(await says(knownHosts(`${name} ${sshd.hostKeys.ed25519}\n`))).toBe('in\n');
    const hashed = knownHosts(`${name} ${sshd.hostKeys.ed25519}\n`, true);
    expect(readFileSync(hashed.knownHostsFile ?? '', 'utf8')).toMatch(/^\|1\|/);
    expect(await says(hashed)).toBe('in\n');
    expect(await says({ ...knownHosts(`om-1.example ${sshd.hostKeys.ed25519}\n`), hostKeyAlias: 'om-1.example' })).toBe('in\n');
  });

  it('by the key type that known_hosts has, though the host prefers another', async () => {
    expect(await says(knownHosts(`[127.0.0.1]:${sshd.port} ${sshd.hostKeys.rsa}\n`))).toBe('in\n');
    expect(await says(knownHosts(`[127.0.0.1]:${sshd.port} ${sshd.hostKeys.ed25519}\n`))).toBe('in\n');
  });

  it('by a pinned key or fingerprint of any type, and then known_hosts is not asked', async () => {
    for (const key of Object.values(sshd.hostKeys)) {
      expect(await says({ hostKey: key, knownHostsFile: undefined })).toBe('in\n');
      expect(await says({ hostKey: print(key), ...knownHosts('') })).toBe('in\n');
    }
  });
});

describe('a host is refused', () => {
  it('when nothing says which key to trust', async () => {
    expect(await says({ knownHostsFile: undefined })).toMatch(/^Refused: No host key is trusted for om-1 .* set ssh.knownHostsFile, or ssh.hostKey/);
    expect(await says({ knownHostsFile: 'nowhere' })).toMatch(/^Refused: The known_hosts file .*nowhere for om-1 cannot be read/);
    expect(await says({ hostKey: 'nonsense' })).toMatch(/^Refused: ssh.hostKey of om-1 is neither/);
  });

  it('when its key is unknown: the sentence has the name looked up, the fingerprint, the file and the way out', async () => {
    const nobody = knownHosts(`om-9 ${sshd.hostKeys.ed25519}\n`);
    const said = await says(nobody);
    expect(said).toContain(`Refused: The host key of om-1 is unknown: ${nobody.knownHostsFile} has no entry for [127.0.0.1]:${sshd.port}`);
    expect(said).toContain(print(sshd.hostKeys.ed25519));
    expect(said).toContain(`ssh-keyscan -p ${sshd.port} 127.0.0.1`);
  });

  it('when its key has changed: the sentence has both fingerprints, file and line', async () => {
    const changed = knownHosts(`# comment\n[127.0.0.1]:${sshd.port} ${other}\n`);
    const said = await says(changed);
    expect(said).toMatch(/^Refused: The host key of om-1 .* has changed/);
    expect(said).toContain(`${changed.knownHostsFile}, line 2`);
    expect(said).toContain(print(other));
    expect(said).toContain(print(sshd.hostKeys.ed25519));
  });

  it('when its key is not the pinned one', async () => {
    for (const hostKey of [other, print(other)]) {
      expect(await says({ hostKey })).toMatch(/^Refused: om-1 .* but ssh.hostKey pins SHA256:/);
    }
  });

  it('when its key is revoked, though another line trusts it', async () => {
    const name = `[127.0.0.1]:${sshd.port}`;
    const said = await says(knownHosts(`${name} ${sshd.hostKeys.ed25519}\n@revoked * ${sshd.hostKeys.ed25519}\n`));
    expect(said).toMatch(/^Refused: .* is marked @revoked in .*, line 2/);
  });
});

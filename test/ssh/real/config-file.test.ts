import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts } from '../../../src/ssh/port.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import { hostsOf, startSshd, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
beforeAll(async () => {
  sshd = await startSshd('config');
  hosts = hostsOf(sshd);
});
afterAll(async () => {
  await hosts?.close();
  await sshd?.close();
});

/** What a host that the installation file only names says, or why it is not reached. */
async function says(text: string): Promise<string> {
  writeFileSync(join(sshd.folder, 'config'), text);
  const session = hosts.session({ name: 'om-1', address: 'om-1', ssh: { user: sshd.user, configFile: 'config' } });
  session.cut();
  return session.run(asLogin('echo', 'in')).then((ran) => ran.stdout, (error: Error) => `${error.name}: ${error.message}`);
}

describe('a host that only OpenSSH\'s configuration on the worker knows', () => {
  const where = () => `  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.identityFile}\n  UserKnownHostsFile ${sshd.knownHostsFile}\n`;

  it('is reached as it says, read anew for every connection; also through its jump host', async () => {
    expect(await says(`Host om-1\n${where()}`)).toBe('in\n');
    expect(await says(`Host om-1\n  ProxyJump bastion\nHost bastion\n  ProxyJump none\nHost *\n${where()}`)).toBe('in\n');
    expect(await says('Host other\n')).toMatch(/^Refused: The known_hosts file .*known_hosts for om-1 cannot be read/);
  });

  it('is not trusted because of StrictHostKeyChecking no, and says so', async () => {
    expect(await says(`Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n${where()}`))
      .toMatch(/^Refused: The host key of om-1 is unknown: .* StrictHostKeyChecking no in .*config is never followed\.$/);
  });

  it('that refuses the login says which login of the file Lockkeeper cannot make', async () => {
    writeFileSync(join(sshd.folder, 'authorized'), '', { mode: 0o644 });
    expect(await says(`Host *\n  CertificateFile cert\n${where()}`)).toMatch(/^Refused: om-1 .* refused the login .* sets certificatefile, with which Lockkeeper cannot log in/);
  });
});

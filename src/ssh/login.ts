/** How Lockkeeper proves who it is to a host: the worker's key file, or the worker's SSH agent. Never a login password. */
import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { ConnectConfig, PublicKeyAuthMethod } from 'ssh2';
import type { Reachable } from '../upgrade/installation.ts';
import { Refused } from './errors.ts';
import { onWorker, type HostsConfig } from './settings.ts';

/** The part of the connection's settings that logs in. Throws `Refused` when there is nothing to log in with. */
export async function loginWith(host: Reachable, config: HostsConfig): Promise<Pick<ConnectConfig, 'username' | 'authHandler' | 'agent'>> {
  const username = host.ssh.user;
  const path = onWorker(host.ssh.identityFile, config);
  if (path !== undefined) return { username, ...(await keyFrom(path, host, config)) };
  const agent = config.env['SSH_AUTH_SOCK'];
  if (!agent) {
    throw new Refused(`There is nothing to log in to ${host.name} with: set ssh.identityFile, or start the worker with an SSH agent (SSH_AUTH_SOCK).`);
  }
  return { username, agent };
}

async function keyFrom(path: string, host: Reachable, config: HostsConfig): Promise<Pick<ConnectConfig, 'authHandler'>> {
  const privateKey = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Refused(`The key file ${path} for ${host.name} cannot be read on the worker (${(error as NodeJS.ErrnoException).code}): check ssh.identityFile.`, { cause: error });
  });
  const passphrase = host.ssh.passphrase === undefined ? undefined : await config.secrets.resolve(host.ssh.passphrase);
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (parsed instanceof Error) throw new Refused(whyNoKey({ path, host, passphrase, message: parsed.message }));
  // Opening an encrypted key takes ssh2 a second of pure computing: hand over the opened one.
  const method: PublicKeyAuthMethod = { type: 'publickey', username: host.ssh.user, key: parsed };
  return { authHandler: [method] };
}

function whyNoKey(key: { readonly path: string; readonly host: Reachable; readonly passphrase: string | undefined; readonly message: string }): string {
  if (/no passphrase given/i.test(key.message)) {
    return `The key file ${key.path} for ${key.host.name} is encrypted: set ssh.passphrase to { env: NAME } or { file: PATH }, or use the SSH agent.`;
  }
  if (key.passphrase !== undefined && /integrity|decrypt|passphrase/i.test(key.message)) {
    return `The passphrase in ssh.passphrase does not open the key file ${key.path} for ${key.host.name}.`;
  }
  return `The file ${key.path} for ${key.host.name} is not a private key that can be used (${key.message}): check ssh.identityFile.`;
}

/** How the login is named in a sentence. */
export function loginName(host: Reachable, config: HostsConfig): string {
  return host.ssh.identityFile === undefined ? "the keys of the worker's SSH agent" : `the key ${onWorker(host.ssh.identityFile, config)}`;
}

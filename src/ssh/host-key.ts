/**
 * Which host key is trusted: the pinned one, or those that `known_hosts` has for this host. Nothing else, ever: with
 * neither, the connection is refused before it is made.
 */
import { readFile } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { Complete } from './configured-host.ts';
import { Refused } from './errors.ts';
import { fingerprint, keysFor, keyType, lookupName, parseKnownHosts, type KnownKey } from './known-hosts.ts';

export interface HostKeyRule {
  /**
   * Key algorithms to ask the host for, best first: those it is known by, so that a known key is not missed because
   * another was offered. Several lists are tried one after another until a key is trusted.
   */
  readonly asks: readonly (readonly ServerHostKeyAlgorithm[])[];
  /** Null when the key is trusted, else why not and the way out. */
  judge(key: Buffer): Refused | null;
}

/** ssh2's own order of preference, best first. A key type stands for the signature algorithms that prove it. */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/** Reads the trusted keys now: they may have been corrected since the last connection. `knownHosts` is an absolute path. */
export async function hostKeyRule(host: Complete, knownHosts: string | undefined): Promise<HostKeyRule> {
  if (host.ssh.hostKey !== undefined) return pinned(host, host.ssh.hostKey.trim());
  if (knownHosts === undefined) {
    throw new Refused(`No host key is trusted for ${host.name} (${host.address}): set ssh.knownHostsFile, or ssh.hostKey with the host's key. Lockkeeper never trusts a key it was not told.`);
  }
  let text: string;
  try {
    text = await readFile(knownHosts, 'utf8');
  } catch (error) {
    throw new Refused(`The known_hosts file ${knownHosts} for ${host.name} cannot be read on the worker (${(error as NodeJS.ErrnoException).code}): check ssh.knownHostsFile.`, { cause: error });
  }
  return known(host, parseKnownHosts(text), knownHosts);
}

function pinned(host: Complete, pin: string): HostKeyRule {
  const [type, base64] = pin.split(/\s+/);
  const wanted = pin.startsWith('SHA256:') ? pin.replace(/=+$/, '') : base64 === undefined ? undefined : fingerprint(Buffer.from(base64, 'base64'));
  if (wanted === undefined) {
    throw new Refused(`ssh.hostKey of ${host.name} is neither a public key ("ssh-ed25519 AAAA…") nor a fingerprint ("SHA256:…").`);
  }
  return {
    // A fingerprint does not say of which kind of key it is.
    asks: pin.startsWith('SHA256:') ? Object.values(ALGORITHMS) : [asking([type ?? ''])],
    judge: (key) => fingerprint(key) === wanted ? null : new Refused(
      `${host.name} (${host.address}:${host.ssh.port}) shows the ${keyType(key)} host key ${fingerprint(key)}, but ssh.hostKey pins ${wanted}. Either the host was rebuilt or something stands between: compare with \`ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub\` on the host's own console, then correct ssh.hostKey.`,
    ),
  };
}

function known(host: Complete, entries: readonly KnownKey[], file: string): HostKeyRule {
  const name = lookupName({ address: host.address, port: host.ssh.port, alias: host.ssh.hostKeyAlias });
  const keys = keysFor(entries, name);
  const trusted = keys.filter((entry) => !entry.revoked);
  return {
    asks: [asking(trusted.map((entry) => entry.type))],
    judge(key) {
      const revoked = keys.find((entry) => entry.revoked && entry.key.equals(key));
      if (revoked) return new Refused(`The host key ${fingerprint(key)} of ${host.name} is marked @revoked in ${file}, line ${revoked.line}: never use it again; give the host a new key.`);
      if (trusted.some((entry) => entry.key.equals(key))) return null;
      return trusted.length === 0 ? unknownKey(host, key, { name, file }) : changedKey(host, key, { trusted, file });
    },
  };
}

function unknownKey(host: Complete, key: Buffer, where: { readonly name: string; readonly file: string }): Refused {
  const port = host.ssh.port === 22 ? '' : `-p ${host.ssh.port} `;
  return new Refused(
    `The host key of ${host.name} is unknown: ${where.file} has no entry for ${where.name}, and the host shows the ${keyType(key)} key ${fingerprint(key)}. Compare it with \`ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub\` on the host's own console; if it is the same, add it (\`ssh-keyscan ${port}${host.address}\` prints the line${host.ssh.hostKeyAlias === undefined ? '' : `, with ${host.ssh.hostKeyAlias} as its name`}).`,
  );
}

function changedKey(host: Complete, key: Buffer, where: { readonly trusted: readonly KnownKey[]; readonly file: string }): Refused {
  const type = keyType(key);
  const entry = where.trusted.find((other) => other.type === type) ?? where.trusted[0];
  return new Refused(
    `The host key of ${host.name} (${host.address}:${host.ssh.port}) has changed: it shows the ${type} key ${fingerprint(key)}, but ${where.file}, line ${entry?.line}, has ${entry ? `${entry.type} ${fingerprint(entry.key)}` : 'another'}. Either the host was rebuilt or something stands between: compare on the host's own console, and correct that line only then.`,
  );
}

/** Known types first; the others stay, so that a host which lost its known key is named as changed, not as unable to talk. */
function asking(types: readonly string[]): readonly ServerHostKeyAlgorithm[] {
  const first = types.flatMap((type) => ALGORITHMS[type] ?? []);
  return [...new Set([...first, ...Object.values(ALGORITHMS).flat()])];
}

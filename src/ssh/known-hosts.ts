/** Reads OpenSSH's `known_hosts` as sshd(8) describes it: plain, hashed, wildcard and negated names, ports, revoked keys. */
import { createHash, createHmac } from 'node:crypto';

export interface KnownKey {
  /** Line in the file, from 1. */
  readonly line: number;
  /** `@cert-authority` lines are left out: Lockkeeper trusts keys, not certificates. */
  readonly revoked: boolean;
  readonly names: string;
  readonly type: string;
  readonly key: Buffer;
}

/** All entries that can be read; comments, certificate authorities and broken lines are passed over. */
export function parseKnownHosts(text: string): readonly KnownKey[] {
  return text.split(/\r?\n/).flatMap((row, index) => {
    const words = row.trim().split(/\s+/);
    if (words[0] === '' || words[0]?.startsWith('#')) return [];
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names, type, base64] = words;
    if ((marker !== undefined && marker !== '@revoked') || !names || !type || !base64) return [];
    return [{ line: index + 1, revoked: marker === '@revoked', names, type, key: Buffer.from(base64, 'base64') }];
  });
}

/** The name to look up: the alias as it is; else the address, with its port when that is not 22. */
export function lookupName(host: { readonly address: string; readonly port: number; readonly alias?: string | undefined }): string {
  if (host.alias !== undefined) return host.alias.toLowerCase();
  const address = host.address.toLowerCase();
  return host.port === 22 ? address : `[${address}]:${host.port}`;
}

/** The entries whose names fit. A negated name (`!om-1`) that fits takes the whole line out. */
export function keysFor(entries: readonly KnownKey[], name: string): readonly KnownKey[] {
  return entries.filter((entry) => namesFit(entry.names, name));
}

function namesFit(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return hashFits(names, name);
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && patternFits(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && patternFits(pattern, name));
}

function hashFits(hashed: string, name: string): boolean {
  const [, , salt, digest] = hashed.split('|');
  if (!salt || !digest) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === digest;
}

/** `*` is any run of characters, `?` is one; brackets are literal, as in `[om-1]:2222`. */
function patternFits(pattern: string, name: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(name);
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key's type, as it names itself: the first string inside the blob. */
export function keyType(key: Buffer): string {
  return key.length < 4 ? 'unknown' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

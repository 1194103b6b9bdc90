/** Reads Ops Manager's configuration files. Connection strings go in and never come out. */
import { parse } from 'dot-properties';

/** Which Application Database a host uses: set name and members, in an order that makes two of them comparable. */
export interface DatabaseIdentity { readonly set: string | null; readonly members: readonly string[] }

/** The identity in `mongo.mongoUri` of conf-mms.properties; null when it is not there or cannot be read. */
export function databaseIdentity(properties: string): DatabaseIdentity | null {
  const uri = settings(properties)['mongo.mongoUri'];
  return uri === undefined ? null : identityOfUri(uri);
}

export function identityOfUri(uri: string): DatabaseIdentity | null {
  // The user part may hold an unescaped @; hosts follow the last one before the path.
  const found = /^mongodb(\+srv)?:\/\/([^/?]*)(?:\/[^?]*)?(?:\?(.*))?$/.exec(uri.trim());
  if (!found) return null;
  const [, srv, authority = '', query = ''] = found;
  const hosts = authority.slice(authority.lastIndexOf('@') + 1);
  if (hosts === '') return null;
  const members = hosts.split(',').map((member) => member.trim().toLowerCase()).map((member) => srv || /:\d+$/.test(member) ? member : `${member}:27017`);
  const set = new URLSearchParams(query).get('replicaSet');
  return { set, members: members.sort() };
}

/** The identity for people: "set rs0: db-1:27017, db-2:27017". */
export function identityShown({ set, members }: DatabaseIdentity): string {
  return `${set === null ? 'no set' : `set ${set}`}: ${members.join(', ')}`;
}

export function sameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  return a.set === b.set && a.members.join() === b.members.join();
}

/** Where a host itself serves: the port is in mms.conf, and https where conf-mms.properties names a certificate. */
export function ownPort(properties: string, settingsFile: string): { readonly scheme: 'http' | 'https'; readonly port: number } {
  const scheme = settings(properties)['mms.https.PEMKeyFile'] ? 'https' : 'http';
  const written = variable(settingsFile, scheme === 'https' ? 'BASE_SSL_PORT' : 'BASE_PORT');
  return { scheme, port: written !== undefined && /^\d+$/.test(written) ? Number(written) : scheme === 'https' ? 8443 : 8080 };
}

/** Where people reach the installation, as its configuration says; null when it does not say, or nothing that is a URL. */
export function centralUrl(properties: string): string | null {
  const written = settings(properties)['mms.centralUrl'] ?? '';
  return /^https?:\/\//.test(written) && URL.canParse(written) ? new URL(written).origin : null;
}

function settings(text: string): Readonly<Record<string, string>> {
  return parse(text) as Record<string, string>;
}

/** Keys that the shipped file has and the kept one has not: new in this release, for a person to look at. */
export function newKeys(kept: string, shipped: string): readonly string[] {
  const known = settings(kept);
  return Object.keys(settings(shipped)).filter((key) => !(key in known));
}

/**
 * Where mms.conf puts the shared key; null when it does not say. Shell variables in it cannot be followed: `unknown`, but for
 * HOME where that is known.
 */
export function keyPath(settingsFile: string, home: string | null = null): string | null | 'unknown' {
  const written = variable(settingsFile, 'ENC_KEY_PATH');
  if (written === undefined) return null;
  const path = home === null ? written : written.replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/)/, home);
  return path.startsWith('/') && !/[$`]/.test(path) ? path : 'unknown';
}

/** What a file of shell assignments gives a variable last, without quotes; nothing when that is empty. */
function variable(file: string, name: string): string | undefined {
  const found = [...file.matchAll(/^[ \t]*(?:export[ \t]+)?(\w+)=(.*)$/gm)].findLast(([, each]) => each === name)?.[2]?.trim();
  return found === undefined || found === '' ? undefined : found.replace(/^(["'])(.*)\1$/, '$2');
}

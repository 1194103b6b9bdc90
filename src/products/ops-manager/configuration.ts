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

export function sameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  return a.set === b.set && a.members.join() === b.members.join();
}

function settings(text: string): Readonly<Record<string, string>> {
  return parse(text) as Record<string, string>;
}

/** Keys that the shipped file has and the kept one has not: new in this release, for a person to look at. */
export function newKeys(kept: string, shipped: string): readonly string[] {
  const known = settings(kept);
  return Object.keys(settings(shipped)).filter((key) => !(key in known));
}

/** Where mms.conf puts the shared key; null when it does not say. Shell variables in it cannot be followed: `unknown`. */
export function keyPath(settingsFile: string): string | null | 'unknown' {
  const found = [...settingsFile.matchAll(/^[ \t]*(?:export[ \t]+)?ENC_KEY_PATH=(.*)$/gm)].at(-1)?.[1]?.trim();
  if (found === undefined || found === '') return null;
  const path = found.replace(/^(["'])(.*)\1$/, '$2');
  return path.startsWith('/') && !/[$`]/.test(path) ? path : 'unknown';
}

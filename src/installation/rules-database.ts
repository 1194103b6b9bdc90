/** Rules about the Application Database: what the worker needs to ask it, and nothing that it would not use. */
import { mapping } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Problem } from './problems.ts';

/** By a command on a host, or not at all, no secret has to be on the worker. */
export function databaseCanBeAsked({ product, applicationDatabase }: Draft): readonly Problem[] {
  if (product !== 'ops-manager' || applicationDatabase === undefined || applicationDatabase['uri'] !== undefined) return [];
  return connectsItself(applicationDatabase) ? [{
    path: ['applicationDatabase', 'uri'],
    says: 'is missing: the worker needs the connection string, as { env: NAME } or { file: path }; where it must not have one, say in reach how the database is asked instead',
  }] : [];
}

export function tlsIsUsed({ applicationDatabase = {} }: Draft): readonly Problem[] {
  const { tls } = applicationDatabase;
  if (tls === undefined) return [];
  const path = ['applicationDatabase', 'tls'];
  if (!connectsItself(applicationDatabase)) return [{ path, aboutKey: true, says: 'is for connections of the worker, and reach says that it makes none; leave it out' }];
  const { certificateKeyFile, passphrase } = mapping(tls);
  return passphrase === undefined || certificateKeyFile !== undefined ? [] : [{
    path: [...path, 'passphrase'], aboutKey: true, says: 'opens a certificateKeyFile, and there is none; add it, or leave the password out',
  }];
}

function connectsItself({ reach }: Readonly<Record<string, unknown>>): boolean {
  return reach === undefined || mapping(reach)['through'] !== undefined;
}

/** What tells one server of an installation from another, and what binds them together, in installed.properties. */
import { parse } from 'dot-properties';

/** Compared only: a database's URL may hold a password. */
export interface Identity {
  /** Where agents find this server; another one on every host. */
  readonly agentcommUri: string | null;
  /** The same on every host. */
  readonly databaseUrl: string | null;
}

export function identityIn(text: string): Identity {
  const all = parse(text) as Readonly<Record<string, string>>;
  const of = (key: string): string | null => all[key]?.trim() || null;
  return { agentcommUri: of('agentcomm.uri'), databaseUrl: of('hibernate.connection.url') };
}

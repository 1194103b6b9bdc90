/** What must be the same on all hosts of an installation: the shared key, the Application Database, the time. */
import { databaseIdentity, identityOfUri, sameDatabase, type DatabaseIdentity } from '../../../src/products/ops-manager/configuration.ts';
import { checksums, parseChecksums, readFile } from '../../../src/products/linux/keeping.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { findKey } from '../configuration.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { clockAhead, type ClockSighting } from '../../preflight/clocks.ts';
import { about } from '../../preflight/finding.ts';

export interface Shared extends ClockSighting {
  /** Where the key is; null when mms.conf cannot be followed. */
  readonly keyPath: string | null;
  readonly keySum: string | undefined;
  readonly database: DatabaseIdentity | null;
}

export async function lookAtShared(at: HostAtWork): Promise<Shared> {
  const keyPath = await findKey(at);
  const keySum = keyPath === null ? undefined : parseChecksums((await at.look(checksums([keyPath]))).stdout).get(keyPath);
  const properties = await at.lookUnredacted(readFile(at.layout.properties));
  return {
    host: at.host.name, keyPath, keySum,
    database: properties.code === 0 ? databaseIdentity(properties.stdout) : null,
    ahead: await clockAhead(at),
  };
}

export function judgeKeys(seen: readonly Shared[]): readonly Finding[] {
  const findings = seen.flatMap(({ host, keyPath, keySum }): readonly Finding[] => {
    const key = about('gen.key', host);
    if (keyPath === null) return [key.refused(`ENC_KEY_PATH in mms.conf on ${host} holds a shell variable, so the shared key cannot be found: write the path out.`)];
    return keySum === undefined ? [key.refused(`${keyPath} is not there on ${host}: copy it from another host, with owner and mode, before anything is started.`)] : [];
  });
  const groups = grouped(seen);
  if (groups.size > 1) {
    findings.push(about('gen.key').refused(`The shared key gen.key is not the same everywhere (${[...groups.values()].map((hosts) => hosts.join(' and ')).join(' differ from ')}): the hosts cannot read what the others encrypted. Find out which is right and copy it to all.`));
  }
  return findings.length > 0 ? findings : [about('gen.key').ok('The shared key is the same on every host.')];
}

function grouped(seen: readonly Shared[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { host, keySum } of seen) if (keySum !== undefined) groups.set(keySum, [...(groups.get(keySum) ?? []), host]);
  return groups;
}

/** Compares set name and members; the connection string itself goes nowhere. */
export function judgeDatabases(seen: readonly Shared[], workersUri: string | null): readonly Finding[] {
  const unread = seen.filter(({ database }) => database === null).map(({ host }) => about('Application Database', host).refused(`mongo.mongoUri could not be read on ${host}: conf-mms.properties must name the Application Database.`));
  if (unread.length > 0) return unread;
  const [first, ...others] = seen;
  if (!first?.database) return [];
  const different = others.filter(({ database }) => !sameDatabase(first.database!, database!));
  const shown = ({ set, members }: DatabaseIdentity): string => `${set ?? 'no set'}: ${members.join(', ')}`;
  if (different.length > 0) {
    return different.map(({ host, database }) => about('Application Database', host).refused(`${host} uses another Application Database (${shown(database!)}) than ${first.host} (${shown(first.database!)}): they are not one installation. Correct conf-mms.properties or the list of hosts.`));
  }
  const mine = workersUri === null ? null : identityOfUri(workersUri);
  const same = about('Application Database').ok(`Every host uses the same one (${shown(first.database)}).`);
  return mine === null || sameDatabase(mine, first.database) ? [same]
    : [same, about('Application Database').warning(`applicationDatabase.uri of the installation file names ${shown(mine)}, the hosts use ${shown(first.database)}: make sure that it is the same one.`)];
}

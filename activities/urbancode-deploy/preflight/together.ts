/** What must be the same on all servers, or another on each: the database, agentcomm.uri, the layout, FIPS, patches; who may run. */
import { compareReleases, whyNotDatabase } from '../../../src/products/urbancode-deploy/versions.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import type { ServerFacts } from '../../../src/upgrade/urbancode-facts.ts';
import { about } from '../../preflight/finding.ts';
import { shortened } from '../kept.ts';
import type { InstallDir } from './install-dir.ts';

export interface SeenTogether { readonly host: UrbancodeDeployHost; readonly dir: InstallDir }

export function judgeDatabase(seen: readonly SeenTogether[], target: string): readonly Finding[] {
  const database = about('database');
  const read = seen.filter(({ dir }) => dir.properties !== null);
  const [first, ...others] = read;
  if (!first) return [];
  const urls = others.filter(({ dir }) => dir.identity.databaseUrl !== first.dir.identity.databaseUrl);
  const different = urls.map(({ host }) => about('database', host.name).refused(`${host.name} uses another database than ${first.host.name} (hibernate.connection.url in installed.properties): they are not one installation. Correct it, or the list of hosts.`));
  const kinds = [...new Set(read.flatMap(({ dir }) => dir.properties?.database ?? []))];
  if (kinds.length === 0) return [...different, database.unknown(`Which kind of database the servers use is not in their installed.properties: see yourself that ${target} supports it.`)];
  const judged = kinds.map((kind): Finding => {
    const why = whyNotDatabase(kind, target);
    if (why === null) return database.ok(`${kind} is supported by ${target}.`);
    return why === 'unknown' ? database.unknown(`Whether ${target} supports ${kind} is not known to Lockkeeper: see its system requirements before you approve.`) : database.refused(why);
  });
  return [...different, ...judged];
}

export function judgeAgentcomm(seen: readonly SeenTogether[]): readonly Finding[] {
  const known = seen.flatMap(({ host, dir }) => {
    const uri = dir.identity.agentcommUri ?? host.agentcommUri;
    return dir.properties === null || uri === undefined ? [] : [{ name: host.name, uri, isNew: dir.identity.agentcommUri === null }];
  });
  return known.flatMap(({ name, uri, isNew }, index) => {
    const twin = known.slice(0, index).find((other) => other.uri === uri), on = about('agentcomm.uri', name);
    if (twin === undefined) return [];
    const says = `${twin.name} and ${name} have one agentcomm.uri, ${uri}, and each server needs its own:`;
    // What servers run with today is the site's; what would be written anew is not.
    return [isNew || twin.isNew ? on.refused(`${says} correct agentcommUri in the file.`) : on.warning(`${says} correct it in installed.properties.`)];
  });
}

/** The database of an upgrade that goes on may be new already, and old servers on it do harm. */
export function judgeRunning(facts: readonly ServerFacts[], target: string): readonly Finding[] {
  const isNew = ({ installed }: ServerFacts): boolean => installed !== undefined && compareReleases(installed, target) === 0;
  if (!facts.some(isNew)) return [];
  return facts.filter((each) => each.installed !== undefined && !isNew(each) && each.running === 'yes').map(({ name, installed }) =>
    about('server', name).warning(`The server of ${name} runs with ${installed}, and another has ${target} already: the database may be new, and an old server on it do harm. Stop it now; else the upgrade does so first.`));
}

/** While one upgrade goes on, hosts that are done have the new layout. */
export function judgeLayouts(seen: readonly SeenTogether[], target: string): readonly Finding[] {
  const old = seen.filter(({ dir }) => dir.properties !== null && dir.installed !== null && compareReleases(dir.installed, target) !== 0);
  const below = old.filter(({ dir }) => dir.properties?.appData === null), apart = old.filter((each) => !below.includes(each));
  if (below.length === 0 || apart.length === 0) return [];
  return [about('application data').refused(`${names(below)} ${below.length === 1 ? 'has' : 'have'} application data below the install dir, ${names(apart)} in a folder apart: all servers must have one layout. Bring them to one first.`)];
}

export function judgeFips(seen: readonly SeenTogether[], { policy, target }: UrbancodeDeployInstallation): readonly Finding[] {
  const fips = about('FIPS');
  const asked = policy.fips ? [fips.warning('policy.fips: the installer runs with -fips. Cloud provisioning is not available on a FIPS-compliant server, and its JVM connects to only FIPS 140-2 certified providers.')] : [];
  const old = seen.filter(({ dir }) => dir.installed === null || compareReleases(dir.installed, target.version) !== 0);
  const is = old.filter(({ dir }) => dir.fips === 'yes'), isNot = old.filter(({ dir }) => dir.fips === 'no'), unseen = old.filter(({ dir }) => dir.fips === 'unknown');
  return [
    ...asked,
    ...(policy.fips && isNot.length > 0 ? [fips.warning(`${names(isNot)} ${isNot.length === 1 ? 'is no FIPS-compliant server' : 'are no FIPS-compliant servers'} now, and will be: leave out policy.fips if that is not meant.`)] : []),
    ...(!policy.fips && is.length > 0 ? [fips.warning(`${names(is)} ${is.length === 1 ? 'is a FIPS-compliant server' : 'are FIPS-compliant servers'} now, and the file does not say policy.fips: true: without -fips the installer makes no FIPS-compliant server.`)] : []),
    ...(unseen.length > 0 ? [fips.unknown(`Whether ${names(unseen)} ${unseen.length === 1 ? 'is a FIPS-compliant server' : 'are FIPS-compliant servers'} cannot be seen: policy.fips decides.`)] : []),
  ];
}

/** They are one folder's, so one host that could look tells for all. */
export function judgePatches(seen: readonly SeenTogether[]): readonly Finding[] {
  const patches = about('patches');
  const listed = seen.flatMap(({ dir }) => dir.patches ?? []), found = [...new Set(listed)];
  if (found.length > 0) return [patches.warning(`The upgrade switches patches off, by renaming them to .off: ${shortened(found)}. Ask the vendor whether the target holds them.`)];
  return seen.some(({ dir }) => dir.patches !== null) ? [patches.ok('There are none.')] : [patches.unknown('Whether there are patches, which an upgrade switches off, cannot be seen.')];
}

function names(seen: readonly SeenTogether[]): string {
  return seen.map(({ host }) => host.name).join(', ');
}

/**
 * Looks at one host of UrbanCode Deploy for `init`, as far as the login may: by sudo where sudo lets it, else without. Changes nothing.
 *
 *   1. Name and addresses, by which load balancers and people know it. A Windows host is told from others, and not looked at.
 *   2. The server that runs: its install dir and user. Where none runs: one of the usual folders that holds a version mark.
 *   3. Its mark, and of installed.properties, which may hold passwords, exactly the keys that the file or its comments need.
 *   4. Who starts it: a unit of systemd is the site's service; boot links, cron and monit are told.
 *   5. The version that it serves.
 *
 * What could not be seen is told in a sentence.
 */
import { createHash } from 'node:crypto';
import type { SeenProperties, SeenServer } from '../../installation/first-file-urbancode.ts';
import { user as userForm } from '../../installation/values.ts';
import { parseProcesses, PROCESSES } from '../../products/linux/processes.ts';
import type { Printed } from '../../products/linux/printed.ts';
import { autostartShown, startersOf, UNITS_THAT_START, whyNotSwitchedOff } from '../../products/urbancode-deploy/autostart.ts';
import { MARKS_IN_USUAL_FOLDERS, ownerOfInstallDir, readMark, readProperties, type TypedOn } from '../../products/urbancode-deploy/commands.ts';
import { identityIn } from '../../products/urbancode-deploy/identity.ts';
import { layoutOf, USUAL_FOLDERS } from '../../products/urbancode-deploy/layout.ts';
import { lookForServer, serversIn } from '../../products/urbancode-deploy/processes.ts';
import { readProperties as propertiesIn, servedBy } from '../../products/urbancode-deploy/properties.ts';
import { servedVersion, VERSION_PATH } from '../../products/urbancode-deploy/rest.ts';
import { readMark as releaseIn } from '../../products/urbancode-deploy/versions.ts';
import { isCmd, WHICH_WINDOWS } from '../../products/urbancode-deploy/windows.ts';
import type { HostSession } from '../../ssh/port.ts';
import { quoted } from '../../upgrade/command.ts';
import type { Reachable } from '../../upgrade/installation.ts';
import { servedAt } from '../../upgrade/served-at.ts';
import type { Autostart } from '../../upgrade/urbancode-facts.ts';
import { Eyes, whoIsIt } from './eyes.ts';

export type SeenOnServer = Omit<SeenServer, 'name' | 'address' | 'ssh'> & { readonly hostname: string | undefined };

const NOTHING = { hostname: undefined, running: 'unknown', startedBy: [], addresses: [], notSeen: [] } as const;

const ON_WINDOWS = 'Its shell is cmd.exe, and init looks at Linux alone. Its lines are yours: roles: [server], installDir: C:\\ibm-ucd\\server, '
  + 'runAs: its owner, service: { name: ibm-ucd }, and url where it is not the default.';

export async function lookAtUrbancodeDeploy(session: HostSession, host: Reachable): Promise<SeenOnServer> {
  try {
    const { stdout } = await session.runLine(WHICH_WINDOWS);
    return isCmd(stdout) ? { ...NOTHING, platform: 'windows', unseen: ON_WINDOWS } : await look(new Eyes(session), host);
  } catch (error) {
    return { ...NOTHING, unseen: error instanceof Error ? error.message : String(error) };
  }
}

async function look(eyes: Eyes, host: Reachable): Promise<SeenOnServer> {
  const { notSeen } = eyes, who = await whoIsIt(eyes);
  const { installDir, runAs, running, platform } = await lookForServerOn(eyes);
  const seen = { ...who, platform, running, installDir, runAs, startedBy: [], notSeen };
  if (installDir === undefined) return seen;
  const place = { installDir, runAs: runAs ?? 'root' };
  const mark = await eyes.read(layoutOf(place).mark, readMark(place));
  const properties = await lookAtProperties(eyes, place), url = urlOf(host, properties?.web ?? null);
  const started = await lookAtStarters(eyes, place, who.hostname ?? host.name);
  const served = running === 'yes' ? await eyes.served(new URL(VERSION_PATH, url ?? usualUrl(host)), ({ body }) => servedVersion(body)) : undefined;
  return { ...seen, ...started, url, installed: releaseIn(mark ?? '') ?? undefined, serves: served, properties: properties?.written };
}

type Found = Pick<SeenServer, 'platform' | 'running' | 'installDir' | 'runAs'>;

/** The server that runs; where none does, the one that is installed where most are. */
async function lookForServerOn(eyes: Eyes): Promise<Found> {
  const { notSeen } = eyes, listing = await eyes.look(PROCESSES);
  if (listing.code !== 0 || listing.truncated) notSeen.push('What runs here could not be listed by ps.');
  const processes = listing.code === 0 && !listing.truncated ? parseProcesses(listing.stdout) : [];
  const [server, ...others] = serversIn(processes);
  for (const other of others) notSeen.push(`Another server runs here, too, in ${other.installDir}: it is none of this file.`);
  const installDir = server?.installDir ?? await lookInUsualFolders(eyes);
  const found: Found = { platform: listing.code === 0 ? 'linux' : undefined, running: lookForServer({ processes, pidFile: null, runAs: '', installDir: installDir ?? '/' }).running };
  if (installDir === undefined) {
    notSeen.push(`No server runs here, and none was seen in ${USUAL_FOLDERS.join(', ')}: name its folder, or take the host out.`);
    return found;
  }
  const { code, stdout } = await eyes.look(ownerOfInstallDir({ installDir, runAs: '' })), owner = code === 0 ? nameIn(stdout.trim()) : undefined;
  const runAs = nameIn(server?.process.user ?? '') ?? owner;
  if (owner === undefined) notSeen.push(`Who owns ${installDir} could not be seen.`);
  else if (runAs !== owner) notSeen.push(`The server runs as ${runAs}, and ${installDir} belongs to ${owner}: an upgrade wants one user for both.`);
  return { ...found, installDir, runAs };
}

/** A user whose name is too long stands in a process list as a number, or cut. */
function nameIn(text: string): string | undefined {
  return text !== 'UNKNOWN' && userForm.safeParse(text).success ? text : undefined;
}

/** As the login first: where sudo allows but the lines of an upgrade, asking it for another would be the last look by sudo. */
async function lookInUsualFolders(eyes: Eyes): Promise<string | undefined> {
  for (const as of ['login', 'root'] as const) {
    const { stdout } = await eyes.look({ ...MARKS_IN_USUAL_FOLDERS, as });
    const [first, ...others] = USUAL_FOLDERS.filter((installDir) => stdout.split('\n').includes(layoutOf({ installDir }).mark));
    for (const other of others) eyes.notSeen.push(`${other} holds a server, too; none of them runs.`);
    if (first !== undefined) return first;
  }
  return undefined;
}

interface Properties { readonly web: ReturnType<typeof servedBy>; readonly written: SeenProperties }

async function lookAtProperties(eyes: Eyes, place: Pick<TypedOn, 'installDir' | 'runAs'>): Promise<Properties | null> {
  const text = await eyes.read(layoutOf(place).properties, readProperties(place));
  const read = text === null ? null : propertiesIn(text);
  if (text === null || read === null) return null;
  const { agentcommUri, databaseUrl } = identityIn(text);
  return {
    web: servedBy(text),
    written: { appData: read.appData, database: read.database, agentcommUri, databaseDigest: databaseUrl === null ? null : createHash('sha256').update(databaseUrl).digest('hex') },
  };
}

function usualUrl({ address }: Reachable): string {
  return servedAt('https', address, 8443);
}

/** Undefined for what the file means without one. */
function urlOf(host: Reachable, web: Properties['web']): string | undefined {
  const url = web === null ? usualUrl(host) : servedAt(web.scheme, host.address, web.port);
  return url === usualUrl(host) ? undefined : url;
}

/** systemd first, which anybody may ask: with the file's `service` the other looks are those that its sudoers allow. */
async function lookAtStarters(eyes: Eyes, place: Pick<TypedOn, 'installDir' | 'runAs'>, name: string): Promise<Pick<SeenServer, 'service' | 'startedBy'>> {
  const units = await eyes.look(UNITS_THAT_START), service = serviceIn(units, place);
  const all: Autostart[] = [];
  for (const { kind, look: command, read } of startersOf({ ...place, service })) {
    const seen = read(kind === 'systemd' ? units : await eyes.look(command));
    if (seen === 'unknown') eyes.notSeen.push(`Whether ${kind} starts the server by itself could not be seen.`);
    else all.push(...seen);
  }
  const judged = all.map((one) => ({ one, why: whyNotSwitchedOff(name, one) }));
  eyes.notSeen.push(...judged.flatMap(({ why }) => why ?? []));
  return { service, startedBy: judged.filter(({ why }) => why === null).map(({ one }) => shown(one)) };
}

/** How the site starts its server, where a unit does that nothing else triggers. */
function serviceIn(units: Printed, place: TypedOn): SeenServer['service'] {
  const found = startersOf(place).find(({ kind }) => kind === 'systemd')?.read(units) ?? 'unknown';
  const own = found === 'unknown' ? undefined : found.find((one) => one.kind === 'systemd' && one.triggers.length === 0);
  if (own?.kind !== 'systemd') return undefined;
  const unit = quoted(own.unit.replace(/\.service$/, ''));
  return { start: `sudo systemctl start ${unit}`, stop: `sudo systemctl stop ${unit}` };
}

/** A line of a cron table may hold anything, a password too. */
function shown(one: Autostart): string {
  return one.kind === 'cron' ? `cron: ${one.file}` : autostartShown(one);
}

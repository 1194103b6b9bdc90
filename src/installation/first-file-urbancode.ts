/** The first file of an UrbanCode Deploy installation. */
import { compareReleases, releasesAfter } from '../products/urbancode-deploy/versions.ts';
import type { UrbancodeDeployPlatform } from '../upgrade/installation-urbancode.ts';
import type { Seen } from '../upgrade/outcome.ts';
import { defined, firstFile, onVersions, type FirstFile, type Note, type SeenInstallation, type SeenMachine } from './first-file.ts';

/** What a server's own configuration says. Nothing of it is a secret. */
export interface SeenProperties {
  /** Null where the data is below the install dir, as before 6.1.1.5. */
  readonly appData: string | null;
  readonly agentcommUri: string | null;
  /** The kind of database, as the product names it. */
  readonly database?: string | undefined;
  /** The same on all servers of one database; its URL itself may hold a password. */
  readonly databaseDigest: string | null;
}

export interface SeenServer extends SeenMachine {
  readonly platform?: UrbancodeDeployPlatform | undefined;
  readonly running: Seen;
  readonly installed?: string | undefined;
  readonly serves?: string | undefined;
  /** Where it serves, where that is not the default. */
  readonly url?: string | undefined;
  readonly installDir?: string | undefined;
  readonly runAs?: string | undefined;
  /** Absent where it could not be read. */
  readonly properties?: SeenProperties | undefined;
  /** By the site's own unit. */
  readonly service?: { readonly start: string; readonly stop: string } | undefined;
  /** What else starts the server by itself, as people read it. */
  readonly startedBy: readonly string[];
}

/** The environment variable that the file refers to for the token. */
export const TOKEN_VARIABLE = 'UCD_TOKEN';

export function firstUrbancodeFile(seen: SeenInstallation<SeenServer>): FirstFile {
  const { hosts } = seen, data = dataFolders(hosts);
  return firstFile(seen, {
    product: 'urbancode-deploy',
    hosts: hosts.map((host) => writtenServer(host, hosts)),
    balanced: hosts.filter(isServer).map(({ name }) => name),
    sections: {
      database: { backups: [{ confirm: null }], sessions: { host: hosts.find(({ platform }) => platform === 'linux')?.name ?? null, command: null } },
      appData: data.length === 1 && data[0]?.startsWith('/') === true ? data[0] : null,
      api: { url: null, token: { env: TOKEN_VARIABLE } },
    },
    notes: notesOn(hosts),
    onOneLine: [['api', 'token']],
    belongs: WHAT_BELONGS,
  });
}

const WHAT_BELONGS: Readonly<Record<string, string>> = {
  platform: 'linux or windows',
  roles: 'server, standby or front-end',
  installDir: 'the folder where the server is installed',
  runAs: 'the user that owns installDir',
  agentcommUri: 'by which agents reach this server alone, like "random:(wss://ucd-1.example:7919)"; take it out where installed.properties has one, or where the target is below 7.0',
  name: "the name of its service; take service out where there is none, or where it is started by bin\\server.cmd",
  appData: 'the folder that all servers share',
  url: 'where people and scripts reach the servers; or take api out: then a person looks at the Dashboard',
  host: 'where that command runs; or take sessions out',
  command: 'prints how many sessions the database has; or take sessions out',
};

/** One that is down may be a standby, or only down today: that is a person's to say. */
function isServer({ running }: SeenServer): boolean {
  return running === 'yes';
}

function writtenServer(host: SeenServer, all: readonly SeenServer[]): object {
  const { name, address, ssh, platform, url, installDir, runAs, service } = host;
  const onWindows = platform === 'windows';
  return defined({
    name, address, platform: platform ?? null, roles: isServer(host) ? ['server'] : null, url,
    installDir: installDir ?? null, runAs: runAs ?? null,
    agentcommUri: onWindows ? undefined : agentcommIn(host, all),
    service: onWindows ? { name: null } : service, ssh: ssh && defined(ssh),
  });
}

/** Null leaves it to a person. Undefined where it is set on the host and the file would be refused with it: then the file needs none. */
function agentcommIn(host: SeenServer, all: readonly SeenServer[]): string | null | undefined {
  const uri = host.properties?.agentcommUri ?? null;
  // An @ may end a login.
  return uri === null || (twinOf(host, all) === undefined && /^[^\s@]{1,2048}$/.test(uri)) ? uri : undefined;
}

/** An earlier host that has the same agentcomm.uri. */
function twinOf({ name, properties }: SeenServer, all: readonly SeenServer[]): SeenServer | undefined {
  const before = all.slice(0, all.findIndex((each) => each.name === name)), uri = properties?.agentcommUri ?? null;
  return uri === null ? undefined : before.find((other) => other.properties?.agentcommUri === uri);
}

/** Each that a server names, once; null for the layout of before 6.1.1.5. */
function dataFolders(hosts: readonly SeenServer[]): readonly (string | null)[] {
  return [...new Set(hosts.flatMap(({ properties }) => (properties === undefined ? [] : [properties.appData])))];
}

function notesOn(hosts: readonly SeenServer[]): readonly Note[] {
  const releases = [...new Set(hosts.flatMap(({ installed }) => installed ?? []))].sort(compareReleases);
  return [
    { path: ['target', 'version'], says: onVersions(releases, releasesAfter) },
    { path: ['hosts'], says: 'Every server of the database, running or not: one that is forgotten here could reach it while its schema changes.\nserver serves; standby is down, is upgraded and never started; front-end (from 7.0.3) is installed with -frontend.' },
    ...hosts.map((host, at) => ({ path: ['hosts', at], says: onServer(host, hosts) })),
    { path: ['database'], says: onDatabases(hosts) },
    { path: ['database', 'backups'], says: 'There is no downgrade, so there must be a way back: the database, appData and every install dir, of one moment, by a\ncommand with its check, { host: ucd-1, command: "…", verify: "…", maxAge: 4h }, or by what a person must confirm:' },
    { path: ['database', 'sessions'], says: 'Must print 0 when every server is down: so it finds one that the file forgot.' },
    { path: ['appData'], says: onData(hosts) },
    { path: ['api'], says: `With a token running work is watched; it is a secret: give it to the worker as ${TOKEN_VARIABLE}, never to this file.` },
  ];
}

function onServer(host: SeenServer, all: readonly SeenServer[]): string {
  const { unseen, installed, serves, installDir, service, startedBy, notSeen } = host, twin = twinOf(host, all);
  if (unseen !== undefined) return `NOT SEEN: ${unseen}`;
  if (installDir === undefined) return notSeen.join('\n');
  return [
    `${installed === undefined ? 'It is installed, and its mark names no release' : `${installed} is installed`}${serves === undefined ? '' : `, ${serves} is served`}.`,
    stateOf(host, all),
    ...(service === undefined ? [] : ['A unit of systemd starts it: an upgrade starts and stops it by that.']),
    ...(startedBy.length === 0 ? [] : [`Switched off during an upgrade, put back after it: ${startedBy.join('; ')}.`]),
    ...(twin === undefined ? [] : [`Its agentcomm.uri is that of ${twin.name}, too: give every server its own, in installed.properties.`]),
    ...(host.properties?.agentcommUri === null ? ['It has no agentcomm.uri, and an unattended installer of 7.0 or later needs one.'] : []),
    ...notSeen,
  ].join('\n');
}

function stateOf({ running }: SeenServer, all: readonly SeenServer[]): string {
  if (running === 'yes') return 'The server runs.';
  if (running === 'unknown') return 'Whether the server runs could not be seen.';
  const others = all.filter(isServer).map(({ name }) => name);
  if (others.length === 0) return 'The server does not run.';
  return `The server does not run, and ${others.join(', ')} ${others.length === 1 ? 'does' : 'do'}: roles: [standby], if that is meant; [server], if it is only down now.`;
}

function onDatabases(hosts: readonly SeenServer[]): string {
  const read = hosts.flatMap(({ properties }) => properties ?? []);
  const kinds = [...new Set(read.flatMap(({ database }) => database ?? []))], digests = new Set(read.map(({ databaseDigest }) => databaseDigest));
  const kind = kinds.length === 0 ? 'Which kind of database the servers use could not be seen.' : `The servers use ${kinds.join(' and ')}.`;
  return digests.size > 1 ? `${kind} They do NOT use the same one (hibernate.connection.url): these are not servers of one installation.` : kind;
}

function onData(hosts: readonly SeenServer[]): string {
  const all = dataFolders(hosts);
  const of = (folder: string | null): string => `${hosts.filter(({ properties }) => properties !== undefined && properties.appData === folder).map(({ name }) => name).join(', ')}: ${folder ?? 'below the install dir'}`;
  if (all.length === 0) return 'Where the servers have their application data could not be seen.';
  if (all.length > 1) return `The servers do NOT have one folder (${all.map(of).join('; ')}), and all share one under one path.`;
  return all[0] === null ? 'Application data is below the install dirs, as before 6.1.1.5: name the folder to which a person moves it while all servers are down.'
    : 'By server.appdata.dir of the servers.';
}

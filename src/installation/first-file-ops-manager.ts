/** The first file of Ops Manager's installation. */
import { BUILT_PLATFORMS } from '../products/ops-manager/commands.ts';
import { identityShown, type DatabaseIdentity } from '../products/ops-manager/configuration.ts';
import { compareReleases, releasesAfter } from '../products/ops-manager/versions.ts';
import type { OpsManagerRole, Platform } from '../upgrade/installation.ts';
import type { Seen } from '../upgrade/outcome.ts';
import { defined, firstFile, onVersions, type FirstFile, type Note, type SeenInstallation, type SeenMachine } from './first-file.ts';

export interface SeenPart { readonly running: Seen; readonly atBoot: Seen }

export interface SeenHost extends SeenMachine {
  readonly platform?: Platform | undefined;
  readonly installed?: string | undefined;
  readonly serves?: string | undefined;
  /** Where it serves, installs and runs, where that is not the default. */
  readonly url?: string | undefined;
  readonly installDir?: string | undefined;
  readonly runAs?: string | undefined;
  readonly application: SeenPart;
  readonly daemon: SeenPart;
  readonly database?: DatabaseIdentity | undefined;
  /** Where people reach the installation, as this host's configuration says. */
  readonly centralUrl?: string | undefined;
}

/** The environment variable that the file refers to for the Application Database's connection string. */
export const DATABASE_VARIABLE = 'OM_APPDB_URI';

export function firstOpsManagerFile(seen: SeenInstallation<SeenHost>): FirstFile {
  return firstFile(seen, {
    product: 'ops-manager',
    hosts: seen.hosts.map(writtenHost),
    balanced: seen.hosts.filter((host) => rolesOf(host).includes('application')).map(({ name }) => name),
    url: seen.hosts.find(({ centralUrl }) => centralUrl !== undefined)?.centralUrl,
    sections: { applicationDatabase: { uri: { env: DATABASE_VARIABLE }, backups: [{ confirm: null }] } },
    notes: notesOn(seen),
    onOneLine: [['applicationDatabase', 'uri']],
    belongs: { platform: `one of ${BUILT_PLATFORMS.join(', ')}`, roles: 'application, backup-daemon or both' },
  });
}

function writtenHost(host: SeenHost): object {
  const { name, address, ssh, platform, url, installDir, runAs } = host;
  const roles = rolesOf(host);
  return defined({ name, address, platform: platform ?? null, roles: roles.length === 0 ? null : roles, url, installDir, runAs, ssh: ssh && defined(ssh) });
}

/** What it does now; a host on which nothing runs has the roles that it would have after a boot. */
function rolesOf({ application, daemon }: SeenHost): readonly OpsManagerRole[] {
  const are = (so: (part: SeenPart) => boolean): readonly OpsManagerRole[] => [...(so(application) ? ['application' as const] : []), ...(so(daemon) ? ['backup-daemon' as const] : [])];
  const running = are((part) => part.running === 'yes');
  return running.length > 0 ? running : are((part) => part.atBoot === 'yes');
}

function notesOn({ hosts }: SeenInstallation<SeenHost>): readonly Note[] {
  const databases = [...new Set(hosts.flatMap(({ database }) => (database ? [identityShown(database)] : [])))];
  const releases = [...new Set(hosts.flatMap(({ installed, serves }) => [installed, serves].filter((each) => each !== undefined)))].sort(compareReleases);
  return [
    { path: ['target', 'version'], says: onVersions(releases, releasesAfter) },
    { path: ['hosts'], says: 'In the order of the upgrade: the first is the one that Upgrade Mode begins with.' },
    ...hosts.map((host, at) => ({ path: ['hosts', at], says: onHost(host) })),
    {
      path: ['applicationDatabase', 'uri'],
      says: `${databases.length === 0 ? 'Which one the hosts use could not be seen.' : databases.length === 1 ? `The hosts use ${databases[0]}.` : `The hosts do NOT use the same one: ${databases.join('; ')}.`}\nIts connection string is a secret: give it to the worker as ${DATABASE_VARIABLE}, never to this file.`,
    },
    { path: ['applicationDatabase', 'backups'], says: 'There is no downgrade, so there must be a way back: a command with its check,\n{ host: om-1, command: "…", verify: "…", maxAge: 4h }, or what a person must confirm:' },
  ];
}

function onHost({ unseen, platform, installed, serves, application, daemon, notSeen }: SeenHost): string {
  if (unseen !== undefined) return `NOT SEEN: ${unseen}`;
  const state = (what: string, { running, atBoot }: SeenPart): string =>
    `${what} ${running === 'yes' ? 'runs' : running === 'no' ? 'does not run' : 'could not be seen'}${atBoot === 'yes' ? ', starts at boot' : atBoot === 'no' ? ', disabled at boot' : ''}`;
  return [
    `${installed !== undefined ? `${installed} is installed` : platform === undefined ? 'No Ops Manager was seen' : 'It is installed, and nothing there says which release it is'}${serves === undefined ? '' : `, ${serves} is served`}.`,
    `${state('The application', application)}; ${state('the Backup Daemon', daemon)}.`,
    ...notSeen,
  ].join('\n');
}

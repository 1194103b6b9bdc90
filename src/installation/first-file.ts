/**
 * A first installation file, from what was seen on the hosts. What nobody saw, or only a person can know, stands there as
 * a key without a value and is listed; what was seen and matters, but has no key, stands there as a comment.
 */
import { Document, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import { BUILT_PLATFORMS } from '../products/ops-manager/commands.ts';
import { identityShown, type DatabaseIdentity } from '../products/ops-manager/configuration.ts';
import { compareReleases, releasesAfter } from '../products/ops-manager/versions.ts';
import type { OpsManagerRole, Platform, SecretReference } from '../upgrade/installation.ts';
import type { Seen } from '../upgrade/outcome.ts';
import { pathText, type Path } from './problems.ts';

/** How a machine is reached, as far as it is not what the file says for all. */
export interface WrittenReach {
  readonly name: string;
  readonly address?: string | undefined;
  readonly ssh?: { readonly user?: string | undefined; readonly port?: number | undefined } | undefined;
}

export interface SeenPart { readonly running: Seen; readonly atBoot: Seen }

export interface SeenHost extends WrittenReach {
  /** Why nothing could be seen there, as a sentence. Then the rest is empty. */
  readonly unseen?: string | undefined;
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
  /** Its IP addresses, by which load balancers know it. */
  readonly addresses: readonly string[];
  /** What could not be seen, as sentences. */
  readonly notSeen: readonly string[];
}

export interface SeenBalancer extends WrittenReach {
  readonly unseen?: string | undefined;
  readonly socket?: string | undefined;
  readonly sudo: boolean;
  readonly backend?: string | undefined;
  readonly servers: Readonly<Record<string, string>>;
  /** Servers of the backend that are none of the hosts. */
  readonly strangers: readonly string[];
}

export interface SeenInstallation {
  readonly name: string;
  readonly ssh: {
    readonly user: string;
    readonly identityFile?: string | undefined;
    readonly knownHostsFile: string;
    readonly jumpHost?: string | undefined;
    readonly sudoPassword?: SecretReference | undefined;
  };
  readonly hosts: readonly SeenHost[];
  readonly balancers: readonly SeenBalancer[];
}

export interface FirstFile {
  readonly text: string;
  /** Places that a person must fill in, as `validate` names them, with what belongs there. */
  readonly toFillIn: readonly { readonly path: string; readonly says: string }[];
}

/** The environment variable that the file refers to for the Application Database's connection string. */
export const DATABASE_VARIABLE = 'OM_APPDB_URI';

export function firstFile(seen: SeenInstallation): FirstFile {
  const platforms = [...new Set(seen.hosts.flatMap(({ platform }) => platform ?? []))];
  const document = new Document({
    installation: seen.name,
    product: 'ops-manager',
    target: { version: null, packages: Object.fromEntries(platforms.map((platform) => [platform, { file: null, sha256: null }])) },
    ssh: seen.ssh,
    hosts: seen.hosts.map(writtenHost),
    applicationDatabase: { uri: { env: DATABASE_VARIABLE }, backups: [{ confirm: null }] },
    loadBalancers: seen.balancers.length === 0 ? [{ confirm: null }] : seen.balancers.map((balancer) => writtenBalancer(balancer, seen)),
  });
  const notes = notesOn(seen);
  for (const { path, says } of notes) remark(document, path, says);
  for (const path of [['applicationDatabase', 'uri'], ['ssh', 'sudoPassword'], ...seen.hosts.map((_, at) => ['hosts', at, 'roles'])]) {
    const node = document.getIn(path, true);
    if (isMap(node) || isSeq(node)) node.flow = true;
  }
  for (const { key } of (document.contents as unknown as YAMLMap<Scalar>).items) key.spaceBefore = SECTIONS.has(String(key.value));
  document.commentBefore = HEAD;
  return {
    text: `${document.toString({ nullStr: '', lineWidth: 0 }).trimEnd()}\n`,
    toFillIn: emptyPlaces(document.contents).map((path) => ({ path: pathText(path), says: WHAT_BELONGS[String(path.at(-1))] ?? 'its server in HAProxy' })),
  };
}

const SECTIONS: ReadonlySet<string> = new Set(['target', 'ssh', 'hosts', 'applicationDatabase', 'loadBalancers']);

const HEAD = ` Written by \`lockkeeper init\` from what it saw on the hosts. Read every line before you use it.
 A key without a value waits for you; \`lockkeeper validate FILE\` names these places, each with its line.`;

const WHAT_BELONGS: Readonly<Record<string, string>> = {
  version: 'the release to upgrade to',
  file: 'the package, on the worker; or write onHost: where it is on every host',
  sha256: 'the checksum of the package: sha256sum FILE',
  platform: `one of ${BUILT_PLATFORMS.join(', ')}`,
  roles: 'application, backup-daemon or both',
  confirm: 'what a person must confirm or do; or another kind, as the comment says',
  socket: "path of HAProxy's admin socket",
  backend: "name of HAProxy's backend",
};

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

function writtenBalancer({ name, address, ssh, socket, backend, servers, sudo }: SeenBalancer, seen: SeenInstallation): object {
  const serving = seen.hosts.filter((host) => rolesOf(host).includes('application'));
  const url = seen.hosts.find(({ centralUrl }) => centralUrl !== undefined)?.centralUrl;
  const host = seen.hosts.some((each) => each.name === name) ? name : defined({ name, address, ssh: ssh && defined(ssh) });
  return { haproxy: defined({ host, socket: socket ?? null, backend: backend ?? null, servers: Object.fromEntries(serving.map((each) => [each.name, servers[each.name] ?? null])), sudo, url }) };
}

function defined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

interface Note { readonly path: Path; readonly says: string }

function notesOn(seen: SeenInstallation): readonly Note[] {
  const databases = [...new Set(seen.hosts.flatMap(({ database }) => (database ? [identityShown(database)] : [])))];
  return [
    { path: ['installation'], says: 'Upgrades are found by this name; one at a time.' },
    { path: ['target', 'version'], says: onVersions(seen.hosts) },
    { path: ['ssh'], says: 'How hosts are reached. Secrets are references that the worker resolves: { env: NAME } or { file: path }.' },
    { path: ['hosts'], says: 'In the order of the upgrade: the first is the one that Upgrade Mode begins with.' },
    ...seen.hosts.map((host, at) => ({ path: ['hosts', at], says: onHost(host) })),
    {
      path: ['applicationDatabase', 'uri'],
      says: `${databases.length === 0 ? 'Which one the hosts use could not be seen.' : databases.length === 1 ? `The hosts use ${databases[0]}.` : `The hosts do NOT use the same one: ${databases.join('; ')}.`}\nIts connection string is a secret: give it to the worker as ${DATABASE_VARIABLE}, never to this file.`,
    },
    { path: ['applicationDatabase', 'backups'], says: 'There is no downgrade, so there must be a way back: a command with its check,\n{ host: om-1, command: "…", verify: "…", maxAge: 4h }, or what a person must confirm:' },
    { path: ['loadBalancers'], says: `${seen.balancers.length === 0 ? 'None was looked at (--haproxy HOST). ' : ''}Each: haproxy, commands, confirm (a person takes hosts out and puts them back), health (it drops unhealthy\nhosts by itself) or none, with the reason.` },
    ...seen.balancers.map((balancer, at) => ({ path: ['loadBalancers', at], says: onBalancer(balancer) })).filter(({ says }) => says !== ''),
  ];
}

function onVersions(hosts: readonly SeenHost[]): string {
  const releases = [...new Set(hosts.flatMap(({ installed, serves }) => [installed, serves].filter((each) => each !== undefined)))].sort(compareReleases);
  const [first, ...others] = releases;
  if (first === undefined) return 'Which release the hosts run could not be seen.';
  const mixed = others.length === 0 ? '' : `The hosts are on different releases (${releases.join(', ')}): an earlier upgrade was not finished; go on to its target.\n`;
  return `${mixed}${first} runs. Next may be: ${releasesAfter(first)}.`;
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

function onBalancer({ unseen, strangers, backend }: SeenBalancer): string {
  if (unseen !== undefined) return `NOT SEEN: ${unseen}`;
  return strangers.length === 0 ? '' : `Backend ${backend} also has ${strangers.join(', ')}, which is none of the hosts named: name that host to init too, or take it out of the backend.`;
}

/** Puts the comment above the key, or above the entry of a list. */
function remark(document: Document, path: Path, says: string): void {
  const text = says.split('\n').map((line) => ` ${line}`).join('\n');
  const parent = document.getIn(path.slice(0, -1), true), last = path.at(-1);
  if (path.length === 1 ? isMap(document.contents) : isMap(parent)) {
    const map = (path.length === 1 ? document.contents : parent) as YAMLMap<Scalar, Node>;
    const pair = map.items.find(({ key }) => key.value === last);
    if (pair) pair.key.commentBefore = text;
  } else if (isSeq(parent)) {
    (parent.items[Number(last)] as Node).commentBefore = text;
  }
}

function emptyPlaces(node: unknown, path: Path = []): readonly Path[] {
  if (isScalar(node)) return node.value === null ? [path] : [];
  if (isSeq(node)) return node.items.flatMap((item, at) => emptyPlaces(item, [...path, at]));
  if (isMap(node)) return node.items.flatMap(({ key, value }) => emptyPlaces(value, [...path, String((key as Scalar).value)]));
  return [];
}

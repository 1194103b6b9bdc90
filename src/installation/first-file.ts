/**
 * A first installation file, from what was seen on the hosts. What nobody saw, or only a person can know, stands there as
 * a key without a value and is listed; what was seen and matters, but has no key, stands there as a comment.
 */
import { Document, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { SecretReference } from '../upgrade/installation.ts';
import type { Installation } from '../upgrade/installation-urbancode.ts';
import { pathText, type Path } from './problems.ts';

/** How a machine is reached, as far as it is not what the file says for all. */
export interface WrittenReach {
  readonly name: string;
  readonly address?: string | undefined;
  readonly ssh?: { readonly user?: string | undefined; readonly port?: number | undefined } | undefined;
}

/** What is seen of a host, whichever product is on it. */
export interface SeenMachine extends WrittenReach {
  /** Why nothing could be seen there, as a sentence. Then the rest is empty. */
  readonly unseen?: string | undefined;
  readonly platform?: string | undefined;
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

export interface SeenInstallation<Host extends SeenMachine = SeenMachine> {
  readonly name: string;
  readonly ssh: {
    readonly user: string;
    readonly identityFile?: string | undefined;
    readonly knownHostsFile: string;
    readonly jumpHost?: string | undefined;
    readonly sudoPassword?: SecretReference | undefined;
  };
  readonly hosts: readonly Host[];
  readonly balancers: readonly SeenBalancer[];
}

export interface FirstFile {
  readonly text: string;
  /** Places that a person must fill in, as `validate` names them, with what belongs there. */
  readonly toFillIn: readonly { readonly path: string; readonly says: string }[];
}

/** A comment above the key, or above the entry of a list. */
export interface Note { readonly path: Path; readonly says: string }

/** What one product's file says in its own words. */
export interface InItsOwnWords {
  readonly product: Installation['product'];
  readonly hosts: readonly object[];
  /** Hosts to which load balancers send people, by name, and the URL that people use. */
  readonly balanced: readonly string[];
  readonly url?: string | undefined;
  /** Between the hosts and the load balancers. */
  readonly sections: object;
  readonly notes: readonly Note[];
  /** Lists and mappings that are read best on one line. */
  readonly onOneLine: readonly Path[];
  /** What belongs to a key without a value. */
  readonly belongs: Readonly<Record<string, string>>;
}

export function firstFile(seen: SeenInstallation, own: InItsOwnWords): FirstFile {
  const platforms = [...new Set(seen.hosts.flatMap(({ platform }) => platform ?? []))];
  const document = new Document({
    installation: seen.name,
    product: own.product,
    target: { version: null, packages: Object.fromEntries(platforms.map((platform) => [platform, { file: null, sha256: null }])) },
    ssh: seen.ssh,
    hosts: own.hosts,
    ...own.sections,
    loadBalancers: seen.balancers.length === 0 ? [{ confirm: null }] : seen.balancers.map((balancer) => writtenBalancer(balancer, seen, own)),
  });
  for (const { path, says } of [...notesOn(seen), ...own.notes]) remark(document, path, says);
  for (const path of [['ssh', 'sudoPassword'], ...seen.hosts.map((_, at) => ['hosts', at, 'roles']), ...own.onOneLine]) {
    const node = document.getIn(path, true);
    if (isMap(node) || isSeq(node)) node.flow = true;
  }
  const sections = new Set(['target', 'ssh', 'hosts', ...Object.keys(own.sections), 'loadBalancers']);
  for (const { key } of (document.contents as unknown as YAMLMap<Scalar>).items) key.spaceBefore = sections.has(String(key.value));
  document.commentBefore = HEAD;
  const belongs = { ...WHAT_BELONGS, ...own.belongs };
  return {
    text: `${document.toString({ nullStr: '', lineWidth: 0 }).trimEnd()}\n`,
    toFillIn: emptyPlaces(document.contents).map((path) => ({ path: pathText(path), says: belongs[String(path.at(-1))] ?? 'its server in HAProxy' })),
  };
}

const HEAD = ` Written by \`lockkeeper init\` from what it saw on the hosts. Read every line before you use it.
 A key without a value waits for you; \`lockkeeper validate FILE\` names these places, each with its line.`;

const WHAT_BELONGS: Readonly<Record<string, string>> = {
  version: 'the release to upgrade to',
  file: 'the package, on the worker; or write onHost: where it is on every host',
  sha256: 'the checksum of the package: sha256sum FILE',
  confirm: 'what a person must confirm or do; or another kind, as the comment says',
  socket: "path of HAProxy's admin socket",
  backend: "name of HAProxy's backend",
};

function writtenBalancer({ name, address, ssh, socket, backend, servers, sudo }: SeenBalancer, seen: SeenInstallation, { balanced, url }: InItsOwnWords): object {
  const host = seen.hosts.some((each) => each.name === name) ? name : defined({ name, address, ssh: ssh && defined(ssh) });
  return { haproxy: defined({ host, socket: socket ?? null, backend: backend ?? null, servers: Object.fromEntries(balanced.map((each) => [each, servers[each] ?? null])), sudo, url }) };
}

/** The mapping without the keys that have no value to be written. */
export function defined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function notesOn({ balancers }: SeenInstallation): readonly Note[] {
  return [
    { path: ['installation'], says: 'Upgrades are found by this name; one at a time.' },
    { path: ['ssh'], says: 'How hosts are reached. Secrets are references that the worker resolves: { env: NAME } or { file: path }.' },
    { path: ['loadBalancers'], says: `${balancers.length === 0 ? 'None was looked at (--haproxy HOST). ' : ''}Each: haproxy, commands, confirm (a person takes hosts out and puts them back), health (it drops unhealthy\nhosts by itself) or none, with the reason.` },
    ...balancers.map((balancer, at) => ({ path: ['loadBalancers', at], says: onBalancer(balancer) })).filter(({ says }) => says !== ''),
  ];
}

/** What the hosts run, and what may come next. `releases`: from the oldest, each once. */
export function onVersions(releases: readonly string[], releasesAfter: (from: string) => string): string {
  const [first, ...others] = releases;
  if (first === undefined) return 'Which release the hosts run could not be seen.';
  const mixed = others.length === 0 ? '' : `The hosts are on different releases (${releases.join(', ')}): an earlier upgrade was not finished; go on to its target.\n`;
  return `${mixed}${first} runs. Next may be: ${releasesAfter(first)}.`;
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

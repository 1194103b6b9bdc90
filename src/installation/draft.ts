/**
 * A file as the rules see it: whatever of it can be read, mistakes or not. What is malformed is absent here; the schema
 * has already spoken about it, so a rule that meets something absent says nothing.
 */
import { inLongForm, isShortForm, mergedSsh } from './ssh.ts';
import type { Path } from './problems.ts';

export type Mapping = Readonly<Record<string, unknown>>;

export interface DraftHost {
  readonly path: Path;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  readonly platform?: string | undefined;
  readonly roles: readonly string[];
  readonly service: Mapping;
  readonly installDir?: string | undefined;
  readonly javaHome?: string | undefined;
  readonly agentcommUri?: string | undefined;
  readonly hasQuiesce: boolean;
  /** Its own `ssh` over the file's. */
  readonly ssh: DraftSsh;
}

/** Only what decides whether a host can be reached and trusted. */
export interface DraftSsh {
  readonly path: Path;
  readonly user?: unknown;
  readonly port?: unknown;
  readonly hostKey?: unknown;
  readonly knownHostsFile?: unknown;
  readonly configFile?: unknown;
  readonly jumpHost?: DraftReachable | undefined;
  readonly proxyCommand?: unknown;
  /** The section that has both a jump host and a proxy command. */
  readonly twoWays?: Path | undefined;
}

export interface DraftReachable {
  readonly path: Path;
  readonly name: string;
  readonly address?: string | undefined;
  readonly ssh: DraftSsh;
}

export interface DraftBackup { readonly path: Path; readonly host?: string | undefined }
export interface DraftLoadBalancer {
  readonly path: Path;
  readonly kind: string;
  readonly content: unknown;
  readonly host?: DraftReachable | undefined;
}
export interface DraftPackage { readonly path: Path; readonly file: boolean; readonly onHost: boolean }

export interface Draft {
  readonly product?: string | undefined;
  /** The file's own `ssh`. */
  readonly ssh: Mapping;
  readonly hosts: readonly DraftHost[];
  readonly packages: Readonly<Record<string, DraftPackage>> | undefined;
  /** Backups, and whatever else names a host for the database's sake. */
  readonly commandsOnHosts: readonly DraftBackup[];
  readonly applicationDatabase: Mapping | undefined;
  readonly loadBalancers: readonly DraftLoadBalancer[];
  readonly policy: Mapping;
  readonly hasApi: boolean;
  readonly targetVersion: string | undefined;
  readonly installProperties: Mapping;
}

export function draftOf(value: unknown): Draft {
  const file = mapping(value);
  const defaults = mapping(file['ssh']);
  const target = mapping(file['target']);
  return {
    product: text(file['product']),
    ssh: defaults,
    hosts: entries(file['hosts']).map(([index, host]) => draftHost(host, ['hosts', index], defaults)),
    packages: isMapping(target['packages']) ? draftPackages(target['packages']) : undefined,
    commandsOnHosts: ['applicationDatabase', 'database'].flatMap((section) => draftCommands(mapping(file[section]), section)),
    applicationDatabase: isMapping(file['applicationDatabase']) ? file['applicationDatabase'] : undefined,
    loadBalancers: entries(file['loadBalancers']).flatMap(([index, one]) => draftLoadBalancer(one, ['loadBalancers', index], defaults)),
    policy: mapping(file['policy']),
    hasApi: file['api'] !== undefined,
    targetVersion: text(target['version']),
    installProperties: mapping(file['installProperties']),
  };
}

function draftHost(value: unknown, path: Path, defaults: Mapping): DraftHost {
  const host = mapping(value);
  const name = text(host['name']);
  return {
    path,
    name,
    address: text(host['address']) ?? name,
    platform: text(host['platform']),
    roles: entries(host['roles']).flatMap(([, role]) => text(role) ?? []),
    service: mapping(host['service']),
    installDir: text(host['installDir']),
    javaHome: text(host['javaHome']),
    agentcommUri: text(host['agentcommUri']),
    hasQuiesce: host['quiesce'] !== undefined,
    ssh: draftSsh(defaults, mapping(host['ssh']), [...path, 'ssh']),
  };
}

/** As `completeSsh` merges, on values that may be wrong. */
function draftSsh(base: Mapping, own: Mapping, path: Path): DraftSsh {
  const merged = mergedSsh(base, own);
  const ownWay = own['jumpHost'] !== undefined || own['proxyCommand'] !== undefined;
  const [around, jumpPath]: [Mapping, Path] = own['jumpHost'] === undefined
    ? [{ ...own, ...base }, ['ssh', 'jumpHost']]
    : [merged, [...path, 'jumpHost']];
  return {
    path,
    user: merged['user'],
    port: merged['port'] ?? 22,
    hostKey: merged['hostKey'],
    knownHostsFile: merged['knownHostsFile'],
    configFile: merged['configFile'],
    proxyCommand: merged['proxyCommand'],
    twoWays: merged['jumpHost'] !== undefined && merged['proxyCommand'] !== undefined ? (ownWay ? path : ['ssh']) : undefined,
    jumpHost: draftReachable(merged['jumpHost'], jumpPath, { user: around['user'], knownHostsFile: around['knownHostsFile'], configFile: around['configFile'] }),
  };
}

function draftReachable(value: unknown, path: Path, base: Mapping): DraftReachable | undefined {
  if (typeof value === 'string' && !isShortForm(value)) return undefined;
  const written = typeof value === 'string' ? inLongForm(value) : mapping(value);
  const name = text(written.name);
  if (name === undefined) return undefined;
  return { path, name, address: text(written.address), ssh: draftSsh(base, mapping(written.ssh), typeof value === 'string' ? path : [...path, 'ssh']) };
}

function draftPackages(value: unknown): Readonly<Record<string, DraftPackage>> {
  return Object.fromEntries(Object.entries(mapping(value)).filter(([, one]) => isMapping(one)).map(([platform, one]) => [platform, {
    path: ['target', 'packages', platform],
    file: mapping(one)['file'] !== undefined,
    onHost: mapping(one)['onHost'] !== undefined,
  }]));
}

function draftCommands(database: Mapping, section: string): readonly DraftBackup[] {
  const backups = entries(database['backups']).map(([index, backup]) => ({
    path: [section, 'backups', index, 'host'], host: text(mapping(backup)['host']),
  }));
  const restores = entries(database['restore']).map(([index, restore]) => ({ path: [section, 'restore', index, 'host'], host: text(mapping(restore)['host']) }));
  const others = [['sessions', 'host'], ['reach', 'host'], ['reach', 'through']].map(([part = '', key = '']) => ({
    path: [section, part, key], host: text(mapping(database[part])[key]),
  }));
  return [...backups, ...restores, ...others];
}

function draftLoadBalancer(value: unknown, path: Path, defaults: Mapping): readonly DraftLoadBalancer[] {
  return Object.entries(mapping(value)).filter(([kind]) => kind !== 'url').map(([kind, content]) => {
    return { path: [...path, kind], kind, content, host: draftReachable(mapping(content)['host'], [...path, kind, 'host'], defaults) };
  });
}

export function mapping(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function entries(value: unknown): readonly (readonly [number, unknown])[] {
  return Array.isArray(value) ? value.map((entry: unknown, index) => [index, entry] as const) : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

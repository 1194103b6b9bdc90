/** Rules about the hosts of an installation: who they are, what they serve, what this release can do for them. */
import type { OpsManagerRole, Platform } from '../upgrade/installation.ts';
import type { UrbancodeDeployRole } from '../upgrade/installation-urbancode.ts';
import { VENDOR_NAMES } from '../upgrade/service-names.ts';
import { mapping, type Draft, type DraftHost } from './draft.ts';
import type { Problem } from './problems.ts';
import { isAddress } from './values.ts';

/** Two entries for one machine would let it be taken down while it counts as healthy. */
export function hostsDiffer({ hosts }: Draft): readonly Problem[] {
  return hosts.flatMap((host, index) => {
    const before = hosts.slice(0, index);
    const sameName = before.find((other) => host.name !== undefined && other.name === host.name);
    if (sameName !== undefined) {
      return [{ path: [...host.path, 'name'], says: `"${host.name}" is the name of another host too; give every host a name of its own` }];
    }
    const where = doorOf(host);
    const sameDoor = before.find((other) => where !== undefined && doorOf(other) === where);
    if (sameDoor === undefined) return [];
    return [{
      path: [...host.path, 'address'],
      says: `${host.name ?? 'this host'} and ${sameDoor.name ?? 'another host'} have one address and SSH port, ${where}; list a machine once, with all its roles`,
    }];
  });
}

/** A host without an address is reached by its name, if that can be one: "om.1" looks like an IP address and is none. */
export function namesLeadSomewhere({ hosts }: Draft): readonly Problem[] {
  return hosts.filter(({ name, address }) => name !== undefined && address === name && !isAddress(name)).map(({ path, name }) => ({
    path: [...path, 'address'],
    says: `is missing: the name ${name} can be no address; give the host name or IP address of this host`,
  }));
}

/** Behind one address several machines may answer on several ports (forwarded ports), so the port counts. */
function doorOf(host: DraftHost): string | undefined {
  if (host.address === undefined) return undefined;
  const way = host.ssh.jumpHost?.name ?? (Array.isArray(host.ssh.proxyCommand) ? host.ssh.proxyCommand.join(' ') : undefined);
  const through = way === undefined ? '' : ` through ${way}`;
  return `${host.address.toLowerCase()} port ${String(host.ssh.port)}${through}`;
}

const rolesOf: Readonly<Record<string, readonly string[]>> = {
  'ops-manager': ['application', 'backup-daemon'] satisfies readonly OpsManagerRole[],
  'urbancode-deploy': ['server', 'standby', 'front-end'] satisfies readonly UrbancodeDeployRole[],
};
/** Those that load balancers send people to; the first is the one that an installation cannot be without. */
const servingRoles: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'ops-manager': ['application'],
  'urbancode-deploy': ['server', 'front-end'],
};

/** `perhaps`: its roles are mistyped, so a rule should not build on them. */
export function serves(host: DraftHost, product = ''): 'yes' | 'no' | 'perhaps' {
  if (host.roles.some((role) => servingRoles[product]?.includes(role))) return 'yes';
  return host.roles.length > 0 && host.roles.every((role) => rolesOf[product]?.includes(role)) ? 'no' : 'perhaps';
}

export function rolesFit({ product, hosts }: Draft): readonly Problem[] {
  return hosts.flatMap((host) => {
    const repeated = host.roles.find((role, index) => host.roles.indexOf(role) !== index);
    if (repeated !== undefined) return [{ path: [...host.path, 'roles'], says: `${repeated} is listed twice; list each role once` }];
    if (product !== 'urbancode-deploy' || host.roles.length < 2) return [];
    return [{ path: [...host.path, 'roles'], says: `found ${host.roles.join(' and ')}; a host has one of these roles, since it is started as one or not at all` }];
  });
}

/** Ops Manager stays up because a second host serves meanwhile (Upgrade Mode needs more than one host). */
export function enoughServingHosts({ product, hosts }: Draft): readonly Problem[] {
  const role = servingRoles[product ?? '']?.[0];
  const serving = hosts.filter((host) => serves(host, product) !== 'no');
  if (role === undefined || hosts.length === 0) return [];
  if (serving.length === 0) return [{ path: ['hosts'], says: `no host has the role ${role}; give it to every host that serves users` }];
  if (product !== 'ops-manager' || serving.length > 1) return [];
  return [{
    path: ['hosts'],
    says: `only ${serving[0]?.name ?? 'one host'} has the role application; Upgrade Mode needs at least two, so add the others, or upgrade a single host by the vendor's guide`,
  }];
}

/** What this release can upgrade of Ops Manager. A platform is supported from the day its name stands here. */
const supportedPlatforms: readonly string[] = ['debian', 'rhel', 'linux'] satisfies readonly Platform[];
const otherPlatforms: readonly string[] = ['windows'] satisfies readonly Platform[];

export function platformsSupported({ product, hosts }: Draft): readonly Problem[] {
  if (product !== 'ops-manager') return [];
  return hosts.filter(({ platform }) => platform !== undefined && otherPlatforms.includes(platform)).map(({ path, name, platform }) => ({
    path: [...path, 'platform'],
    says: `${name ?? 'this host'} is ${platform}; this release upgrades ${product} on ${supportedPlatforms.join(', ')} hosts only, so upgrade this installation by the vendor's guide`,
  }));
}

/** An application that is started by the site's command and stopped by another's would be nobody's. */
export function wholeServices({ product, hosts }: Draft): readonly Problem[] {
  if (product !== 'ops-manager') return [];
  return hosts.filter(({ service }) => (service['start'] === undefined) !== (service['stop'] === undefined)).map(({ path, service }) => {
    const [has, lacks] = service['stop'] === undefined ? ['start', 'stop'] : ['stop', 'start'];
    return { path: [...path, 'service'], says: `found ${has} without ${lacks}; give both, or neither to use the services by their names` };
  });
}

/** One name for both would stop the application on every host in turn, where a Backup Daemon was meant. */
export function servicesDiffer({ product, hosts }: Draft): readonly Problem[] {
  if (product !== 'ops-manager') return [];
  return hosts.flatMap(({ path, service }) => {
    const { application, backupDaemon } = { ...VENDOR_NAMES, ...mapping(service['names']) };
    return application !== backupDaemon ? [] : [{ path: [...path, 'service', 'names'], says: `the application and the Backup Daemon are both ${String(application)}; give each its own name, or leave out the one that is the vendor's` }];
  });
}

/** The tree is renamed, and others are put beside it under its name: so the name must be the folder's own. */
export function treesAreFolders({ product, hosts }: Draft): readonly Problem[] {
  if (product !== 'ops-manager') return [];
  return hosts.filter(({ platform, installDir }) => platform === 'linux' && installDir?.startsWith('/') && !isFolderPath(installDir)).map(({ path, installDir }) => ({
    path: [...path, 'installDir'],
    says: `found ${JSON.stringify(installDir)}; the tree of a tarball is renamed, so give the folder's own path, as in /srv/ops-manager: not the root, no "." or "..", no tabs`,
  }));
}

/** From the root, and the folder's own name at its end. */
export function isFolderPath(path: string): boolean {
  const names = path.replace(/\/$/, '').slice(1).split('/');
  return !path.includes('\t') && names.every((name) => name !== '' && name !== '.' && name !== '..');
}

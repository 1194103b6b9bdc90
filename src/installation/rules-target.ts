/** Rules about what is installed: a package for every platform, from one place. */
import type { Platform } from '../upgrade/installation.ts';
import type { UrbancodeDeployPlatform } from '../upgrade/installation-urbancode.ts';
import type { Draft } from './draft.ts';
import type { Problem } from './problems.ts';

/** All that a file may say; another platform is the schema's to refuse. */
const platformsOf: Readonly<Record<string, readonly string[]>> = {
  'ops-manager': ['debian', 'rhel', 'linux', 'windows'] satisfies readonly Platform[],
  'urbancode-deploy': ['linux', 'windows'] satisfies readonly UrbancodeDeployPlatform[],
};

export function packageForEveryPlatform({ product, hosts, packages }: Draft): readonly Problem[] {
  if (packages === undefined) return [];
  const used = new Set(hosts.flatMap((host) => host.platform ?? []));
  return [...used].filter((platform) => platformsOf[product ?? '']?.includes(platform) && !Object.hasOwn(packages, platform)).map((platform) => ({
    path: ['target', 'packages', platform],
    says: `is missing, needed by ${hosts.filter((host) => host.platform === platform).map((host) => host.name ?? 'a host').join(', ')}; expected a package with file or onHost, and sha256`,
  }));
}

export function onePlaceForPackages({ packages }: Draft): readonly Problem[] {
  return Object.values(packages ?? {}).filter(({ file, onHost }) => file === onHost).map(({ path, file }) => ({
    path,
    says: file
      ? 'has both file and onHost; keep one: file is on the worker and gets uploaded, onHost is already on every host'
      : 'has neither file nor onHost; add one: file is on the worker and gets uploaded, onHost is already on every host',
  }));
}

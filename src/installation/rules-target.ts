/** Rules about what is installed: a package for every platform, from one place. */
import type { Draft } from './draft.ts';
import type { Problem } from './problems.ts';

export function packageForEveryPlatform({ hosts, packages }: Draft): readonly Problem[] {
  if (packages === undefined) return [];
  const platforms = new Set(hosts.flatMap((host) => host.platform ?? []));
  return [...platforms].filter((platform) => !Object.hasOwn(packages, platform)).map((platform) => ({
    path: ['target', 'packages', platform],
    says: `is missing, and ${hosts.filter((host) => host.platform === platform).map((host) => host.name ?? 'a host').join(', ')} need it; expected a package with file or onHost, and sha256`,
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

/** How a version comes onto a host: the two ways, by a package manager and as a tree, behind one shape. */
import type { Attempt } from '../../src/upgrade/outcome.ts';
import type { HostAtWork, JobEnd } from './host-at-work.ts';
import { packageInstaller } from './install-package.ts';
import { treeInstaller } from './install-tree.ts';
import type { Seen, Target } from './staged-file.ts';

export interface Installer {
  /** Of a staged package that is right: is everything done that can be done before a host is stopped? */
  lookAtStaged(target: Target): Promise<Seen>;
  /** Does that; null when there is nothing to do, or the staged package is not right. */
  prepare(attempt: Attempt, target: Target): Promise<JobEnd | null>;
  /** How far the install of this attempt came. */
  progress(attempt: Attempt): Promise<'absent' | 'running' | 'begun'>;
  /** Why the install must not begin, on a stopped host. */
  whyNotInstall(target: Target): Promise<string | null>;
  /** Installs, or attaches to the install of this attempt. Each of its jobs runs once. */
  install(attempt: Attempt, target: Target): Promise<JobEnd>;
  /** What of the old version is kept, and how to go back before the first start; '' when there is nothing to say. */
  kept(target: Target): Promise<string>;
}

export function installerOf(at: HostAtWork): Installer {
  const packaging = at.commands.package;
  return packaging.kind === 'tree' ? treeInstaller(at) : packageInstaller(at, packaging);
}

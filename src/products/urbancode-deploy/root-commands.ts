/**
 * Everything that an upgrade of UrbanCode Deploy runs by sudo on a Linux host. As root, word for word: looks, the folders that
 * only root may change, autostart. All else runs as `runAs`, whose rights the installer has anyway.
 */
import type { Command } from '../../upgrade/command.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../upgrade/installation-urbancode.ts';
import { makeLockFolder } from '../../upgrade/state-folder.ts';
import { checksums, makeFolder, removePackages, sizeOf, stagedPackage, takeIn, uploadsIn } from '../linux/keeping.ts';
import { forStep, withLoadBalancers, type NeededOnHost, type RootCommand } from '../linux/needed-by-sudo.ts';
import { parentOf } from '../linux/paths.ts';
import { PROCESSES } from '../linux/processes.ts';
import { startersOf } from './autostart.ts';
import { asOwner, foreignFiles, LISTENERS, ownerOfInstallDir, serviceOf } from './commands.ts';
import { removeUnpacked, unpack } from './staging.ts';

export interface OnHost {
  readonly host: UrbancodeDeployHost;
  readonly installation: UrbancodeDeployInstallation;
  /** Home of the login user on the host. */
  readonly home: string;
}

/** What one Linux host needs; nothing on Windows, where a person acts. */
export function rootCommands({ host, installation, home }: OnHost): readonly RootCommand[] {
  const target = installation.target.packages.linux;
  if (host.platform !== 'linux' || target === undefined) return [];
  const { sha256, onHost } = target, staged = stagedPackage(sha256), starters = startersOf(host);
  const { start, stop } = serviceOf(host);
  const needed = [
    ...forStep('see what runs, what listens, and whose the install dir is', [PROCESSES, LISTENERS, ownerOfInstallDir(host), foreignFiles(host)]),
    ...forStep('see what starts the server by itself', starters.map(({ look }) => look)),
    ...forStep('take the lock', [makeLockFolder(host.ssh.user)]),
    ...(onHost === undefined ? [] : forStep('see the package on the host', [checksums([onHost]), sizeOf(onHost)])),
    ...forStep('bring the package to where only root can change it, check it there, and unpack a copy for its user', [
      makeFolder(parentOf(staged)), takeIn(onHost ?? `${uploadsIn(home)}/${sha256}`, staged), checksums([staged]), ...unpack(host, sha256),
    ]),
    ...forStep('keep the server from being started by anything else', starters.flatMap(({ switchOff }) => switchOff)),
    ...forStep('put back what starts it', putBack(starters)),
    ...forStep('look at the product, stop it, install it, start it', [asOwner(host, 'true'), start, stop]),
    ...forStep('clean up', [removeUnpacked(), removePackages()]),
  ];
  return needed.filter(({ command }) => command.as !== 'login');
}

/** All that can be put back: what that is is known from the file, whatever was found. */
function putBack(starters: ReturnType<typeof startersOf>): readonly Command[] {
  return starters.flatMap(({ everyPutBack }) => everyPutBack);
}

/** The same for every host, in the file's order; then hosts of load balancers. */
export function rootCommandsOf(installation: UrbancodeDeployInstallation, { home }: Pick<OnHost, 'home'>): readonly NeededOnHost[] {
  return withLoadBalancers(installation.hosts.map((host): NeededOnHost => ({ host, commands: rootCommands({ host, installation, home }) })), installation.loadBalancers);
}

/**
 * Everything that an upgrade runs by sudo, word for word, with the step that needs it. Preflight asks sudo about this list,
 * `lockkeeper sudoers` prints it, and the tests of the steps refuse what is not in it.
 */
import type { Command } from '../../upgrade/command.ts';
import type { OpsManagerHost, OpsManagerInstallation, Package } from '../../upgrade/installation.ts';
import { makeLockFolder } from '../../upgrade/state-folder.ts';
import { commandsFor } from './commands.ts';
import { layoutOf } from './layout.ts';
import { checksums, copyInto, describeFiles, makeFolder, readEnd, readFile, removePackages, savedConfiguration, sizeOf, stagedPackage, takeIn, uploadsIn, writtenAt } from '../linux/keeping.ts';
import { forStep, withLoadBalancers, type NeededOnHost, type RootCommand } from '../linux/needed-by-sudo.ts';
import { journal, setAtBoot, startUnit, stopUnit, unitOf } from '../linux/units.ts';
import { namesOf } from '../../upgrade/service-names.ts';
import { SERVICES, type Units } from './systemd.ts';
import { treeSteps, type TreeStep, type TreeSteps } from './tree-steps.ts';

/** What differs from host to host or from upgrade to upgrade, and is not in the installation file. */
export interface Varying {
  readonly firstExecutionRunId: string;
  /** Home of the login user on the host. */
  readonly home: string;
  /** Where the shared key is; default: where the product puts it. */
  readonly key?: string | undefined;
  /** A process that a pid file names. */
  readonly pid: string;
}

export interface OnHost {
  readonly host: OpsManagerHost;
  readonly target: Package | undefined;
  readonly version: string;
  readonly varying: Varying;
  /** As they were seen on the host; where nobody has looked, what either would need. */
  readonly units?: Units | undefined;
}

/** What one host that is upgraded needs; without a package, all but what is done with it. */
export function rootCommands({ host, target, version, varying, units }: OnHost): readonly RootCommand[] {
  const { logs, properties, settings, ...layout } = layoutOf(host), { package: manager, ...commands } = commandsFor(host, units);
  const key = varying.key ?? layout.key, files = [key, properties, settings];
  const saved = savedConfiguration(varying.firstExecutionRunId);
  const needed = [
    ...forStep('see what runs', [
      commands.processes, readFile(layout.pidFiles.application), readFile(layout.pidFiles.daemon), readFile(`/proc/${varying.pid}/cmdline`),
      commands.application.status, commands.backupDaemon.status, readEnd(logs.daemon, 500), ...(manager.kind === 'tree' ? [writtenAt(logs.daemon)] : []),
    ]),
    ...forStep('read the configuration, and what an upgrade would overwrite', [readFile(settings), readFile(properties), checksums([key]), manager.state, manager.unpackedAt, manager.changedFiles]),
    ...forStep('take the lock', [makeLockFolder(host.ssh.user)]),
    ...forStep('save the configuration; compare it after the install', [
      makeFolder(saved), copyInto(saved, files), checksums(files), checksums(files.map((file) => saved + file)),
      readFile(manager.shipped(settings)), readFile(manager.shipped(properties)),
    ]),
    ...(target === undefined ? [] : withPackage({ host, target, version, varying })),
    ...forStep('stop the application, and start it', [commands.application.stop, commands.application.start, readEnd(logs.startup, 1_000), sizeOf(logs.migration)]),
    ...forStep('compare gen.key right before a start', [checksums([key, saved + key]), describeFiles([key, saved + key])]),
    ...forStep('stop the Backup Daemon, and start it', [commands.backupDaemon.stop.service]),
    { step: 'stop the Backup Daemon, and start it', command: commands.backupDaemon.stop['init-script'], ifThere: commands.backupDaemon.initScript },
    ...forStep('stop the Backup Daemon, and start it', [commands.backupDaemon.start]),
    ...forStep('do the same where systemd has a unit of the service: start, stop, read the journal, leave as it was at boot', throughSystemd(host, units)),
    ...forStep('clean up', [removePackages()]),
  ];
  return needed.filter(({ command }) => command.as !== 'login');
}

/** `restart` is typed for a unit that systemd believes to run. */
function throughSystemd(host: OpsManagerHost, units: Units | undefined): readonly Command[] {
  const names = namesOf(host);
  return SERVICES.filter((service) => units === undefined || units[service] !== null).flatMap((service) => {
    const unit = { name: unitOf(names[service]) };
    return [startUnit(unit), startUnit({ ...unit, sub: 'exited' }), stopUnit(unit), journal(unit), setAtBoot(unit, 'yes'), setAtBoot(unit, 'no')];
  });
}

function withPackage({ host, target, version, varying: { home } }: OnHost & { readonly target: Package }): readonly RootCommand[] {
  const manager = commandsFor(host).package;
  const staged = stagedPackage(target.sha256), { onHost } = target;
  return [
    ...(onHost === undefined ? [] : forStep('see the package on the host', [checksums([onHost]), manager.describe(onHost), sizeOf(onHost)])),
    ...forStep('bring the package to where only root can change it, and check it there', [
      makeFolder(staged.slice(0, staged.lastIndexOf('/'))), takeIn(onHost ?? `${uploadsIn(home)}/${target.sha256}`, staged),
      checksums([staged]), manager.describe(staged), ...(manager.kind === 'tree' ? [] : [manager.dryRun(staged)]),
    ]),
    ...(manager.kind === 'tree' ? withTree(treeSteps({ host, version, sha256: target.sha256, staged })) : forStep('install the package', [manager.install(staged)])),
  ];
}

function withTree({ look, tops, unpack, carry, switch: ways, clearFresh, undo, logged }: TreeSteps): readonly RootCommand[] {
  const commands = (steps: readonly TreeStep[]): readonly Command[] => steps.map(({ command }) => command);
  return [
    ...forStep('unpack the new tree beside the old one', [look, tops.inUse, tops.work, ...commands(unpack)]),
    ...forStep('carry over what the site brought', [...commands(carry('link')), ...commands(carry('copy')).slice(1, 2)]),
    ...forStep('put the new tree in place', [...commands(ways.folder), ...commands(ways.link), clearFresh.command]),
    ...forStep('take a switch back after an abort, if the new tree was not started', [logged, ...commands(undo.folder), ...commands(undo.link)]),
  ];
}

/** The same for every host that an upgrade works on, in the file's order; then hosts of load balancers. */
export function rootCommandsOf(installation: OpsManagerInstallation, varying: Varying): readonly NeededOnHost[] {
  const hosts = installation.hosts.map((host): NeededOnHost => ({ host, commands: rootCommands({ host, target: installation.target.packages[host.platform], version: installation.target.version, varying }) }));
  return withLoadBalancers(hosts, installation.loadBalancers);
}

/**
 * The plan: what will be typed on every host, in the order of the roll. Commands come from the same place from which the
 * steps take them, so that the plan cannot promise what is not done.
 *
 * Application hosts that do not serve come first (they are down already), then the others in the file's order, finished
 * ones last; after them the hosts with only a Backup Daemon.
 */
import ms from 'ms';
import { typed, type Command } from '../../upgrade/command.ts';
import type { OpsManagerHost, OpsManagerInstallation, Package } from '../../upgrade/installation.ts';
import type { HostFacts, HostPlan, Plan } from '../../upgrade/plan.ts';
import { balancing, quiescing } from '../linux/plan.ts';
import { SETTINGS_PATH } from './backup-jobs.ts';
import { commandsFor } from './commands.ts';
import { copyInto, makeFolder, savedConfiguration, stagedPackage, takeIn } from '../linux/keeping.ts';
import { layoutOf } from './layout.ts';
import { treeSteps } from './tree-steps.ts';
import { compareReleases } from './versions.ts';

export interface PlanRequest {
  readonly installation: OpsManagerInstallation;
  readonly facts: readonly HostFacts[];
  readonly firstExecutionRunId: string;
}

type Typed = HostPlan['commands'][number];
type Request = PlanRequest & { readonly host: OpsManagerHost; readonly seen: HostFacts | undefined };

// Minutes, from what operators report of small installations: unpacking 1.5 GB, a JVM's start, a short migration.
const INSTALL = 4, START = 3, MIGRATE = 5, STOP_DAEMON = 2;

export function planUpgrade(request: PlanRequest): Plan {
  const { installation, facts } = request;
  const hosts = withBackupJobs(installation, inOrder(installation.hosts, facts).map((host) => {
    const seen = facts.find(({ name }) => name === host.name);
    return planHost({ ...request, host, seen });
  }));
  const versions = facts.flatMap(({ installed, serves }) => serves ?? installed ?? []).sort(compareReleases);
  const first = hosts.find(({ kind, finished }) => kind === 'application' && !finished);
  return {
    from: versions[0] ?? 'unknown',
    to: installation.target.version,
    hosts,
    lastReversible: lastReversible(first?.name, hosts.some(({ kind, finished }) => kind === 'application' && finished), installation.target.version),
    expectedMinutes: hosts.reduce((sum, { finished, expectedMinutes }) => sum + (finished ? 0 : expectedMinutes), 0),
  };
}

/** The setting of all Backup Daemons is changed before the first host of the roll, and put back after the last. */
function withBackupJobs({ policy: { backupDaemons: { quiesce } } }: OpsManagerInstallation, hosts: readonly HostPlan[]): readonly HostPlan[] {
  if (quiesce === undefined || quiesce === 'never') return hosts;
  const put = (enabled: boolean) => `(by the API) PUT ${SETTINGS_PATH}/… "backupJobsEnabled": ${enabled}`;
  const unfinished = hosts.filter(({ finished }) => !finished);
  return hosts.map((host) => ({
    ...host,
    commands: [
      ...(host === unfinished[0] ? [{ step: `${quiesce} before, keep new backup jobs away`, typed: put(false) }] : []),
      ...host.commands,
      ...(host === unfinished.at(-1) ? [{ step: 'at the end, let backup jobs begin', typed: put(true) }] : []),
    ],
  }));
}

function lastReversible(first: string | undefined, begun: boolean, to: string): string {
  if (begun || first === undefined) {
    return `The point of no return is passed: a host already runs ${to} and has migrated the Application Database. The way back is its backup.`;
  }
  return `The last reversible moment is right before the start of ${first} on ${to}: until then the old version can be installed and started again; that start migrates the Application Database, and after it the only way back is its backup.`;
}

function inOrder(hosts: readonly OpsManagerHost[], facts: readonly HostFacts[]): readonly OpsManagerHost[] {
  const rank = (host: OpsManagerHost): number => {
    const seen = facts.find(({ name }) => name === host.name);
    if (!host.roles.includes('application')) return seen?.finished ? 5 : 4;
    if (seen?.finished) return 3;
    return seen?.healthy ? 2 : 1;
  };
  return [...hosts].sort((a, b) => rank(a) - rank(b)); // the sort is stable: else the file's order
}

function planHost(request: Request): HostPlan {
  const { host, seen, installation } = request;
  const application = host.roles.includes('application');
  const finished = seen?.finished ?? false;
  const soak = ms(installation.policy.soak as ms.StringValue) / 60_000;
  return {
    name: host.name,
    kind: application ? 'application' : 'backup-daemon',
    finished,
    commands: finished ? [] : application ? applicationCommands(request) : daemonHostCommands(request),
    expectedMinutes: Math.ceil(INSTALL + START + (application ? MIGRATE + soak : 0) + (seen?.daemon.running === 'no' ? 0 : STOP_DAEMON)),
  };
}

function applicationCommands(request: Request): readonly Typed[] {
  const { host, installation, seen } = request;
  const commands = commandsFor(host, seen?.units);
  return [
    ...preparing(request),
    ...quiescing(host, 'before'),
    ...(seen?.daemon.running === 'no' ? [] : stoppingDaemon(request)),
    ...balancing(host, installation.loadBalancers, 'drain'),
    { step: 'stop the application', typed: typed(commands.application.stop) },
    ...installing(request),
    { step: 'start the application', typed: typed(commands.application.start) },
    ...balancing(host, installation.loadBalancers, 'ready'),
    ...startingDaemon(request),
    ...quiescing(host, 'after'),
  ];
}

function daemonHostCommands(request: Request): readonly Typed[] {
  const { host, seen } = request;
  return [
    ...preparing(request), ...quiescing(host, 'before'), ...(seen?.daemon.running === 'no' ? [] : stoppingDaemon(request)),
    ...installing(request), ...startingDaemon(request), ...quiescing(host, 'after'),
  ];
}

/** The package that fits the host's platform; the installation file is refused when there is none. */
export function packageFor(host: OpsManagerHost, installation: OpsManagerInstallation): Package | undefined {
  return installation.target.packages[host.platform];
}

function preparing({ host, installation, firstExecutionRunId }: Request): readonly Typed[] {
  const layout = layoutOf(host), saved = savedConfiguration(firstExecutionRunId);
  const backups = installation.applicationDatabase.backups
    .flatMap((backup) => 'command' in backup && backup.host === host.name ? [{ step: 'back up the Application Database', typed: backup.command }] : []);
  const target = packageFor(host, installation);
  const staged = target && stagedPackage(target.sha256);
  return [
    ...backups,
    { step: 'save the configuration', typed: typed(makeFolder(saved)) },
    { step: 'save the configuration', typed: typed(copyInto(saved, [layout.key, layout.properties, layout.settings])) },
    ...(target && staged ? [
      { step: 'stage the package', typed: typed(makeFolder(staged.slice(0, staged.lastIndexOf('/')))) },
      { step: 'stage the package', typed: typed(takeIn(target.onHost ?? `.lockkeeper/uploads/${target.sha256}`, staged)) },
      ...before(host, target, installation.target.version).map((command) => ({ step: 'stage the package', typed: typed(command) })),
    ] : []),
  ];
}

function stoppingDaemon({ host, seen }: Request): readonly Typed[] {
  const { stop } = commandsFor(host, seen?.units).backupDaemon;
  return [
    { step: 'stop the Backup Daemon', typed: typed(stop.service) },
    { step: 'if the Backup Daemon goes on running', typed: typed(stop['init-script']) },
  ];
}

function installing({ host, installation }: Request): readonly Typed[] {
  const target = packageFor(host, installation);
  return target ? installCommands(host, target, installation.target.version).map((command) => ({ step: 'install the package', typed: typed(command) })) : [];
}

/** What is done with a staged package before its host is stopped. */
function before(host: OpsManagerHost, { sha256 }: Package, version: string): readonly Command[] {
  const packaging = commandsFor(host).package, staged = stagedPackage(sha256);
  return packaging.kind === 'tree' ? [packaging.describe(staged), ...treeSteps({ host, version, sha256, staged }).unpack.map(({ command }) => command)] : [packaging.dryRun(staged)];
}

/** A tree's switch is the one of a folder; where installDir is a symbolic link, the link is renamed instead. */
function installCommands(host: OpsManagerHost, { sha256 }: Package, version: string): readonly Command[] {
  const packaging = commandsFor(host).package, staged = stagedPackage(sha256);
  if (packaging.kind !== 'tree') return [packaging.install(staged)];
  const steps = treeSteps({ host, version, sha256, staged });
  return [...steps.carry('link'), ...steps.switch.folder].map(({ command }) => command);
}

function startingDaemon({ host, seen }: Request): readonly Typed[] {
  if (seen?.daemon.running !== 'yes') return [];
  return [{ step: 'at the end, start the Backup Daemon', typed: typed(commandsFor(host, seen.units).backupDaemon.start) }];
}

/**
 * The plan: what will be typed on every host. Commands come from the same place from which the steps take them, so that the
 * plan cannot promise what is not done.
 *
 * Servers come in the file's order, then front-ends, then standbys; finished ones keep their place. Everything up to the
 * first installer is done on all hosts before the first installer runs.
 */
import { typed } from '../../upgrade/command.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation, UrbancodeDeployRole } from '../../upgrade/installation-urbancode.ts';
import type { HostPlan, Plan } from '../../upgrade/plan.ts';
import type { ServerFacts } from '../../upgrade/urbancode-facts.ts';
import { makeFolder, stagedPackage, takeIn } from '../linux/keeping.ts';
import { parentOf } from '../linux/paths.ts';
import { balancing, quiescing } from '../linux/plan.ts';
import { startersOf, type Starter } from './autostart.ts';
import { readMark, serviceOf } from './commands.ts';
import { answersFor } from './properties.ts';
import { ACTIVITY_PATH, CONFIGURATION_PATH } from './rest.ts';
import { install, unpack, writeProperties } from './staging.ts';
import { compareReleases, hasMaintenanceMode } from './versions.ts';
import { packageFolder } from './windows.ts';
import { toInstall, toStage, toStart, toStop, type Guide } from './windows-guide.ts';

type Typed = HostPlan['commands'][number];
export interface PlanRequest {
  readonly installation: UrbancodeDeployInstallation;
  readonly facts: readonly ServerFacts[];
}
type Request = PlanRequest & { readonly host: UrbancodeDeployHost; readonly seen: ServerFacts | undefined; readonly first: boolean };

// Minutes. Guesses until an upgrade was seen: copying and unpacking 500 MB, a JVM's start, a schema change of a small database;
// agents that all come back to the first server make its start slow.
const STAGE = 3, STOP = 2, INSTALL = 8, CHANGE_SCHEMA = 15, START = 4, AGENTS_COME_BACK = 10;
/** The folder in the vendor's package, until it was seen. */
const USUAL_TOP = 'ibm-ucd-install';

const RANK: Readonly<Record<UrbancodeDeployRole, number>> = { server: 0, 'front-end': 1, standby: 2 };

/** The hosts as they are upgraded; the first of them changes the database. */
export function inOrder(hosts: readonly UrbancodeDeployHost[]): readonly UrbancodeDeployHost[] {
  const rank = ({ roles }: UrbancodeDeployHost): number => Math.min(...roles.map((role) => RANK[role]));
  return [...hosts].sort((a, b) => rank(a) - rank(b)); // the sort is stable: else the file's order
}

export function planUpgrade({ installation, facts }: PlanRequest): Plan {
  const hosts = inOrder(installation.hosts);
  const seenOf = (host: UrbancodeDeployHost): ServerFacts | undefined => facts.find(({ name }) => name === host.name);
  const unfinished = hosts.filter((host) => !seenOf(host)?.finished);
  const begun = facts.some(({ installed }) => installed !== undefined && compareReleases(installed, installation.target.version) >= 0);
  const plans = hosts.map((host) => planHost({ installation, facts, host, seen: seenOf(host), first: !begun && host === unfinished[0] }));
  const versions = facts.flatMap(({ installed }) => installed ?? []).sort(compareReleases);
  return {
    from: versions[0] ?? 'unknown',
    to: installation.target.version,
    hosts: plans,
    lastReversible: lastReversible(installation, unfinished[0]?.name, begun),
    expectedMinutes: plans.reduce((sum, { finished, expectedMinutes }) => sum + (finished ? 0 : expectedMinutes), 0),
  };
}

function lastReversible({ target, policy: { backup } }: UrbancodeDeployInstallation, first: string | undefined, begun: boolean): string {
  if (begun || first === undefined) return `The point of no return is passed: a host is on ${target.version} already, and with it the database. The way back is the backup.`;
  const price = backup === 'first'
    ? ' The backup is made before the drain, as the guide has it: what users do between it and the stop is lost if it must be restored (policy.backup: after-stop or both has no such gap, at the price of a longer outage).'
    : backup === 'after-stop' ? ' The backup is made when all servers are down: nothing is lost by it, and the outage is longer by as long as it takes.'
      : ' The backup is made twice, early and when all servers are down: nothing is lost, and the outage is longer by as long as the second one takes.';
  return `The last reversible moment is right before the installer of ${first} begins: until then every server can be started again as it was. That installer changes the database; after it the only way back is the backup.${price}`;
}

function planHost(request: Request): HostPlan {
  const { host, seen, first } = request, finished = seen?.finished ?? false, starts = !host.roles.includes('standby');
  return {
    name: host.name,
    kind: host.roles[0] ?? 'server',
    finished,
    commands: finished ? [] : host.platform === 'windows' ? onWindows(request) : onLinux(request),
    expectedMinutes: Math.ceil(STAGE + STOP + INSTALL + (first ? CHANGE_SCHEMA + AGENTS_COME_BACK : 0) + (starts ? START : 0)),
  };
}

function onLinux(request: Request): readonly Typed[] {
  const { host, installation, seen } = request, starts = !host.roles.includes('standby'), { start, stop } = serviceOf(host);
  return [
    ...staging(request),
    ...backups(request, 'before'),
    ...quiescing(host, 'before'),
    ...draining(request),
    ...(starts ? balancing(host, installation.loadBalancers, 'drain') : []),
    ...autostart(request, 'off'),
    ...(seen?.running === 'no' ? [] : [{ step: 'stop the server', typed: typed(stop) }]),
    ...backups(request, 'after'),
    ...movingStorage(request),
    ...installing(request),
    ...(starts ? [{ step: 'start the server', typed: typed(start) }, ...balancing(host, installation.loadBalancers, 'ready')] : []),
    ...autostart(request, 'back'),
    ...undrain(request),
    ...quiescing(host, 'after'),
  ];
}

/** What stays to be known beside a line is told when it is to be typed. */
function onWindows(request: Request): readonly Typed[] {
  const { host, installation: { target: { version, packages }, policy: { fips }, loadBalancers }, seen, first } = request;
  const starts = !host.roles.includes('standby'), target = packages.windows, gone = { running: 'no', pidFile: 'no' } as const;
  const lines = (step: string, { typed: text }: Guide): readonly Typed[] => text.map((line) => ({ step, typed: `(a person) ${line}` }));
  if (target === undefined) return [];
  return [
    ...lines('bring the package', toStage(host, target, version)),
    ...draining(request),
    ...(starts ? balancing(host, loadBalancers, 'drain') : []),
    ...(seen?.running === 'no' ? [] : lines('stop the server', toStop(host, { running: 'yes', service: 'RUNNING' }))),
    ...movingStorage(request),
    ...lines('install', toInstall(host, { folder: `${packageFolder(host, version)}\\${USUAL_TOP}`, fips, first })),
    ...(starts ? [...lines('start the server', toStart(host, gone)), ...balancing(host, loadBalancers, 'ready')] : []),
    ...undrain(request),
  ];
}

function staging({ host, installation }: Request): readonly Typed[] {
  const target = installation.target.packages.linux;
  if (target === undefined) return [];
  const staged = stagedPackage(target.sha256);
  return [makeFolder(parentOf(staged)), takeIn(target.onHost ?? `.lockkeeper/uploads/${target.sha256}`, staged), ...unpack(host, target.sha256)]
    .map((command) => ({ step: 'stage the package', typed: typed(command) }));
}

function backups({ host, installation: { database, policy } }: Request, when: 'before' | 'after'): readonly Typed[] {
  if (policy.backup !== 'both' && policy.backup !== (when === 'before' ? 'first' : 'after-stop')) return [];
  const step = when === 'before' ? 'back up, while users work' : 'back up, when all servers are down';
  return database.backups.flatMap((backup) => 'command' in backup && backup.host === host.name ? [{ step, typed: backup.command }] : []);
}

/** From below 6.1.1.5; one folder for all, so it is said once. */
function movingStorage({ first, facts, installation }: Request): readonly Typed[] {
  if (!first || !facts.some(({ layout }) => layout === 'below-install-dir')) return [];
  return [{ step: 'move application data (gate "storage")', typed: `(a person) to ${installation.appData}, in the layout of 6.1.1.5 and later; the gate shows each move` }];
}

/** Said once, on the host that is asked first. */
function draining({ host, installation, facts }: Request): readonly Typed[] {
  if (host !== inOrder(installation.hosts)[0]) return [];
  if (installation.api === undefined) return [{ step: 'see that nothing runs', typed: '(a person) the dashboard shows no running process' }];
  return [
    ...(keepsOut(facts) ? [{ step: 'turn maintenance mode on', typed: `(by the API) GET ${CONFIGURATION_PATH}, then PUT it back with "maintenanceModeEnabled": true` }] : []),
    { step: 'see that nothing runs', typed: `(by the API) GET ${ACTIVITY_PATH}` },
  ];
}

function undrain({ host, installation, facts }: Request): readonly Typed[] {
  return host === inOrder(installation.hosts).at(-1) && installation.api !== undefined && keepsOut(facts)
    ? [{ step: 'at the end, turn maintenance mode off', typed: `(by the API) PUT the configuration with "maintenanceModeEnabled": false` }] : [];
}

/** Whether the release that runs has maintenance mode. */
function keepsOut(facts: readonly ServerFacts[]): boolean {
  const [oldest] = facts.flatMap(({ installed }) => installed ?? []).sort(compareReleases);
  return oldest !== undefined && hasMaintenanceMode(oldest);
}

/** In a word or two, for the plan's column; preflight says which ones they are. */
const STARTERS: Readonly<Record<Starter['kind'], string>> = { systemd: 'the unit at boot', sysv: 'boot links', cron: 'cron lines', monit: 'monit checks' };

/** What was found, or where nobody has looked, what would be typed for any. */
function autostart({ host, seen, installation: { policy } }: Request, way: 'off' | 'back'): readonly Typed[] {
  if (policy.autostart === 'leave') return [];
  const found = seen === undefined || seen.autostart === 'unknown' ? undefined : seen.autostart;
  return startersOf(host).flatMap((starter): readonly Typed[] => {
    const own = found?.filter(({ kind }) => kind === starter.kind);
    if (own?.length === 0) return [];
    const commands = way === 'off' ? starter.switchOff : own === undefined ? starter.everyPutBack : starter.putBack(own);
    return commands.map((command) => ({ step: `${way === 'off' ? 'switch off' : 'put back'} ${STARTERS[starter.kind]}`, typed: typed(command) }));
  });
}

function installing({ host, installation, seen }: Request): readonly Typed[] {
  const target = installation.target.packages.linux, javaHome = host.javaHome ?? seen?.javaHome ?? '$JAVA_HOME';
  if (target === undefined) return [];
  const where = { sha256: target.sha256, top: USUAL_TOP };
  const answers = answersFor({ host, installation, seen: { javaHome, agentcomm: seen?.agentcomm === 'set' ? 'set' : 'absent', layout: seen?.layout === 'below-install-dir' ? 'below-install-dir' : 'app-data' } });
  return [
    { step: 'answer its questions', typed: typed(writeProperties(host, where, answers)) },
    { step: 'install', typed: typed(install(host, where, { fips: installation.policy.fips, javaHome })) },
    { step: 'see that it is installed', typed: typed(readMark(host)) },
  ];
}

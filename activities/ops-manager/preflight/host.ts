/** Everything preflight sees on one host. The order matters only at first: without login and sudo nothing else can be seen. */
import { parseChangedFiles } from '../../../src/products/ops-manager/changed-files.ts';
import { readEnd, writtenAt } from '../../../src/products/linux/keeping.ts';
import { startedAs } from '../../../src/products/ops-manager/logs.ts';
import { packageFor } from '../../../src/products/ops-manager/plan.ts';
import { halfSwitched, writeRelease } from '../../../src/products/ops-manager/tree-steps.ts';
import { typed } from '../../../src/upgrade/command.ts';
import type { OpsManagerHost, OpsManagerInstallation } from '../../../src/upgrade/installation.ts';
import type { Attempt, LockOwner } from '../../../src/upgrade/outcome.ts';
import type { DaemonSighting, Finding, HostFacts } from '../../../src/upgrade/plan.ts';
import { sightDaemon } from '../backup-daemon.ts';
import { daemonsNoted } from '../backup-jobs.ts';
import { atWork, type HostAtWork } from '../host-at-work.ts';
import type { OpsManagerPorts } from '../ports.ts';
import { askService, describePackage, isNewerThan, isOn, lookAtPackage, lookAtProcesses, secondsSinceInstall, type Installed, type ProcessSighting, type Service } from '../processes.ts';
import { checkCanary } from '../../preflight/canary.ts';
import { about } from '../../preflight/finding.ts';
import { checkLocks } from '../../preflight/locks.ts';
import { checkLogin, checkSudo } from '../../preflight/login.ts';
import { neededCommands } from './needed-commands.ts';
import { checkProbe } from './probe.ts';
import { checkRoom } from '../../preflight/room.ts';
import { lookAtShared, type Shared } from './same-everywhere.ts';
import { checkPackageOnHost } from './target.ts';
import { checkTree } from './tree.ts';
import { checkUnits, owningUnits } from './units.ts';

export interface HostReport {
  readonly findings: readonly Finding[];
  readonly facts: HostFacts;
  /** Absent when the host could not be looked at. */
  readonly shared?: Shared | undefined;
  readonly begunBefore: boolean;
}

export interface HostQuestion {
  readonly installation: OpsManagerInstallation;
  readonly host: OpsManagerHost;
  readonly owner: LockOwner;
  readonly attempt: Attempt;
  /** Size of the package that will be uploaded; 0 when it is on the host already. */
  readonly uploadBytes: number;
}

export async function lookAtHost(ports: OpsManagerPorts, question: HostQuestion): Promise<HostReport> {
  const { host, owner, installation } = question;
  const at = atWork(ports, host);
  const login = await checkLogin(at);
  if (login.verdict === 'refused') return unseen(host, [login]);
  const target = packageFor(host, installation);
  const sudo = await checkSudo(at, { listing: at.commands.processes, needs: () => neededCommands(at, owner, { package: target, version: installation.target.version }) });
  if (sudo.some(({ verdict }) => verdict === 'refused')) return unseen(host, [login, ...sudo]);
  const canary = await checkCanary(at, question.attempt, [at.commands.processes]);
  const [seen, service, onDisk, locks, shared] = await Promise.all([lookAtProcesses(at), askService(at), lookAtPackage(at), checkLocks(at, owner), lookAtShared(at)]);
  const installed = await withRelease(at, onDisk, { seen, service });
  const here = await checkPackageOnHost(at, target, installation.target.version);
  const [probe, room, wiped, daemon, units, tree] = await Promise.all([
    checkProbe(at, seen, service), checkRoom(at, question.uploadBytes || here.bytes, at.layout.unpacksIn), checkWiped(at), sightDaemon(at, seen), checkUnits(at, seen), checkTree(at, target, installation.target.version),
  ]);
  const facts = await factsOf(at, { installation, seen, service, installed, daemon });
  return {
    findings: [login, ...sudo, canary, ...probe, ...here.findings, checkInstalled(at, installed), ...checkServing(at, facts, service), checkDaemon(at, daemon), ...units, ...room, ...wiped, ...tree, ...locks.findings],
    facts: { ...facts, quiesced: locks.notes.has('quiesced'), backupJobsOff: daemonsNoted(locks.notes.get('backup-jobs-off') ?? null) }, shared, begunBefore: locks.begunBefore,
  };
}

function unseen(host: OpsManagerHost, findings: readonly Finding[]): HostReport {
  return {
    findings, begunBefore: false,
    facts: { name: host.name, roles: host.roles, finished: false, healthy: false, daemon: { host: host.name, running: 'unknown' } },
  };
}

interface Sightings {
  readonly installation: OpsManagerInstallation;
  readonly seen: ProcessSighting;
  readonly service: Service;
  readonly installed: Installed;
  readonly daemon: DaemonSighting;
}

async function factsOf(at: HostAtWork, { installation, seen, service, installed, daemon }: Sightings): Promise<HostFacts> {
  const target = installation.target.version;
  const { process } = seen.application;
  const fresh = process ? isNewerThan(process, await secondsSinceInstall(at)) : 'no';
  const application = at.host.roles.includes('application');
  return {
    name: at.host.name, roles: at.host.roles,
    installed: typeof installed === 'object' ? installed.release ?? undefined : undefined,
    serves: application ? service.version ?? undefined : undefined,
    healthy: service.healthy,
    finished: isOn(installed, target) && (!application || (service.healthy && service.version === target && fresh === 'yes')),
    daemon,
    units: owningUnits(seen.units),
  };
}

/**
 * A tree that a person unpacked does not say which release it is. What runs from it does; and so does the log of a daemon
 * that has ended, as in Upgrade Mode, if nothing was unpacked over the tree since.
 */
async function withRelease(at: HostAtWork, installed: Installed, { seen, service }: Pick<Sightings, 'seen' | 'service'>): Promise<Installed> {
  if (typeof installed === 'string' || installed.version !== null) return installed;
  if (service.version !== null) return { ...installed, release: service.version };
  if (seen.daemon.running !== 'yes') {
    const [written, unpacked] = await Promise.all([at.look(writtenAt(at.layout.logs.daemon)), at.look(at.commands.package.unpackedAt)]);
    if (written.code !== 0 || !/^\d+$/.test(unpacked.stdout.trim()) || Number(written.stdout) <= Number(unpacked.stdout)) return installed;
  }
  return { ...installed, release: startedAs((await at.look(readEnd(at.layout.logs.daemon, 500))).stdout) };
}

function checkInstalled(at: HostAtWork, installed: Installed): Finding {
  const { name, kind, whyAbsent } = at.commands.package;
  const manager = about('package manager', at.host.name);
  if (installed === 'unknown') return manager.refused(`${name} on ${at.host.name} gave no answer that can be read: see that it is there and its database whole.`);
  if (installed === 'absent') return manager.refused(whyAbsent(at.host.name));
  if (installed.version === null && installed.release === null) return manager.refused(`Which release is in ${at.layout.installDir} on ${at.host.name} is not written there, and nothing runs that could tell: start it, or write the release down, as in: ${typed(writeRelease(at.host, '4.4.18'))}`);
  if (installed.version === null) return manager.ok(`The tree in ${at.layout.installDir} is ${installed.release ?? ''}, as what runs or ran from it says.`);
  if (installed.release === null) return manager.refused(`The package on ${at.host.name} has the version ${installed.version}, which is no release of Ops Manager.`);
  if (kind === 'tree' && installed.state === 'unfinished') return manager.refused(`The switch to ${installed.version} on ${at.host.name} stopped half way: ${halfSwitched(at.host, installed.version)} Then start again.`);
  return installed.state === 'installed' ? manager.ok(describePackage(installed))
    : manager.warning(`${describePackage(installed)} An earlier install was interrupted; this upgrade installs over it.`);
}

function checkServing(at: HostAtWork, facts: HostFacts, service: Service): readonly Finding[] {
  if (!at.host.roles.includes('application')) return [];
  const health = about('health', at.host.name);
  if (!service.healthy) return [health.warning(`${at.host.name} does not serve: ${service.says} It will be upgraded first.`)];
  if (facts.serves === undefined) return [health.refused(`${at.host.name} names no version in its answers, so nothing could prove that it serves the new one. ${service.says}`)];
  return [facts.serves === facts.installed ? health.ok(`${service.says} It is asked at ${service.url}.`)
    : health.warning(`${at.host.name} serves ${facts.serves} while ${facts.installed ?? 'an unknown version'} is installed: an earlier upgrade was interrupted.`)];
}

function checkDaemon(at: HostAtWork, { running, enabledAtBoot, process }: DaemonSighting): Finding {
  const daemon = about('Backup Daemon', at.host.name);
  const boot = enabledAtBoot === 'yes' ? 'started at boot' : enabledAtBoot === 'no' ? 'disabled at boot' : 'its state at boot could not be seen';
  if (running === 'yes') return daemon.ok(`It runs (${boot}).`);
  if (running === 'unknown') return daemon.unknown(`Whether it runs could not be seen: ${process ?? ''}`);
  return at.host.roles.includes('backup-daemon') ? daemon.warning(`It does not run (${boot}), though the file gives ${at.host.name} that role; it will stay down.`) : daemon.ok(`It does not run (${boot}).`);
}

/** Files changed since the package brought them. Edited configuration is kept; everything else is overwritten. */
async function checkWiped(at: HostAtWork): Promise<readonly Finding[]> {
  const changed = about('changed files', at.host.name);
  const { stdout, code } = await at.look(at.commands.package.changedFiles);
  // Each of the three exits with 1 when it lists something.
  if (code === undefined || (code !== 0 && stdout === '')) return [changed.unknown(`What an upgrade would overwrite on ${at.host.name} could not be seen.`)];
  const paths = parseChangedFiles(stdout).filter(({ configuration, what }) => !configuration && what === 'changed').map(({ path }) => path);
  if (paths.length === 0) return [changed.ok('Nothing but configuration was changed since the package was installed.')];
  const shown = paths.slice(0, 8).join(', ') + (paths.length > 8 ? ` and ${paths.length - 8} more` : '');
  return [changed.warning(`The upgrade overwrites files that were changed on ${at.host.name}: ${shown}. Copy what you need before you approve, and put it back afterwards.`)];
}

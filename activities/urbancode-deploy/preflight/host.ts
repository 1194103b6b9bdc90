/** Everything preflight sees on one Linux host. The order matters only at first: without login and sudo nothing else can be seen. */
import { asOwner, serviceOf } from '../../../src/products/urbancode-deploy/commands.ts';
import { rootCommands } from '../../../src/products/urbancode-deploy/root-commands.ts';
import { PROCESSES } from '../../../src/products/linux/processes.ts';
import { compareReleases } from '../../../src/products/urbancode-deploy/versions.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import type { Attempt, LockOwner } from '../../../src/upgrade/outcome.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import type { Note } from '../../../src/upgrade/state-folder.ts';
import type { LeftBehind, ServerFacts } from '../../../src/upgrade/urbancode-facts.ts';
import { checkCanary } from '../../preflight/canary.ts';
import { clockAhead, type ClockSighting } from '../../preflight/clocks.ts';
import { about } from '../../preflight/finding.ts';
import { checkLocks } from '../../preflight/locks.ts';
import { checkLogin, checkSudo } from '../../preflight/login.ts';
import { checkRoom } from '../../preflight/room.ts';
import type { Ports } from '../../ports.ts';
import { homeOf } from '../../staging.ts';
import { readAutostartNote } from '../autostart.ts';
import { atWork, type HostAtWork } from '../host-at-work.ts';
import { MOST_COMPARED } from '../kept.ts';
import { lookAtServerOn, type HostSighting } from '../sighting.ts';
import { checkDataPath } from './application-data.ts';
import { checkAgentcomm, checkInstallDir, checkJava, checkWiped, lookAtInstallDir, type InstallDir } from './install-dir.ts';
import { checkPackageOnHost } from './package.ts';
import { answerOf, checkProbes, checkRunning, type Answer } from './probes.ts';
import { checkStarters, type Starting } from './starters.ts';

export interface HostReport {
  readonly findings: readonly Finding[];
  readonly facts: ServerFacts;
  /** Absent when the host could not be looked at. */
  readonly seen?: { readonly at: HostAtWork; readonly dir: InstallDir; /** Absent for a Windows host. */ readonly clock?: ClockSighting } | undefined;
  readonly begunBefore: boolean;
  /** What is noted on the host of an installer that began. */
  readonly begun?: string | undefined;
}

export interface HostQuestion {
  readonly installation: UrbancodeDeployInstallation;
  readonly host: UrbancodeDeployHost;
  readonly owner: LockOwner;
  readonly attempt: Attempt;
  /** Size of the package that will be uploaded; 0 when it is on the host already. */
  readonly uploadBytes: number;
}

export async function lookAtHost(ports: Ports, question: HostQuestion): Promise<HostReport> {
  const { host, installation, owner, attempt } = question, { target, policy, appData } = installation;
  const at = atWork(ports, host);
  const login = await checkLogin(at);
  if (login.verdict === 'refused') return unseen(host, [login]);
  const sudo = await checkSudo(at, { listing: PROCESSES, needs: async () => rootCommands({ host, installation, home: await homeOf(at) }).map(({ command }) => command) });
  if (sudo.some(({ verdict }) => verdict === 'refused')) return unseen(host, [login, ...sudo]);
  // As root, and as the user who runs the installer.
  const canary = await checkCanary(at, attempt, [PROCESSES, asOwner(host, 'sleep', '1')]);
  const [server, answer, starting, locks, ahead, here] = await Promise.all([
    lookAtServerOn(at), answerOf(at), checkStarters(at, policy), checkLocks(at, owner), clockAhead(at), checkPackageOnHost(at, target.packages.linux),
  ]);
  const dir = await lookAtInstallDir(at, server, installation);
  const [probes, installDir, room] = await Promise.all([checkProbes(at, server, answer), checkInstallDir(at, dir), checkRoom(at, question.uploadBytes || here.bytes, at.layout.installDir)]);
  return {
    findings: [
      login, ...sudo, ...checkService(at), canary, probes, ...(probes.verdict === 'refused' ? [] : checkRunning(at, server, answer)), ...installDir, checkJava(at, dir, target.version), checkAgentcomm(at, dir, target.version), ...checkDataPath(at, dir, appData),
      ...starting.findings, ...here.findings, ...room, checkWiped(at, dir), ...locks.findings,
    ],
    facts: factsOf(at, { target: target.version, server, answer, starting, dir, left: leftBehind(locks.notes) }),
    seen: { at, dir, clock: { host: host.name, ahead } }, begunBefore: locks.begunBefore, begun: locks.notes.get('install-begun'),
  };
}

/** In a line for a shell nobody gives sudo a password. Whether sudo allows a plain command was asked with the others. */
function checkService({ host }: HostAtWork): readonly Finding[] {
  if (host.ssh.sudoPassword === undefined) return [];
  const lines = Object.values(serviceOf(host)).flatMap(({ as, argv }) => (as === 'login' && /\bsudo\b/.test(argv.at(-1) ?? '') ? [`"${argv.at(-1)}"`] : []));
  return lines.length === 0 ? [] : [about('service', host.name).refused(`${lines.join(' and ')} of ${host.name} would fail: sudo inside of a line for a shell gets no password, and the file has one for it (ssh.sudoPassword). Write one plain command, as in "sudo systemctl stop ucd", or a line that needs no sudo.`)];
}

export function unseen({ name, roles }: UrbancodeDeployHost, findings: readonly Finding[]): HostReport {
  return {
    findings, begunBefore: false,
    facts: { name, roles, running: 'unknown', healthy: false, finished: false, agentcomm: 'unknown', layout: 'unknown', autostart: 'unknown', fips: 'unknown', patches: [], customised: {}, left: {} },
  };
}

interface Sightings {
  readonly target: string;
  readonly server: HostSighting;
  readonly answer: Answer;
  readonly starting: Starting;
  readonly dir: InstallDir;
  readonly left: LeftBehind;
}

function factsOf({ host }: HostAtWork, { target, server, answer, starting, dir, left }: Sightings): ServerFacts {
  const standby = host.roles.includes('standby');
  const installed = dir.installed ?? undefined, serves = standby ? undefined : answer.version ?? undefined;
  const isOnTarget = installed !== undefined && compareReleases(installed, target) === 0;
  return {
    name: host.name, roles: host.roles, installed, serves, running: server.running, healthy: answer.alive,
    finished: isOnTarget && (standby ? server.running === 'no' : answer.alive && (serves === undefined || serves === installed)),
    agentcomm: dir.properties?.agentcomm ?? 'unknown',
    layout: dir.properties === null ? 'unknown' : dir.properties.appData === null ? 'below-install-dir' : 'app-data',
    autostart: starting.seen,
    javaHome: dir.javaHome, java: dir.java ?? undefined, database: dir.properties?.database, fips: dir.fips,
    patches: dir.patches ?? [], keystores: dir.keystores, customised: Object.fromEntries(Object.entries(dir.customised ?? {}).slice(0, MOST_COMPARED)), left,
  };
}

function leftBehind(notes: ReadonlyMap<Note, string>): LeftBehind {
  const off = notes.get('autostart-off'), maintenance = notes.get('maintenance-on');
  return {
    // A note that cannot be read is still one: what it is about must not be forgotten.
    ...(off === undefined ? {} : { autostartOff: readAutostartNote(off) ?? { since: '', was: [] } }),
    ...(maintenance === undefined ? {} : { maintenanceOn: { since: maintenance } }),
    ...(notes.has('quiesced') ? { quiesced: true } : {}),
  };
}

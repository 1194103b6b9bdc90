/**
 * An UrbanCode Deploy installation with memory, for workflow tests: servers that live or not, each with its own mark; one
 * database that only servers of its version may reach; running work, maintenance mode, autostart, a load balancer.
 */
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FullStop, NotDown, ServerInstall, ServerSighting, UrbancodeDeployActivities } from '../../activities/urbancode-deploy/contract.ts';
import type { UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Finding, Preflight } from '../../src/upgrade/plan.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import { workShown, type Work } from '../../src/upgrade/urbancode-work.ts';
import { done, failed, unknown } from './fake-outcomes.ts';
import { factsOf, serversOf, serves, type FakeServer } from './fake-server.ts';
import { FakeWorld } from './fake-world.ts';
import { checked } from './harness.ts';

type Installed = StepOutcome & { readonly unfinished?: boolean };
/** How an installer ends: with its mark or half-way, and whether anybody hears of it. */
type Ending = 'well' | 'half-way' | 'well, unheard' | 'half-way, unheard';

export class FakeServers extends FakeWorld<FakeServer> {
  readonly runbook = 'urbancodeDeployUpgrade';
  readonly installation: UrbancodeDeployInstallation;
  readonly hosts: ReadonlyMap<string, FakeServer>;
  readonly from: string;
  /** Version of the schema, or "half new". */
  database: string;
  findings: Finding[] = [];
  work: Work[] = [];
  cancelled: string[] = [];
  maintenance = false;
  /** Agents that are not online. */
  agentsAway: string[] = [];
  layout: ServerFacts['layout'] = 'app-data';
  /** Whether application data was moved to the new layout. */
  moved = false;
  sessions = 0;
  /** Servers that lived while an installer ran, whoever started them. */
  mostBesideFirstInstaller = 0;
  /** The Windows host on which a person was asked to run the first installer. */
  begunOn: string | null = null;
  /** Hosts whose processes cannot be seen. */
  readonly unseen = new Set<string>();
  /** Hosts whose new server lives and does not answer, or dies. */
  readonly hangs = new Set<string>();
  readonly dies = new Set<string>();
  ending: (host: string, times: number) => Ending = () => 'well';
  whileInstalling: (host: string) => Promise<unknown> = async () => undefined;
  /** Whose full stop the last look proved; null once something else was done. */
  #proven: readonly string[] | null = null;

  constructor(installation: UrbancodeDeployInstallation, from = '7.0.5.1') {
    super();
    this.installation = installation;
    this.from = from;
    this.database = from;
    this.hosts = serversOf(installation, from);
  }

  /** What a restore from the backup makes of it. */
  restore(): void {
    this.must([...this.hosts.values()].every(({ alive }) => alive === null), 'the database was restored beneath a living server');
    this.database = this.from;
    for (const host of this.hosts.values()) host.installed = this.from;
  }

  serving(): Record<string, string | null> {
    return Object.fromEntries([...this.hosts.values()].map((host) => [host.name, host.inService ? serves(host) : null]));
  }

  /** What lives, by version. */
  alive(): Record<string, string | null> {
    return Object.fromEntries([...this.hosts.values()].map(({ name, alive }) => [name, alive]));
  }

  activities(): UrbancodeDeployActivities {
    return this.recorded(this.#world());
  }

  protected override counted(): void {
    const running = [...this.hosts.values()].filter(({ installing }) => installing);
    this.must(running.length <= 1, `two installers ran at once: ${running.map(({ name }) => name).join(', ')}`);
    if (running.length > 0 && this.database !== this.target) this.mostBesideFirstInstaller = Math.max(this.mostBesideFirstInstaller, Object.values(this.alive()).filter((alive) => alive !== null).length);
  }

  #sight(name: string): NotDown | undefined {
    const { alive, pidFile } = this.host(name);
    if (this.unseen.has(name)) return { host: name, is: 'unknown', says: 'it cannot be reached' };
    if (alive !== null) return { host: name, is: 'alive', says: `java UDeployServer ${alive}` };
    return pidFile ? { host: name, is: 'stale', says: 'var/server.pid names a process that is gone' } : undefined;
  }

  #fullStop({ hosts, everything }: { readonly hosts: readonly string[]; readonly everything: boolean }): FullStop {
    const notDown = hosts.flatMap((name) => this.#sight(name) ?? []);
    const why = everything && this.sessions > 0 ? `The database has ${this.sessions} sessions.` : null;
    const down = notDown.length === 0 && why === null ? 'yes' : notDown.some(({ is }) => is !== 'unknown') || why ? 'no' : 'unknown';
    this.#proven = down === 'yes' ? hosts : null;
    return { down, notDown, why, says: `looked at ${hosts.join(', ')}` };
  }

  #workSighting() {
    const asked = Object.values(this.alive()).some((alive) => alive !== null);
    return { idle: !asked ? 'unknown' as const : this.work.length === 0 ? 'yes' as const : 'no' as const, work: this.work, says: asked ? this.work.map(workShown).join('\n') : 'no server answers' };
  }

  #sighting(name: string, version: string): ServerSighting {
    const host = this.host(name);
    return { process: host.alive === null ? 'no' : 'yes', serving: serves(host) === version ? 'yes' : 'no', version: host.installed, evidence: `${name} runs ${host.alive}` };
  }

  /** Whoever starts a server: an old one must not reach a newer database. */
  #started(host: FakeServer): void {
    this.must(!host.standby, `the standby ${host.name} was started`);
    this.must(host.installed === this.database, `${host.name} was started with ${host.installed} on a database that is ${this.database}`);
    this.must(![...this.hosts.values()].some(({ installing }) => installing), `${host.name} was started while an installer ran`);
    Object.assign(host, { alive: this.dies.has(host.name) ? null : host.installed, pidFile: true, hung: this.hangs.has(host.name) });
  }

  async #install({ host: { name }, attempt, again, stop }: ServerInstall): Promise<Installed> {
    const host = this.host(name);
    if (host.installed === this.target) return { outcome: 'already', evidence: 'the mark is there' };
    if (host.installing) return unknown('the installer still runs');
    if (host.noted.installing && !(again && attempt.mode === 'act')) return { ...failed('Install Failed.'), unfinished: true };
    if (host.windows && attempt.mode === 'act' && this.database !== this.target) this.begunOn = name; // noted on the Linux hosts
    if (host.windows) return { ...failed('type: install-server.bat'), unfinished: true };
    if (attempt.mode === 'look') return failed('no installer was begun');
    const alive = stop.hosts.filter((each) => this.#sight(each) !== undefined);
    if (alive.length > 0) return failed(`not begun: ${alive.join(', ')} not down`);
    this.guarded(host, attempt);
    const old = [...this.hosts.values()].filter(({ installed }) => installed !== this.target).map((each) => each.name);
    this.must(this.#proven !== null && old.every((each) => this.#proven?.includes(each)), `the installer on ${name} began without a proof of the full stop right before`);
    this.must(this.database === this.target || (this.work.length === 0 && this.database === this.from && Object.values(this.alive()).every((each) => each === null)), `the first installer on ${name} began while something lived, or on a half new database`);
    Object.assign(host, { installing: true, noted: { ...host.noted, installing: true } });
    this.installs[name] = (this.installs[name] ?? 0) + 1;
    const ending = this.ending(name, this.installs[name]);
    if (this.database !== this.target) this.database = 'half new';
    this.counted();
    await this.whileInstalling(name);
    host.installing = false;
    if (ending.startsWith('well')) {
      Object.assign(host, { installed: this.target, noted: { ...host.noted, installing: false } });
      this.database = this.target;
    }
    if (ending.endsWith('unheard')) throw ApplicationFailure.nonRetryable('the worker was lost', 'Error');
    return ending === 'well' ? done('Installer Complete.') : { ...failed('Install Failed.'), unfinished: true };
  }

  #world(): UrbancodeDeployActivities {
    const { installation } = this;
    const afterAct = <T>(result: T): T => { this.#proven = null; return result; };
    return {
      ...this.shared(),
      preflightServers: async (): Promise<Preflight<ServerFacts>> => ({
        findings: this.findings, hosts: [...this.hosts.values()].map((host) => factsOf(host, { installation, layout: this.layout, unfinished: this.begunOn !== null && this.host(this.begunOn).installed !== this.target })),
        plan: { from: this.from, to: this.target, expectedMinutes: 20, lastReversible: 'The first installer.', hosts: installation.hosts.map(({ name }) => ({ name, kind: 'application', finished: false, commands: [], expectedMinutes: 5 })) },
      }),
      lookAtWork: async () => this.#workSighting(),
      awaitIdle: async () => {
        const seen = this.#workSighting();
        if (seen.idle === 'yes') return seen;
        throw ApplicationFailure.create({ type: 'NotNow', message: seen.says, nextRetryDelay: '100ms' });
      },
      lookAtAgents: async () => ({ agents: { total: 3, online: 3 - this.agentsAway.length, away: this.agentsAway.map((name) => `${name} (OFFLINE)`) }, relays: null }),
      lookAtFullStop: async (stop) => this.#fullStop(stop),
      watchForServers: async ({ hosts }) => {
        for (;;) {
          const seen = hosts.map(({ name }) => this.#sight(name)).find((each) => each?.is === 'alive');
          if (seen) return seen;
          Context.current().heartbeat();
          await Context.current().sleep(20);
        }
      },
      lookAtStorage: async () => ({ evidence: 'mv /opt/ucd/server/var/repository /mnt/ucd/appdata/var/' }),
      lookAtServer: async ({ host, version }) => this.#sighting(host.name, version),
      awaitServer: async ({ host, version }) => {
        const sighting = this.#sighting(host.name, version);
        if (sighting.serving === 'yes') return { ...done('serves'), sighting };
        if (sighting.process === 'no') return { ...failed('its process is gone'), sighting };
        throw ApplicationFailure.create({ type: 'NotNow', message: 'connTest.txt does not answer', nextRetryDelay: '100ms' });
      },
      compareKept: async ({ host }) => ({ says: host.name === installation.hosts[0]?.name ? ['The patch a.jar is off.'] : [] }),
      stageServer: this.act(() => undefined),
      switchMaintenanceOn: async ({ attempt }) => {
        if (attempt.mode === 'look') return this.maintenance ? done('on') : failed('off');
        for (const host of this.hosts.values()) host.noted.maintenanceOn = true;
        this.maintenance = true;
        return done('on');
      },
      switchMaintenanceOff: async ({ attempt }) => {
        if (!this.maintenance) return done('off');
        if (attempt.mode === 'look' || this.#workSighting().idle === 'unknown') return failed('on');
        for (const host of this.hosts.values()) host.noted.maintenanceOn = false;
        this.maintenance = false;
        return done('off');
      },
      cancelWork: async ({ work }) => {
        this.cancelled.push(...work.map(({ id }) => id));
        this.work = this.work.filter(({ id }) => !work.some((each) => each.id === id));
        return done('gone');
      },
      disableAutostart: this.act((host) => { Object.assign(host, { autostart: false, noted: { ...host.noted, autostartOff: true } }); }, (host) => !host.autostart),
      restoreAutostart: this.act((host) => {
        this.must(host.installed === this.database, `what starts ${host.name} was switched on with ${host.installed} on a database that is ${this.database}`);
        Object.assign(host, { autostart: true, noted: { ...host.noted, autostartOff: false } });
      }, (host) => host.autostart),
      drain: this.act((host) => { host.inService = false; }, (host) => !host.inService),
      putBack: this.act((host) => {
        this.must(serves(host) !== null, `${host.name} was put back while it does not serve`);
        host.inService = true;
      }, (host) => host.inService),
      stopServer: async (input) => afterAct(await this.act((host) => {
        this.must(this.work.length === 0 || host.installed === this.target, `${host.name} was stopped while work ran`);
        if (host.windows) return failed('type: sc stop ucd');
        if (host.obeys !== 'script') return failed('it still lives');
        Object.assign(host, { alive: null, pidFile: false });
      }, (host) => host.alive === null)(input)),
      signalServer: this.act((host) => (host.obeys === 'nothing' ? failed('it still lives') : void (host.alive = null)), (host) => host.alive === null),
      removePidFile: this.act((host) => {
        if (host.alive !== null) return failed('it lives, and keeps its pid file');
        host.pidFile = false;
      }, (host) => !host.pidFile),
      proveStorage: async () => (this.moved ? done('all there') : failed('var/repository is not there: mv …')),
      installServer: async (input) => afterAct(await this.#install(input)),
      restoreBackup: async ({ attempt }) => {
        if (attempt.mode === 'act') this.restore();
        return done('restored');
      },
      startServer: async (input) => afterAct(await this.act((host) => {
        if (host.windows) return failed('type: sc start ucd');
        if (host.pidFile) return failed('a pid file of a server that is gone is left');
        this.#started(host);
        return host.alive === null ? failed('it died at once') : undefined;
      }, (host) => host.alive !== null)(input)),
      cleanUpServer: this.act((host) => { host.noted.installing = false; }),
    };
  }
}

/** Waits that a policy has would be waited for in real time. */
const QUICK = { drain: { for: '1h' }, stop: { within: '1h' }, health: { within: '1h', every: '1s', consecutive: 1 } };
const API = { api: { url: 'https://ucd.example:8443', token: { env: 'UCD_TOKEN' } } };

/** Two servers and a standby, with a token. */
export function servers(policy: object = {}, changes: object = {}, ofEveryHost: object = {}): FakeServers {
  const base = { platform: 'linux', installDir: '/opt/ucd/server', runAs: 'ucd', ...ofEveryHost };
  return new FakeServers(checked<UrbancodeDeployInstallation>('ucd', {
    product: 'urbancode-deploy',
    target: { version: '7.3.2.1', packages: { linux: { file: 'ucd.zip', sha256: 'a'.repeat(64) } } },
    ssh: { user: 'ops', knownHostsFile: 'known_hosts' },
    hosts: [
      { name: 'ucd-1', address: '10.0.1.1', roles: ['server'], agentcommUri: 'random:(wss://ucd-1:7919)', ...base },
      { name: 'ucd-2', address: '10.0.1.2', roles: ['server'], agentcommUri: 'random:(wss://ucd-2:7919)', ...base },
      { name: 'ucd-3', address: '10.0.1.3', roles: ['standby'], agentcommUri: 'random:(wss://ucd-3:7919)', ...base },
    ],
    database: { backups: [{ host: 'ucd-1', command: 'backup', verify: 'true', maxAge: '4h' }] },
    appData: '/mnt/ucd/appdata', loadBalancers: [{ none: 'a test' }], ...API,
    ...changes,
    policy: { approve: [], ...QUICK, ...policy },
  }));
}

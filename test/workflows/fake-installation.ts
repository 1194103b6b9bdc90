/**
 * One installation with memory, for workflow tests: hosts that are up or down, packages, daemons with jobs, a load
 * balancer. It stands in for the activities, so a test can say what the world does and ask afterwards what was
 * done to it. It is a fake: what a real host does is proven in the lab.
 */
import type { OpsManagerActivities } from '../../activities/ops-manager/contract.ts';
import { applicationHosts, type OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import { FakeBackupJobs } from './fake-backup-jobs.ts';
import { hostsOf, serves, sightDaemon, sightStart, stillBalanced, type FakeHost } from './fake-host.ts';
import { done, failed, notNow } from './fake-outcomes.ts';
import { preflightOf } from './fake-preflight.ts';
import { FakeWorld } from './fake-world.ts';

export class FakeInstallation extends FakeWorld<FakeHost> {
  readonly runbook = 'opsManagerUpgrade';
  readonly installation: OpsManagerInstallation;
  readonly hosts: ReadonlyMap<string, FakeHost>;
  mostDownAtOnce = 0;
  findings: Finding[] = [];
  whyNot: (host: string, times: number) => string | null = () => null;
  /** Hosts whose application start starts their daemon, too. */
  readonly startsDaemon = new Set<string>();
  /** The first host's start hangs while a Backup Daemon lives elsewhere. */
  startNeedsDaemonsDown = false;
  /** Looks for which migrations run after the first start on the target. */
  migrations = 0;
  /** The daemons' settings, as the API holds them. */
  readonly backupJobs = new FakeBackupJobs(() => this.#upgradeMode());
  readonly from: string;

  constructor(installation: OpsManagerInstallation, from = '4.4.13') {
    super();
    this.from = from;
    this.installation = installation;
    this.hosts = hostsOf(installation, from);
  }

  /** Application hosts that serve the target and are in service. */
  finished(): string[] {
    return this.#application().filter((host) => serves(host) === this.target && host.inService).map((host) => host.name);
  }

  daemons(): Record<string, string> {
    return Object.fromEntries([...this.hosts.values()].filter((host) => host.daemon !== 'absent').map((host) => [host.name, host.daemon]));
  }

  activities(): OpsManagerActivities {
    return this.recorded(this.#world());
  }

  #application(): FakeHost[] {
    return applicationHosts(this.installation).map((host) => this.host(host.name));
  }

  #isDown(host: FakeHost): boolean {
    return serves(host) === null || !host.inService;
  }

  protected override counted(): void {
    this.mostDownAtOnce = Math.max(this.mostDownAtOnce, this.#application().filter((host) => this.#isDown(host)).length);
  }

  #upgradeMode(): boolean {
    return new Set(this.#application().flatMap((host) => host.running ?? [])).size > 1;
  }

  #world(): OpsManagerActivities {
    return {
      ...this.shared(),
      preflight: async () => preflightOf(this.installation, this.hosts, { findings: this.findings, noted: this.backupJobs.noted }),
      whyNotNow: async ({ host, before }) => {
        const down = this.#application().find((other) => other.name !== host && this.#isDown(other));
        return { why: this.whyNot(host, this.times(`whyNotNow:${host}`)) ?? (down ? `${down.name} is not healthy.` : null), ...(before === 'stop' && stillBalanced(this.host(host))) };
      },
      lookAtBackupDaemons: async ({ hosts }) => hosts.map(({ name }) => sightDaemon(this.host(name))),
      awaitBackupDaemonsStopped: async ({ hosts }) => {
        for (const host of this.named(hosts)) {
          if (host.busy > 0) host.busy -= 1;
          else if (host.daemon === 'running' && this.#upgradeMode()) host.daemon = 'stopped';
        }
        const running = this.named(hosts).filter((host) => host.daemon === 'running');
        if (running.length > 0) throw notNow(`a Backup Daemon runs on ${running.map((host) => host.name).join(', ')}`, '37s');
        return done('none runs');
      },
      lookAtUpgraded: async ({ host: { name } }) => ({ upgraded: this.host(name).installed === this.target && serves(this.host(name)) === this.target ? 'yes' : 'no', evidence: name }),
      lookAtStart: async ({ host, version }) => sightStart(this.host(host.name), version),
      awaitServing: async ({ host, version }) => {
        const at = this.host(host.name);
        if (at.migrating && this.migrations > 0) this.migrations -= 1;
        if (this.migrations === 0) at.migrating = false;
        const sighting = sightStart(this.host(host.name), version);
        if (sighting.keyLost) return { ...failed('the shared gen.key is lost'), sighting };
        if (sighting.serving === 'yes') return { ...done('serves'), sighting };
        if (sighting.process === 'no') return { ...failed('its process is gone'), sighting };
        throw notNow('the port is closed', '37s');
      },
      seeUpgradeMode: async ({ expected }) => (this.#upgradeMode() === (expected === 'on') ? done(`Upgrade Mode is ${expected}`) : failed(`Upgrade Mode is not ${expected}`)),
      soak: async () => done('healthy all the time'),
      watchService: async ({ soFar }) => soFar ?? { probes: 10, answered: 10, longestGapMs: 0 },
      switchBackupJobsOff: async ({ attempt }) => this.backupJobs.switchOff(attempt),
      switchBackupJobsOn: async ({ attempt, off }) => this.backupJobs.switchOn(attempt, off),
      saveConfiguration: this.act(() => undefined),
      stagePackage: this.act(() => undefined),
      cleanUp: this.act(() => undefined),
      drain: this.act((host) => {
        this.must(!this.#application().some((other) => other !== host && this.#isDown(other)), `${host.name} was drained while another host was down`);
        host.inService = false;
      }, (host) => !host.inService),
      putBack: this.act((host) => {
        this.must(serves(host) !== null, `${host.name} was put back while it does not serve`);
        host.inService = true;
      }, (host) => host.inService),
      stopBackupDaemon: async (input) => this.act((host) => {
        if (host.obeys !== input.way && host.obeys !== 'service') return failed('the daemon still runs');
        host.daemon = 'stopped';
      }, (host) => host.daemon !== 'running')(input),
      startBackupDaemon: this.act((host) => {
        this.must(!this.#upgradeMode(), `the Backup Daemon of ${host.name} was started in Upgrade Mode`);
        host.daemon = 'running';
      }, (host) => host.daemon === 'running'),
      stopApplication: this.act((host) => {
        this.must(!host.migrating, `a migration was killed on ${host.name}`);
        this.must(!host.inService, `${host.name} was stopped while in service`);
        host.running = null;
        host.hung = false;
      }, (host) => host.running === null),
      installPackage: this.act((host) => {
        this.must(host.running === null && host.daemon !== 'running', `${host.name} was installed over while something ran`);
        host.installed = this.target;
        this.installs[host.name] = (this.installs[host.name] ?? 0) + 1;
      }, (host) => host.installed === this.target),
      takeBackTree: this.act((host) => {
        this.must(host.running === null, `the tree of ${host.name} was taken back while something ran`);
        host.installed = this.from;
      }, (host) => host.installed === this.from),
      startApplication: this.act((host) => {
        const firstOnTarget = host.installed === this.target && !this.#application().some((other) => other.running === this.target);
        host.running = host.installed;
        host.migrating = firstOnTarget && this.migrations > 0;
        host.hung = this.startNeedsDaemonsDown && this.#upgradeMode() && [...this.hosts.values()].some((other) => other !== host && other.daemon === 'running');
        if (this.startsDaemon.has(host.name)) host.daemon = 'running';
      }, (host) => host.running !== null),
    };
  }
}

/**
 * One installation with memory, for workflow tests: hosts that are up or down, packages, daemons with jobs, a load
 * balancer, locks. It stands in for the activities, so a test can say what the world does and ask afterwards what was
 * done to it. Like the stand-ins in the lab it keeps a record of what must never be done to it: `violations`.
 * It is a fake: what a real host does is proven in the lab.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { OpsManagerActivities } from '../../activities/ops-manager/contract.ts';
import { checkInstallation } from '../../src/installation/check.ts';
import { messageOf } from '../../src/installation/problems.ts';
import { applicationHosts, type OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import { FakeBackupJobs } from './fake-backup-jobs.ts';
import { done, failed, hostsOf, notNow, serves, sightDaemon, sightStart, stillBalanced, type FakeHost } from './fake-host.ts';
import { preflightOf } from './fake-preflight.ts';

type Input = { host?: { name: string } | string; hosts?: readonly { name: string }[]; attempt?: Attempt };
/** What a fault does instead of the activity; returning undefined lets it go on as usual. */
type Fault = (times: number, input: Input) => unknown;
type Change = (host: FakeHost, attempt: Attempt) => StepOutcome | void;

/** A result typed into the Temporal UI: the worker's interceptor never saw it, so it carries no token. */
export class TypedByHand {
  readonly value: unknown;
  constructor(value: unknown) { this.value = value; }
}

export class FakeInstallation {
  readonly installation: OpsManagerInstallation;
  readonly hosts: ReadonlyMap<string, FakeHost>;
  /** Every act in order, as `<activity>:<host>`; looks are left out. */
  readonly acts: string[] = [];
  /** The token of every act, in the same order. */
  readonly tokens: string[] = [];
  readonly installs: Record<string, number> = {};
  readonly violations: string[] = [];
  mostDownAtOnce = 0;
  findings: Finding[] = [];
  whyNot: (host: string, times: number) => string | null = () => null;
  /** Hosts whose application start starts their daemon, too. */
  readonly startsDaemon = new Set<string>();
  /** The first host's start hangs while a Backup Daemon lives elsewhere. */
  startNeedsDaemonsDown = false;
  /** Looks for which migrations run after the first start on the target. */
  migrations = 0;
  backupTooOld = (_takenAt: string): boolean => false;
  /** The daemons' settings, as the API holds them. */
  readonly backupJobs = new FakeBackupJobs(() => this.#upgradeMode());
  readonly #faults = new Map<string, Fault>();
  readonly #times = new Map<string, number>();
  readonly #jobs = new Map<string, StepOutcome>();

  readonly from: string;

  constructor(installation: OpsManagerInstallation, from = '4.4.13') {
    this.from = from;
    this.installation = installation;
    this.hosts = hostsOf(installation, from);
  }

  host(name: string): FakeHost {
    const found = this.hosts.get(name);
    if (!found) throw new Error(`no fake host ${name}`);
    return found;
  }

  /** Makes an activity do something else: `fault('installPackage:om-2', (times) => times === 1 ? failed('…') : undefined)`. */
  fault(what: string, fault: Fault): void {
    this.#faults.set(what, fault);
  }

  /** How often an activity ran, looks included: `times('whyNotNow:om-2')`. */
  times(what: string): number {
    return this.#times.get(what) ?? 0;
  }

  get target(): string {
    return this.installation.target.version;
  }

  /** Application hosts that serve the target and are in service. */
  finished(): string[] {
    return this.#application().filter((host) => serves(host) === this.target && host.inService).map((host) => host.name);
  }

  locks(): (string | null)[] {
    return [...this.hosts.values()].map((host) => host.locked);
  }

  daemons(): Record<string, string> {
    return Object.fromEntries([...this.hosts.values()].filter((host) => host.daemon !== 'absent').map((host) => [host.name, host.daemon]));
  }

  /** The activities of the contract, over this memory, as a worker would register them. */
  activities(): OpsManagerActivities {
    return Object.fromEntries(Object.entries(this.#world()).map(([name, run]) => [name, async (input: Input) => {
      const host = typeof input.host === 'string' ? input.host : input.host?.name;
      const what = host ? `${name}:${host}` : name;
      const times = this.times(what) + 1;
      this.#times.set(what, times);
      if (input.attempt?.mode === 'act' && name !== 'preflight') {
        this.acts.push(what);
        this.tokens.push(input.attempt.token);
      }
      const changed = await this.#faults.get(what)?.(times, input);
      if (changed instanceof TypedByHand) return changed.value;
      const result = changed ?? await (run as (input: Input) => Promise<unknown>)(input);
      this.#count();
      return input.attempt && isObject(result) ? { ...result, token: input.attempt.token } : result;
    }])) as unknown as OpsManagerActivities;
  }

  #application(): FakeHost[] {
    return applicationHosts(this.installation).map((host) => this.host(host.name));
  }

  #isDown(host: FakeHost): boolean {
    return serves(host) === null || !host.inService;
  }

  #count(): void {
    this.mostDownAtOnce = Math.max(this.mostDownAtOnce, this.#application().filter((host) => this.#isDown(host)).length);
  }

  #upgradeMode(): boolean {
    return new Set(this.#application().flatMap((host) => host.running ?? [])).size > 1;
  }

  #must(holds: boolean, violation: string): void {
    if (!holds) this.violations.push(violation);
  }

  #world(): OpsManagerActivities {
    const named = (hosts: readonly { name: string }[]) => hosts.map(({ name }) => this.host(name));
    return {
      checkInstallation: async ({ installation }) => {
        const checked = checkInstallation(installation);
        if ('installation' in checked) return checked.installation as OpsManagerInstallation;
        throw ApplicationFailure.nonRetryable(checked.problems.map(messageOf).join('\n'), 'Refused');
      },
      preflight: async () => preflightOf(this.installation, this.hosts, { findings: this.findings, noted: this.backupJobs.noted }),
      whyNotNow: async ({ host, before }) => {
        const down = this.#application().find((other) => other.name !== host && this.#isDown(other));
        return { why: this.whyNot(host, this.times(`whyNotNow:${host}`)) ?? (down ? `${down.name} is not healthy.` : null), ...(before === 'stop' && stillBalanced(this.host(host))) };
      },
      lookAtBackupDaemons: async ({ hosts }) => hosts.map(({ name }) => sightDaemon(this.host(name))),
      awaitBackupDaemonsStopped: async ({ hosts }) => {
        for (const host of named(hosts)) {
          if (host.busy > 0) host.busy -= 1;
          else if (host.daemon === 'running' && this.#upgradeMode()) host.daemon = 'stopped';
        }
        const running = named(hosts).filter((host) => host.daemon === 'running');
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
      checkBackupAge: async ({ takenAt }) => ({ tooOld: this.backupTooOld(takenAt), says: 'The backup is 9 hours old.' }),
      takeLocks: async ({ hosts, attempt }) => {
        // A step number belongs to its lock: that of a closed run is adopted, and counts anew.
        const { firstExecutionRunId } = attempt.owner;
        for (const host of named(hosts)) if (host.locked !== firstExecutionRunId) Object.assign(host, { locked: firstExecutionRunId, highestStep: 0 });
        return done('locked');
      },
      releaseLocks: async ({ hosts, attempt }) => {
        for (const host of named(hosts)) if (host.locked === attempt.owner.firstExecutionRunId) host.locked = null;
        return done('unlocked');
      },
      backUp: async () => ({ ...done('dump written'), takenAt: '2026-11-21T03:00:00.000Z' }),
      switchBackupJobsOff: async ({ attempt }) => this.backupJobs.switchOff(attempt),
      switchBackupJobsOn: async ({ attempt, off }) => this.backupJobs.switchOn(attempt, off),
      saveConfiguration: this.#act(() => undefined),
      stagePackage: this.#act(() => undefined),
      cleanUp: this.#act(() => undefined),
      quiesceHost: this.#act((host) => { host.quiesced = true; }),
      unquiesceHost: this.#act((host) => { host.quiesced = false; }),
      drain: this.#act((host) => {
        this.#must(!this.#application().some((other) => other !== host && this.#isDown(other)), `${host.name} was drained while another host was down`);
        host.inService = false;
      }, (host) => !host.inService),
      putBack: this.#act((host) => {
        this.#must(serves(host) !== null, `${host.name} was put back while it does not serve`);
        host.inService = true;
      }, (host) => host.inService),
      stopBackupDaemon: async (input) => this.#act((host) => {
        if (host.obeys !== input.way && host.obeys !== 'service') return failed('the daemon still runs');
        host.daemon = 'stopped';
      }, (host) => host.daemon !== 'running')(input),
      startBackupDaemon: this.#act((host) => {
        this.#must(!this.#upgradeMode(), `the Backup Daemon of ${host.name} was started in Upgrade Mode`);
        host.daemon = 'running';
      }, (host) => host.daemon === 'running'),
      stopApplication: this.#act((host) => {
        this.#must(!host.migrating, `a migration was killed on ${host.name}`);
        this.#must(!host.inService, `${host.name} was stopped while in service`);
        host.running = null;
        host.hung = false;
      }, (host) => host.running === null),
      installPackage: this.#act((host) => {
        this.#must(host.running === null && host.daemon !== 'running', `${host.name} was installed over while something ran`);
        host.installed = this.target;
        this.installs[host.name] = (this.installs[host.name] ?? 0) + 1;
      }, (host) => host.installed === this.target),
      takeBackTree: this.#act((host) => {
        this.#must(host.running === null, `the tree of ${host.name} was taken back while something ran`);
        host.installed = this.from;
      }, (host) => host.installed === this.from),
      startApplication: this.#act((host) => {
        const firstOnTarget = host.installed === this.target && !this.#application().some((other) => other.running === this.target);
        host.running = host.installed;
        host.migrating = firstOnTarget && this.migrations > 0;
        host.hung = this.startNeedsDaemonsDown && this.#upgradeMode() && [...this.hosts.values()].some((other) => other !== host && other.daemon === 'running');
        if (this.startsDaemon.has(host.name)) host.daemon = 'running';
      }, (host) => host.running !== null),
    };
  }

  /** Look, act, look again over the memory. A token's job runs once; without the lock, or late, nothing is done. */
  #act(change: Change, holds: (host: FakeHost) => boolean = () => false) {
    return async ({ host, attempt }: { host: { name: string }; attempt: Attempt }): Promise<StepOutcome> => {
      const at = this.host(host.name);
      const before = this.#jobs.get(attempt.token);
      if (before && attempt.mode === 'act') return before;
      if (holds(at)) return { outcome: 'already', evidence: `${host.name}: seen` };
      if (attempt.mode === 'look') return failed(`${host.name}: not seen`);
      this.#must(at.locked === attempt.owner.firstExecutionRunId, `${attempt.token} acted on ${host.name} without its lock`);
      this.#must(attempt.stepNumber > at.highestStep, `${attempt.token} acted late on ${host.name}`);
      at.highestStep = attempt.stepNumber;
      const outcome = change(at, attempt) ?? done(`${host.name}: seen after it`);
      this.#jobs.set(attempt.token, outcome);
      this.#count();
      return outcome;
    };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * One installation with memory, for workflow tests: hosts that are up or down, packages, daemons with jobs, a load
 * balancer. It stands in for the activities, so a test can say what the world does and ask afterwards what was done to it.
 * It is a fake: what a real host does is proven in the lab.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { OpsManagerActivities, StartSighting } from '../../activities/contract.ts';
import { applicationHosts, type OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { DaemonSighting, Finding, Preflight } from '../../src/upgrade/plan.ts';

export interface FakeHost {
  installed: string;
  /** Version that its living process serves; null while it is stopped. */
  serves: string | null;
  inService: boolean;
  hasApplication: boolean;
  daemon: 'running' | 'stopped' | 'absent';
  /** A job that keeps the daemon from stopping itself. */
  busy: boolean;
  locked: string | null;
  migrating: boolean;
  highestStep: number;
}

type Name = keyof OpsManagerActivities;
type Input = { host?: { name: string } | string; attempt?: { token: string; mode: string; stepNumber: number } };
/** What a fault does instead of the act; returning undefined lets the act go on as usual. */
type Fault = (times: number, input: Input) => unknown;

export class FakeInstallation {
  readonly installation: OpsManagerInstallation;
  readonly hosts = new Map<string, FakeHost>();
  /** Every act in order, as `<activity>:<host>`; looks are left out. */
  readonly acts: string[] = [];
  readonly tokens: string[] = [];
  readonly installs: Record<string, number> = {};
  mostDownAtOnce = 0;
  findings: Finding[] = [];
  whyNot: (host: string, times: number) => string | null = () => null;
  /** Daemons that a service stop does not stop, by host: which way does. */
  stubborn = new Map<string, 'init-script' | 'person'>();
  readonly #faults = new Map<string, Fault>();
  readonly #times = new Map<string, number>();

  constructor(installation: OpsManagerInstallation, from = '4.4.13') {
    this.installation = installation;
    for (const host of installation.hosts) {
      const hasApplication = host.roles.includes('application');
      this.hosts.set(host.name, {
        installed: from, serves: hasApplication ? from : null, inService: hasApplication, hasApplication,
        daemon: host.roles.includes('backup-daemon') ? 'running' : 'absent', busy: false, locked: null, migrating: false, highestStep: 0,
      });
    }
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

  get target(): string {
    return this.installation.target.version;
  }

  /** The activities of the contract, over this memory, as a worker would register them. */
  activities(): OpsManagerActivities {
    const plain = this.#plain();
    return Object.fromEntries(Object.entries(plain).map(([name, run]) => [name, async (input: Input) => {
      const host = typeof input.host === 'string' ? input.host : input.host?.name;
      const changed = await this.#faulty(name as Name, host, input);
      const result = changed ?? await (run as (input: Input) => Promise<unknown>)(input);
      this.#count();
      return input.attempt && isObject(result) ? { ...result, token: input.attempt.token } : result;
    }])) as unknown as OpsManagerActivities;
  }

  async #faulty(name: Name, host: string | undefined, input: Input): Promise<unknown> {
    const what = host ? `${name}:${host}` : name;
    const times = (this.#times.get(what) ?? 0) + 1;
    this.#times.set(what, times);
    if (input.attempt && input.attempt.mode === 'act') {
      this.acts.push(what);
      this.tokens.push(input.attempt.token);
    }
    return this.#faults.get(what)?.(times, input);
  }

  #count(): void {
    const down = [...this.hosts.values()].filter((host) => host.hasApplication && (host.serves === null || !host.inService)).length;
    this.mostDownAtOnce = Math.max(this.mostDownAtOnce, down);
  }

  #sighting(name: string, version: string): StartSighting {
    const host = this.host(name);
    return {
      process: host.serves === null ? 'no' : 'yes', migrating: host.migrating ? 'yes' : 'no',
      serving: host.serves === version && !host.migrating ? 'yes' : 'no', keyLost: false, evidence: `serves ${host.serves}`,
    };
  }

  #daemons(names: readonly string[]): DaemonSighting[] {
    return names.map((name) => {
      const running = this.host(name).daemon === 'running';
      return { host: name, running: running ? 'yes' : 'no', enabledAtBoot: this.host(name).daemon === 'absent' ? 'no' : 'yes', process: running ? 'mms-app -Dapp-id=bgrid' : undefined };
    });
  }

  #preflight(): Preflight {
    const { installation } = this;
    const plan = [...this.hosts].map(([name, host]) => ({
      name, kind: host.hasApplication ? 'application' as const : 'backup-daemon' as const,
      finished: host.installed === this.target && (!host.hasApplication || host.serves === this.target),
      commands: [{ step: 'install', typed: `sudo dpkg -i ${name}` }], expectedMinutes: 5,
    }));
    const old = [...this.hosts.values()].find((host) => host.installed !== this.target)?.installed ?? this.target;
    return {
      findings: this.findings,
      hosts: [...this.hosts].map(([name, host], index) => ({
        name, roles: installation.hosts[index]?.roles ?? [], installed: host.installed, serves: host.serves ?? undefined,
        finished: plan[index]?.finished ?? false, healthy: host.serves !== null, daemon: this.#daemons([name])[0]!,
      })),
      plan: {
        from: old, to: this.target, expectedMinutes: 20, lastReversible: 'The last reversible moment is the first host\'s start.',
        hosts: plan.sort((a, b) => Number(a.kind !== 'application') - Number(b.kind !== 'application')),
      },
    };
  }

  #plain(): OpsManagerActivities {
    const all = (hosts: readonly { name: string }[]) => hosts.map((host) => host.name);
    return {
      checkInstallation: async ({ installation }) => installation as OpsManagerInstallation,
      preflight: async () => this.#preflight(),
      whyNotNow: async ({ host }) => {
        const times = (this.#times.get(`why:${host}`) ?? 0) + 1;
        this.#times.set(`why:${host}`, times);
        const others = [...this.hosts].filter(([name, each]) => name !== host && each.hasApplication && (each.serves === null || !each.inService));
        return { why: this.whyNot(host, times) ?? (others.length > 0 ? `${others[0]?.[0]} is not healthy.` : null) };
      },
      lookAtBackupDaemons: async ({ hosts }) => this.#daemons(all(hosts)),
      awaitBackupDaemonsStopped: async ({ hosts }) => {
        for (const name of all(hosts)) if (this.host(name).daemon === 'running' && !this.host(name).busy) this.host(name).daemon = 'stopped';
        const running = all(hosts).filter((name) => this.host(name).daemon === 'running');
        if (running.length > 0) throw notNow(`the Backup Daemon on ${running.join(', ')} still runs`);
        return done('none runs');
      },
      lookAtStart: async ({ host, version }) => this.#sighting(host.name, version),
      awaitServing: async ({ host, version }) => {
        const sighting = this.#sighting(host.name, version);
        if (sighting.serving === 'yes') return { ...done('serves'), sighting };
        if (sighting.process === 'no') return { ...failed('its process is gone'), sighting };
        throw notNow('the port is closed');
      },
      seeUpgradeMode: async ({ expected }) => {
        const versions = new Set([...this.hosts.values()].filter((host) => host.hasApplication).map((host) => host.serves));
        return (versions.size > 1) === (expected === 'on') ? done(`${versions.size} versions`) : failed(`${versions.size} versions`);
      },
      soak: async () => done('healthy all the time'),
      watchService: async ({ soFar }) => soFar ?? { probes: 10, answered: 10, longestGapMs: 0 },
      checkBackupAge: async () => ({ tooOld: false, says: '' }),
      takeLocks: async ({ attempt }) => { for (const host of this.hosts.values()) host.locked = attempt.owner.firstExecutionRunId; return done('locked'); },
      releaseLocks: async () => { for (const host of this.hosts.values()) host.locked = null; return done('unlocked'); },
      backUpApplicationDatabase: async () => ({ ...done('dump written'), takenAt: '2026-11-21T03:00:00.000Z' }),
      saveConfiguration: async () => done('saved'),
      stagePackage: async () => done('staged'),
      drain: this.#act((host) => { host.inService = false; }, (host) => !host.inService),
      putBack: this.#act((host) => { host.inService = true; }, (host) => host.inService),
      stopBackupDaemon: async ({ host, attempt, way }) => {
        const at = this.host(host.name);
        const needs = this.stubborn.get(host.name);
        if (at.daemon !== 'running') return { outcome: 'already', evidence: 'none runs' };
        if (attempt.mode === 'look' || needs === 'person' || (needs === 'init-script' && way === 'service')) return failed('the daemon still runs');
        at.daemon = 'stopped';
        return done('gone');
      },
      startBackupDaemon: this.#act((host) => { host.daemon = 'running'; }, (host) => host.daemon === 'running'),
      stopApplication: this.#act((host) => { host.serves = null; }, (host) => host.serves === null),
      installPackage: this.#act((host, name) => {
        host.installed = this.target;
        this.installs[name] = (this.installs[name] ?? 0) + 1;
      }, (host) => host.installed === this.target),
      startApplication: this.#act((host) => { host.serves = host.installed; }, (host) => host.serves !== null),
      cleanUp: async () => done('clean'),
    };
  }

  /** Look, act, look again over the memory; refuses a step that woke late, as a real host does. */
  #act(change: (host: FakeHost, name: string) => void, holds: (host: FakeHost) => boolean) {
    return async ({ host, attempt }: { host: { name: string }; attempt: { mode: string; stepNumber: number } }): Promise<StepOutcome> => {
      const at = this.host(host.name);
      if (holds(at)) return { outcome: 'already', evidence: 'seen' };
      if (attempt.mode === 'look') return failed('not seen');
      at.highestStep = Math.max(at.highestStep, attempt.stepNumber);
      change(at, host.name);
      this.#count();
      return done('seen after it');
    };
  }

  /** Application hosts that serve the target and are in service. */
  finished(): string[] {
    return applicationHosts(this.installation).map((host) => host.name)
      .filter((name) => this.host(name).serves === this.target && this.host(name).inService);
  }
}

export function done(evidence: string): StepOutcome {
  return { outcome: 'done', evidence };
}
export function failed(evidence: string): StepOutcome {
  return { outcome: 'failed', evidence };
}
export function notNow(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'NotNow', nextRetryDelay: '15s' });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What every fake installation has: hosts with locks, the order of what was done to them, what a test makes an activity do
 * instead, and `violations`: what must never be done to a host. A fake stands in for a product's activities.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { SharedActivities } from '../../activities/contract.ts';
import { checkInstallation } from '../../src/installation/check.ts';
import { messageOf } from '../../src/installation/problems.ts';
import type { Installation } from '../../src/upgrade/installation-urbancode.ts';
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import { done, failed } from './fake-outcomes.ts';

export interface FakeMachine {
  readonly name: string;
  locked: string | null;
  highestStep: number;
  /** The site's `before` was begun and its `after` has not ended well; outlives a run. */
  quiesced: boolean;
  /** The load balancer leads to it. */
  inService: boolean;
}

type Input = { host?: { name: string } | string; hosts?: readonly { name: string }[]; attempt?: Attempt };
/** What a fault does instead of the activity; returning undefined lets it go on as usual. */
type Fault = (times: number, input: Input) => unknown;
type Change<Machine> = (host: Machine, attempt: Attempt) => StepOutcome | void;

/** A result typed into the Temporal UI: the worker's interceptor never saw it, so it carries no token. */
export class TypedByHand {
  readonly value: unknown;
  constructor(value: unknown) { this.value = value; }
}

export abstract class FakeWorld<Machine extends FakeMachine = FakeMachine> {
  /** The workflow's type. */
  abstract readonly runbook: string;
  abstract readonly installation: Installation;
  abstract readonly hosts: ReadonlyMap<string, Machine>;
  /** Every act in order, as `<activity>:<host>`; looks are left out. */
  readonly acts: string[] = [];
  /** The token of every act, in the same order. */
  readonly tokens: string[] = [];
  /** Looks and acts in order. */
  readonly calls: string[] = [];
  readonly installs: Record<string, number> = {};
  readonly violations: string[] = [];
  backupTooOld = (_takenAt: string): boolean => false;
  readonly #faults = new Map<string, Fault>();
  readonly #times = new Map<string, number>();
  readonly #jobs = new Map<string, StepOutcome>();

  /** The activities of the contract, over this memory, as a worker would register them. */
  abstract activities(): object;

  host(name: string): Machine {
    const found = this.hosts.get(name);
    if (!found) throw new Error(`no fake host ${name}`);
    return found;
  }

  named(hosts: readonly { name: string }[]): Machine[] {
    return hosts.map(({ name }) => this.host(name));
  }

  /** Makes an activity do something else: `fault('installPackage:om-2', (times) => times === 1 ? failed('…') : undefined)`. */
  fault(what: string, fault: Fault): void {
    this.#faults.set(what, fault);
  }

  /** Makes every activity, on every host, behave so the first time. */
  everywhere(firstTime: (name: string) => unknown): void {
    for (const name of Object.keys(this.activities())) {
      for (const what of [name, ...[...this.hosts.keys()].map((host) => `${name}:${host}`)]) this.fault(what, (times) => (times === 1 ? firstTime(name) : undefined));
    }
  }

  /** How often an activity ran, looks included: `times('whyNotNow:om-2')`. */
  times(what: string): number {
    return this.#times.get(what) ?? 0;
  }

  get target(): string {
    return this.installation.target.version;
  }

  locks(): (string | null)[] {
    return [...this.hosts.values()].map((host) => host.locked);
  }

  /** What is counted after every activity. */
  protected counted(): void {}

  protected must(holds: boolean, violation: string): void {
    if (!holds) this.violations.push(violation);
  }

  /** Activities that are recorded, and behave otherwise where a test says so. */
  protected recorded<World extends object>(world: World): World {
    return Object.fromEntries(Object.entries(world).map(([name, run]) => [name, async (input: Input) => {
      const host = typeof input.host === 'string' ? input.host : input.host?.name;
      const what = host ? `${name}:${host}` : name;
      const times = this.times(what) + 1;
      this.#times.set(what, times);
      this.calls.push(what);
      if (input.attempt?.mode === 'act' && !name.startsWith('preflight')) {
        this.acts.push(what);
        this.tokens.push(input.attempt.token);
      }
      const changed = await this.#faults.get(what)?.(times, input);
      if (changed instanceof TypedByHand) return changed.value;
      const result = changed ?? await (run as (input: Input) => Promise<unknown>)(input);
      this.counted();
      return input.attempt && isObject(result) ? { ...result, token: input.attempt.token } : result;
    }])) as unknown as World;
  }

  /** What activities of every product do. */
  protected shared(): Omit<SharedActivities, 'drain' | 'putBack'> {
    return {
      checkInstallation: async ({ installation }) => {
        const checked = checkInstallation(installation);
        if ('installation' in checked) return checked.installation;
        throw ApplicationFailure.nonRetryable(checked.problems.map(messageOf).join('\n'), 'Refused');
      },
      checkBackupAge: async ({ takenAt }) => ({ tooOld: this.backupTooOld(takenAt), says: 'The backup is 9 hours old.' }),
      takeLocks: async ({ hosts, attempt }) => {
        // A step number belongs to its lock: that of a closed run is adopted, and counts anew.
        const { firstExecutionRunId } = attempt.owner;
        for (const host of this.named(hosts)) if (host.locked !== firstExecutionRunId) Object.assign(host, { locked: firstExecutionRunId, highestStep: 0 });
        return done('locked');
      },
      releaseLocks: async ({ hosts, attempt }) => {
        for (const host of this.named(hosts)) if (host.locked === attempt.owner.firstExecutionRunId) host.locked = null;
        return done('unlocked');
      },
      backUp: async () => ({ ...done('dump written'), takenAt: '2026-11-21T03:00:00.000Z' }),
      quiesceHost: this.act((host) => { host.quiesced = true; }),
      unquiesceHost: this.act((host) => { host.quiesced = false; }),
    };
  }

  /** Look, act, look again over the memory. A token's job runs once; without the lock, or late, nothing is done. */
  protected act(change: Change<Machine>, holds: (host: Machine) => boolean = () => false) {
    return async ({ host, attempt }: { host: { name: string; platform?: string }; attempt: Attempt }): Promise<StepOutcome> => {
      const at = this.host(host.name);
      const before = this.#jobs.get(attempt.token);
      if (before && attempt.mode === 'act') return before;
      if (holds(at)) return { outcome: 'already', evidence: `${host.name}: seen` };
      if (attempt.mode === 'look') return failed(`${host.name}: not seen`);
      if (host.platform !== 'windows') this.guarded(at, attempt); // there a person acts, and nothing is locked
      const outcome = change(at, attempt) ?? done(`${host.name}: seen after it`);
      this.#jobs.set(attempt.token, outcome);
      this.counted();
      return outcome;
    };
  }

  /** With the lock, and not late. */
  protected guarded(at: Machine, attempt: Attempt): void {
    this.must(at.locked === attempt.owner.firstExecutionRunId, `${attempt.token} acted on ${at.name} without its lock`);
    this.must(attempt.stepNumber > at.highestStep, `${attempt.token} acted late on ${at.name}`);
    at.highestStep = attempt.stepNumber;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

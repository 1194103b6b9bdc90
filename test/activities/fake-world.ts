/** A world of fake machines: the ports that every product's activities stand on, and a way to run one as Temporal would. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Ports } from '../../activities/ports.ts';
import type { HostSession } from '../../src/ssh/port.ts';
import { createSecrets } from '../../src/secrets/secrets.ts';
import type { Attempt, LockOwner, Seen } from '../../src/upgrade/outcome.ts';

// Activities that throw on purpose would fill the test's output with warnings.
const QUIET = new DefaultLogger('ERROR');

export const CLUSTER = { clusterId: 'cluster-1', namespace: 'default' };

export abstract class World<Host extends HostSession, Activities extends { readonly [Name in keyof Activities]: (input: never) => Promise<unknown> }> {
  readonly clock = { time: 1_000_000 };
  readonly hosts = new Map<string, Host>();
  runClosed: Seen = 'yes';
  /** When the activity was scheduled, where that is not now: it is the same for every retry. */
  scheduled: number | null = null;
  readonly #owner: LockOwner;
  #step = 0;

  constructor(owner: LockOwner) {
    this.#owner = owner;
  }

  abstract readonly activities: Activities;

  host(name: string): Host {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`there is no fake host ${name}`);
    return host;
  }

  attempt(step: string, mode: Attempt['mode'] = 'act'): Attempt {
    this.#step += 1;
    return { token: `${this.#owner.firstExecutionRunId}/${step}#1`, owner: this.#owner, stepNumber: this.#step, mode };
  }

  /** One Temporal attempt at an activity. */
  run<Name extends keyof Activities>(name: Name, input: Parameters<Activities[Name]>[0]): ReturnType<Activities[Name]> {
    return this.environment().run(this.activities[name] as never, input as never) as ReturnType<Activities[Name]>;
  }

  environment(heartbeatDetails?: unknown): MockActivityEnvironment {
    return new MockActivityEnvironment({ heartbeatDetails, scheduledTimestampMs: this.scheduled ?? this.clock.time }, { logger: QUIET });
  }

  /** Runs it as the workflow does: again and again while it says that time cures it. Returns what it said meanwhile, too. */
  async await<Name extends keyof Activities>(name: Name, input: Parameters<Activities[Name]>[0]): Promise<{ result: Awaited<ReturnType<Activities[Name]>>; notNow: string[] }> {
    for (const notNow: string[] = []; ;) {
      try {
        return { result: await (this.run(name, input) as Promise<Awaited<ReturnType<Activities[Name]>>>), notNow };
      } catch (error) {
        if ((error as { type?: string }).type !== 'NotNow' || notNow.length > 200) throw error;
        notNow.push((error as Error).message);
        this.clock.time += 10_000;
      }
    }
  }

  /** `env`: where the secrets of the file are. */
  protected ports(installation: Extract<ReturnType<Ports['checkInstallation']>, { installation: unknown }>['installation'], env: Readonly<Record<string, string>>): Ports {
    return {
      hosts: { session: ({ name }) => this.host(name), close: async () => {} },
      secrets: createSecrets({ folder: '/', env }),
      workerPath: (path) => path,
      cluster: CLUSTER,
      isRunClosed: async () => this.runClosed,
      checkInstallation: () => ({ installation }),
      clock: {
        now: () => new Date(this.clock.time),
        pause: async (milliseconds, signal) => {
          signal?.throwIfAborted();
          this.clock.time += milliseconds;
        },
      },
    };
  }
}

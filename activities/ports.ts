/** What activities need from the world. The worker puts the real things in, tests a fake installation. */
import type { Secrets } from '../src/secrets/secrets.ts';
import type { Hosts } from '../src/ssh/port.ts';
import type { Installation } from '../src/upgrade/installation-urbancode.ts';
import type { Seen } from '../src/upgrade/outcome.ts';

export interface Clock {
  now(): Date;
  /** Rejects with the signal's reason as soon as it is aborted. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Ports {
  readonly hosts: Hosts;
  readonly secrets: Secrets;
  /** A path of the installation file on this worker: relative ones start at its configured folder. */
  workerPath(path: string): string;
  /** Which Temporal this worker belongs to: locks of another one are never adopted. */
  readonly cluster: { readonly clusterId: string; readonly namespace: string };
  /** Is the run whose lock was found closed for good? `unknown` when Temporal does not know it or does not answer. */
  isRunClosed(workflowId: string, firstExecutionRunId: string): Promise<Seen>;
  /** Checks against the full schema: the installation, or every problem as one sentence. */
  checkInstallation(input: unknown): { readonly installation: Installation } | { readonly problems: readonly string[] };
  readonly clock: Clock;
}

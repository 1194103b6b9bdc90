/**
 * What every runbook may ask of the world; each product adds its own. Workflows import these types and nothing else of
 * this room.
 *
 * Looks change nothing and may be repeated at will. Acts look, act and look again; each carries an `Attempt` whose
 * token makes repeating it harmless. What was seen, failed and unknown included, is returned; only `Unreachable`,
 * `NotNow`, `Refused` and cancellation are thrown. An act whose remote job runs for more than a minute throws `NotNow`
 * and attaches to the job again when it is retried: its deadline is the workflow's timer.
 */
import type { DatabaseBackup, LoadBalancer, Quiesce, Reachable } from '../src/upgrade/installation.ts';
import type { Installation } from '../src/upgrade/installation-urbancode.ts';
import type { Attempt, StepOutcome } from '../src/upgrade/outcome.ts';

export interface OnHost<Host extends Reachable = Reachable> { readonly host: Host; readonly attempt: Attempt }
export interface OnAllHosts { readonly hosts: readonly Reachable[]; readonly attempt: Attempt }
export interface OnLoadBalancer extends OnHost {
  readonly loadBalancers: readonly LoadBalancer[];
  /** Whose lock is compared, where the host itself has none. */
  readonly lockedOn?: Reachable | undefined;
}
/** A host with the site's own commands around the work on it. */
export type Quiesced = Reachable & { readonly quiesce?: Quiesce | undefined };

export interface SharedLooks {
  /** Checks the workflow's input against the full schema; anyone can start one with `temporal`. Throws `Refused` with all problems. */
  checkInstallation(input: { readonly installation: unknown }): Promise<Installation>;
  /** Is the backup younger than its `maxAge`? */
  checkBackupAge(input: { readonly takenAt: string; readonly maxAge: string }): Promise<{ readonly tooOld: boolean; readonly says: string }>;
}

export interface SharedActs {
  /** All hosts or none. A lock of a run that is known to be closed is adopted; any other refuses with the way out. */
  takeLocks(input: OnAllHosts): Promise<StepOutcome>;
  releaseLocks(input: OnAllHosts): Promise<StepOutcome>;
  backUp(input: OnHost & { readonly backup: DatabaseBackup }): Promise<StepOutcome & { readonly takenAt: string }>;
  /** The site's `quiesce.before`; that its `after` is due is noted on the host first. */
  quiesceHost(input: OnHost<Quiesced>): Promise<StepOutcome>;
  unquiesceHost(input: OnHost<Quiesced>): Promise<StepOutcome>;
  drain(input: OnLoadBalancer): Promise<StepOutcome>;
  putBack(input: OnLoadBalancer): Promise<StepOutcome>;
}

export type SharedActivities = SharedLooks & SharedActs;

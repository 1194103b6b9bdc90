/**
 * Everything an upgrade remembers, as one plain object; each product adds what only it must know. It is the second argument of the workflow, so that
 * continue-as-new carries it over whole: finished steps, early approvals, hold, question counters, host states.
 */
import type { Finding, Plan } from '../../src/upgrade/plan.ts';
import type { Held, HostView, Phase, TimelineEntry, Wait, WatchSummary } from '../../src/upgrade/view.ts';

/** A person's approval of a gate. `at` is when it was said; the gate may open later. */
export interface Approval { readonly at: string; readonly by: string; readonly note?: string | undefined }

export interface UpgradeState {
  phase: Phase;
  from: string | null;
  held: Held | null;
  aborting: { since: string; by: string; reason?: string | undefined } | null;
  /** By gate id; filled early or while the gate waits. */
  approvals: Record<string, Approval>;
  /** Ids of the last messages that were heard. */
  heard: string[];
  /** Gates that were passed, and when they opened. */
  passed: Record<string, string>;
  /** Finished steps by `<step>:<host>`; what is here is never run again. */
  journal: Record<string, string>;
  /** The `n` of the job token, by `<step>:<host>`. */
  attempts: Record<string, number>;
  /** The `n` of the question id, by `<step>:<host>`. */
  questions: Record<string, number>;
  waits: Wait[];
  hosts: HostView[];
  timeline: TimelineEntry[];
  findings: readonly Finding[];
  plan: Plan | null;
  /** Grows with every step scheduled; hosts refuse an older one. */
  stepNumber: number;
  locked: boolean;
  /** When a backup was last taken, by its name. */
  backupsTakenAt: Record<string, string>;
  /** Hosts that this or an earlier run has quiesced and not ended it. */
  hostsQuiesced: string[];
  /** What a watch through the load balancer saw; none where the procedure takes the service away. */
  watch: WatchSummary | null;
  /** The start carried `LockkeeperInstallation`, so the attributes are registered here. */
  searchable: boolean;
}

export function freshState(searchable: boolean): UpgradeState {
  return {
    phase: 'preflight', from: null, held: null, aborting: null, heard: [],
    approvals: {}, passed: {}, journal: {}, attempts: {}, questions: {},
    waits: [], hosts: [], timeline: [], findings: [], plan: null,
    stepNumber: 0, locked: false, backupsTakenAt: {}, hostsQuiesced: [], watch: null, searchable,
  };
}

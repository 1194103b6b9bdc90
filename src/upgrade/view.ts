/** The one view-model: the `status` query, the current details, the CLI's status and watch all show this. */
import type { Choice } from './messages.ts';
import type { Finding, Plan } from './plan.ts';

export type Phase =
  | 'preflight' | 'backup' | 'upgrading' | 'finishing' | 'done' | 'refused' | 'aborted';

export type Meanings = Readonly<Partial<Record<Choice, string>>>;

/** Something a person is waited for. Times are ISO 8601 in UTC. */
export interface Wait {
  readonly id: string;
  readonly kind: 'gate' | 'question';
  readonly asks: string;
  /** Empty for a gate. */
  readonly choices: readonly Choice[];
  /** What choosing so does here, where the usual words would say too little, or something else. */
  readonly means?: Meanings | undefined;
  readonly evidence: string;
  readonly since: string;
}

export type HostState =
  | 'waiting' | 'draining' | 'stopping' | 'stopped' | 'installing' | 'starting' | 'soaking' | 'upgraded' | 'left-stopped' | 'unknown';

export interface HostView {
  readonly name: string;
  readonly roles: readonly string[];
  /** Last version seen; absent when none could be seen. */
  readonly version?: string | undefined;
  readonly state: HostState;
  readonly step?: string | undefined;
  readonly since: string;
}

export interface TimelineEntry {
  readonly at: string;
  readonly host?: string | undefined;
  readonly step: string;
  readonly outcome: string;
  readonly evidence?: string | undefined;
  readonly by?: string | undefined;
}

export interface Held { readonly since: string; readonly by: string; readonly now: boolean; readonly reason?: string | undefined }

export interface UpgradeView {
  readonly installation: string;
  readonly product: string;
  readonly from: string | null;
  readonly to: string;
  readonly phase: Phase;
  readonly held: Held | null;
  readonly aborting: { readonly since: string; readonly by: string; readonly reason?: string | undefined } | null;
  readonly waitingFor: readonly Wait[];
  readonly hosts: readonly HostView[];
  /** The last 50 entries, without evidence; the report has all of them. */
  readonly timeline: readonly TimelineEntry[];
  readonly findings: readonly Finding[];
  readonly plan: Plan | null;
  /** When machine work would end if nobody were waited for; null while a person is waited for or nothing is known. */
  readonly eta: string | null;
}

/** What the workflow returns, or carries in the details of its failure: under 16 KB. */
export interface UpgradeSummary {
  readonly installation: string;
  readonly phase: Phase;
  readonly from: string | null;
  readonly to: string;
  readonly headline: string;
  readonly hosts: readonly HostView[];
  readonly watch: WatchSummary | null;
  readonly refusals?: readonly Finding[] | undefined;
}

/** What the watch through the load balancer saw, summed up. */
export interface WatchSummary {
  readonly probes: number;
  readonly answered: number;
  /** Longest time without an answer, in milliseconds. */
  readonly longestGapMs: number;
}

/** What preflight saw and what would be done: the shapes that the gate `start` shows a person. */
import type { ManagedDaemon } from './backup-jobs.ts';
import type { Seen } from './outcome.ts';

/** `refused` ends the upgrade before anything is touched; `unknown` and `warning` are shown at the gate. */
export type Verdict = 'ok' | 'warning' | 'refused' | 'unknown';

export interface Finding {
  /** The host it is about; absent when it is about the installation. */
  readonly host?: string | undefined;
  /** What was looked at, in one or two words: "host key", "gen.key", "disk". */
  readonly subject: string;
  readonly verdict: Verdict;
  /** One sentence: what was found and, unless ok, the way out. */
  readonly says: string;
}

/** A Backup Daemon as it was seen on one host. */
export interface DaemonSighting {
  readonly host: string;
  readonly running: Seen;
  readonly enabledAtBoot?: Seen | undefined;
  /** Its line in the process list. */
  readonly process?: string | undefined;
  /** How long its job seems to have run, in words, from its log. */
  readonly job?: string | undefined;
  /** The end of its log. */
  readonly logTail?: string | undefined;
}

/** A unit by which systemd owns a service, as preflight saw it. */
export interface OwningUnit {
  readonly name: string;
  /** Whether systemd starts it at boot: an install must leave that as it was. */
  readonly atBoot: Seen;
}
export type OwningUnits = Readonly<Partial<Record<'application' | 'backupDaemon', OwningUnit>>>;

/** One host as preflight saw it. */
export interface HostFacts {
  readonly name: string;
  readonly roles: readonly string[];
  /** major.minor.patch of the installed package; absent when it could not be seen. */
  readonly installed?: string | undefined;
  /** major.minor.patch that the host itself serves; absent for daemon-only hosts or when it does not answer. */
  readonly serves?: string | undefined;
  /** Package on the target, application healthy and serving it (daemon-only: package on the target). */
  readonly finished: boolean;
  readonly healthy: boolean;
  readonly daemon: DaemonSighting;
  /** Absent where systemd is not PID 1, and where it could not be seen. */
  readonly units?: OwningUnits | undefined;
  /** What an earlier run noted here and has not undone: that it quiesced the host, and whose backup jobs it switched off. */
  readonly quiesced?: boolean | undefined;
  readonly backupJobsOff?: readonly ManagedDaemon[] | undefined;
}

/** What will be typed on one host, in order, as a person would type it. */
export interface HostPlan {
  readonly name: string;
  /** What it is for: the role by which its product tells what is done on it, `application`, `backup-daemon`, `server`. */
  readonly kind: 'application' | 'backup-daemon' | 'server' | 'standby' | 'front-end';
  readonly finished: boolean;
  readonly commands: readonly { readonly step: string; readonly typed: string }[];
  readonly expectedMinutes: number;
}

export interface Plan {
  readonly from: string;
  readonly to: string;
  /** In the order in which they are upgraded. */
  readonly hosts: readonly HostPlan[];
  /** Sentence that names the last moment at which the old version can still be started again. */
  readonly lastReversible: string;
  readonly expectedMinutes: number;
}

export interface Preflight<Facts = HostFacts> {
  readonly findings: readonly Finding[];
  readonly hosts: readonly Facts[];
  readonly plan: Plan;
}

export function refusals(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => finding.verdict === 'refused');
}

/** What the Ops Manager runbook may ask of the world, beside what every runbook may (`../contract.ts`). */
import type { LoadBalancer, OpsManagerHost, OpsManagerInstallation, OpsManagerPolicy, Package } from '../../src/upgrade/installation.ts';
import type { ManagedDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { Attempt, LockOwner, Seen, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { DaemonSighting, OwningUnits, Preflight } from '../../src/upgrade/plan.ts';
import type { WatchSummary } from '../../src/upgrade/view.ts';
import type { OnHost as OnAnyHost, SharedActivities } from '../contract.ts';

export type OnHost = OnAnyHost<OpsManagerHost>;
/** Settings of Backup Daemons, asked of the application hosts by the API; what is owed is noted on all hosts. */
export interface BackupJobs {
  readonly hosts: readonly OpsManagerHost[];
  readonly api: NonNullable<OpsManagerInstallation['api']>;
  readonly attempt: Attempt;
  /** Daemons that are known to be switched off, beside those that the hosts' notes name. */
  readonly off?: readonly ManagedDaemon[] | undefined;
}
/** `off`: daemons that took jobs before and are, or may be, switched off now: what is still to be undone. */
export type BackupJobsOutcome = StepOutcome & { readonly off: readonly ManagedDaemon[] };

/** A start that is awaited. `startedAfter`: the process must be younger than this moment (ISO 8601); for restarts. */
export interface AwaitedStart {
  readonly host: OpsManagerHost;
  /** Whose saved copy of gen.key the key is compared with. */
  readonly owner: LockOwner;
  readonly version: string;
  readonly health: OpsManagerPolicy['health'];
  readonly startedAfter?: string | undefined;
}

/** How the application on one host looks while it starts. */
export interface StartSighting {
  /** A ServerMain process lives. */
  readonly process: Seen;
  /** A MigrationRunner lives or the migration log grew since the last look: nothing may restart it. */
  readonly migrating: Seen;
  /** Healthy `consecutive` times and serving the wanted version, by a process started after the install. */
  readonly serving: Seen;
  /** "Generating new Ops Manager private key" was printed, or gen.key is not the saved one: the shared key is lost. */
  readonly keyLost: boolean;
  readonly version?: string | undefined;
  /** Last stage lines from its logs. */
  readonly evidence: string;
}

/** At what point a host is about to go down. */
export type GoingDown = 'drain' | 'stop' | 'restart';

export interface ClearToGoDown {
  readonly why: string | null;
  /** Before a stop: a load balancer sends it requests (`in`), or its sessions there are not over (`busy`); else absent. */
  readonly balanced?: { readonly is: 'in' | 'busy'; readonly says: string } | undefined;
}

export interface OpsManagerLooks {
  /** Looks at every host at once, the Application Database and the load balancers. Changes only the canary job's folder. */
  preflight(input: { readonly installation: OpsManagerInstallation; readonly owner: LockOwner; readonly attempt: Attempt }): Promise<Preflight>;
  /** Why the host may not go down now, as a sentence for people; null when it may. Asked right before every drain and stop. */
  whyNotNow(input: { readonly installation: OpsManagerInstallation; readonly host: string; readonly owner: LockOwner; readonly before: GoingDown }): Promise<ClearToGoDown>;
  /** Is the target on its disk, and served by a process younger than that install? Then somebody else upgraded it. */
  lookAtUpgraded(input: { readonly host: OpsManagerHost; readonly version: string }): Promise<{ readonly upgraded: Seen; readonly evidence: string }>;
  lookAtBackupDaemons(input: { readonly hosts: readonly OpsManagerHost[] }): Promise<readonly DaemonSighting[]>;
  /** Returns when no daemon runs on any of the hosts; until then throws `NotNow`, which names those that do. No deadline of its own. */
  awaitBackupDaemonsStopped(input: { readonly hosts: readonly OpsManagerHost[] }): Promise<StepOutcome>;
  lookAtStart(input: AwaitedStart): Promise<StartSighting>;
  /** Returns when the host serves the version, or when its process died or the key is lost (failed); until then `NotNow`. */
  awaitServing(input: AwaitedStart): Promise<StepOutcome & { readonly sighting: StartSighting }>;
  /** `on`: two versions served, reads answered. `off`: one version everywhere. With `api`, the write that can change nothing too. */
  seeUpgradeMode(input: { readonly hosts: readonly OpsManagerHost[]; readonly expected: 'on' | 'off'; readonly attempt?: Attempt; readonly api?: OpsManagerInstallation['api'] }): Promise<StepOutcome>;
  /** Watches the host stay healthy for the whole time; heartbeats. `failed` when it does not. */
  soak(input: { readonly host: OpsManagerHost; readonly version: string; readonly for: string; readonly every: string; readonly attempt?: Attempt }): Promise<StepOutcome>;
  /** Runs until cancelled: one probe of health and one unauthenticated read through the load balancer every 5 s. Heartbeats its sums. */
  watchService(input: { readonly loadBalancers: readonly LoadBalancer[]; readonly through: OpsManagerHost; readonly soFar: WatchSummary | null }): Promise<WatchSummary>;
}

export interface OpsManagerActs {
  /** Copies gen.key and the configuration files into a root-only folder on the host, with checksums. */
  saveConfiguration(input: OnHost): Promise<StepOutcome>;
  /** Brings the package into a root-owned folder on the host and proves name, version, architecture, sha256; dry run. */
  stagePackage(input: OnHost & { readonly package: Package; readonly version: string }): Promise<StepOutcome>;
  /** Keeps new backup jobs away; a daemon that a person disabled is left alone. `failed` says why it goes without. */
  switchBackupJobsOff(input: BackupJobs): Promise<BackupJobsOutcome>;
  /** Exactly the daemons that `switchBackupJobsOff` of this or an earlier run switched off. */
  switchBackupJobsOn(input: BackupJobs): Promise<BackupJobsOutcome>;
  stopBackupDaemon(input: OnHost & { readonly way: 'service' | 'init-script' }): Promise<StepOutcome>;
  startBackupDaemon(input: OnHost & { readonly version: string }): Promise<StepOutcome>;
  /** Stops the application and proves both processes gone. */
  stopApplication(input: OnHost): Promise<StepOutcome>;
  /**
   * Installs the staged package over the stopped host; proves package, configuration, that nothing was started, and that systemd
   * starts at boot what it started before (`units`, as preflight saw them). `unfinished`: it stopped half-way.
   */
  installPackage(input: OnHost & { readonly package: Package; readonly version: string; readonly units?: OwningUnits | undefined }): Promise<StepOutcome & { readonly unfinished?: boolean }>;
  /** Of a `linux` host: the old tree in the place of a new one that was never started; `failed` when it was, or runs. */
  takeBackTree(input: OnHost & { readonly package: Package; readonly version: string }): Promise<StepOutcome>;
  /** Asserts gen.key, starts the application and sees its process. Whether it serves is `awaitServing`'s question. */
  startApplication(input: OnHost): Promise<StepOutcome>;
  /** Removes finished job folders of this upgrade, the staged package, and all notes: what they owe was undone before, or is told at the end. */
  cleanUp(input: OnHost): Promise<StepOutcome>;
}

export type OpsManagerActivities = SharedActivities & OpsManagerLooks & OpsManagerActs;

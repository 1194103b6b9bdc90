/** What the UrbanCode Deploy runbook may ask of the world, beside what every runbook may (`../contract.ts`). */
import type { Package } from '../../src/upgrade/installation.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation, UrbancodeDeployPolicy } from '../../src/upgrade/installation-urbancode.ts';
import type { Attempt, LockOwner, Seen, StepOutcome } from '../../src/upgrade/outcome.ts';
import type { Preflight } from '../../src/upgrade/plan.ts';
import type { AgentSighting } from '../../src/upgrade/agents.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import type { Work } from '../../src/upgrade/urbancode-work.ts';
import type { OnHost, SharedActivities } from '../contract.ts';

export type OnServer = OnHost<UrbancodeDeployHost>;
export interface OnInstallation { readonly installation: UrbancodeDeployInstallation; readonly attempt: Attempt }

/** What runs now. `idle` is unknown where no server could be asked. */
export interface WorkSighting { readonly idle: Seen; readonly work: readonly Work[]; readonly says: string }

/** A host on which the full stop is not proven. */
export interface NotDown {
  readonly host: string;
  /** `stale`: nothing runs, and a pid file is left, which an installer would stumble over. */
  readonly is: 'alive' | 'stale' | 'unknown';
  readonly says: string;
}

export interface FullStop {
  /** Every host was seen to be down, within one short interval. */
  readonly down: Seen;
  readonly notDown: readonly NotDown[];
  /** What else forbids: the load balancer still leads somewhere, the database still has sessions. */
  readonly why: string | null;
  readonly says: string;
}

/** What may not live, and what else must be so: asked before the first installer and before every other. */
export interface WholeStop {
  readonly installation: UrbancodeDeployInstallation;
  /** Names of the hosts that must be down: all of them before the first installer. */
  readonly hosts: readonly string[];
  /** Also the load balancer and the database's sessions: only while every host is down. */
  readonly everything: boolean;
}

export interface ServerStart {
  readonly host: UrbancodeDeployHost;
  readonly version: string;
  readonly health: UrbancodeDeployPolicy['health'];
}

/** How a server looks while it starts. */
export interface ServerSighting {
  readonly process: Seen;
  /** Of the wanted version by its own mark and by its page or the ready line in its log, or started since the mark where neither names one; answering `consecutive` times. */
  readonly serving: Seen;
  readonly version?: string | undefined;
  readonly evidence: string;
}

export interface ServerInstall extends OnServer {
  readonly package: Package;
  readonly version: string;
  readonly fips: boolean;
  /** Looked at right before the installer starts: whatever is not down keeps it from starting. */
  readonly stop: WholeStop;
  /** A person says that database and files are restored: only then it is run where an installer of this or an earlier run ended half-way. */
  readonly again: boolean;
}

export interface UrbancodeDeployLooks {
  /** Looks at every host at once. Changes nothing but the canary job's folder and a probe file in application data, which it removes. */
  preflightServers(input: { readonly installation: UrbancodeDeployInstallation; readonly owner: LockOwner; readonly attempt: Attempt }): Promise<Preflight<ServerFacts>>;
  /** Which processes run for people, asked of a server with the token. */
  lookAtWork(input: { readonly installation: UrbancodeDeployInstallation }): Promise<WorkSighting>;
  /** Returns when nothing runs; until then throws `NotNow`, which says what does. No deadline of its own. */
  awaitIdle(input: { readonly installation: UrbancodeDeployInstallation }): Promise<WorkSighting>;
  /** Agents and relays, asked with the token. What cannot be read is null, never an error: the upgrade does not depend on it. */
  lookAtAgents(input: { readonly installation: UrbancodeDeployInstallation }): Promise<AgentSighting>;
  lookAtFullStop(input: WholeStop): Promise<FullStop>;
  /** Returns as soon as something of a server is seen alive on one of these hosts; until then, and of what it cannot see, it goes on watching. Heartbeats; cancelled when the installer has ended. */
  watchForServers(input: { readonly hosts: readonly UrbancodeDeployHost[]; readonly every: string }): Promise<NotDown>;
  /** What a person has to move to get from the old layout to the new one, as the host that has it shows it. */
  lookAtStorage(input: { readonly installation: UrbancodeDeployInstallation }): Promise<{ readonly evidence: string }>;
  lookAtServer(input: ServerStart): Promise<ServerSighting>;
  /** Returns when the server serves the version, or when its process died (failed); until then `NotNow`. */
  awaitServer(input: ServerStart): Promise<StepOutcome & { readonly sighting: ServerSighting }>;
  /** Patches, keystores and what was customised, as they are now: compared with what preflight saw, for the report. */
  compareKept(input: { readonly host: UrbancodeDeployHost; readonly before: ServerFacts; readonly appData: string }): Promise<{ readonly says: readonly string[] }>;
}

export interface UrbancodeDeployActs {
  /** Uploads, checks and extracts the package, and keeps its own install.properties beside. Nothing is stopped. */
  stageServer(input: OnServer & { readonly package: Package; readonly version: string }): Promise<StepOutcome>;
  /** Running work goes on, nothing new begins. That it is to be switched off again is noted on every host first. */
  switchMaintenanceOn(input: OnInstallation): Promise<StepOutcome>;
  switchMaintenanceOff(input: OnInstallation): Promise<StepOutcome>;
  /** Cancels these, each once, and sees each of them gone. */
  cancelWork(input: OnInstallation & { readonly work: readonly Work[] }): Promise<StepOutcome>;
  /** Whatever could start the server by itself is switched off; what was on is noted on the host first. */
  disableAutostart(input: OnServer): Promise<StepOutcome>;
  /** Exactly as it was before this or an earlier run switched it off. */
  restoreAutostart(input: OnServer): Promise<StepOutcome>;
  /** By the service script; proves that nothing of the server lives. */
  stopServer(input: OnServer): Promise<StepOutcome>;
  /** TERM, then KILL, of exactly the server's own JVM as it is seen now. */
  signalServer(input: OnServer): Promise<StepOutcome>;
  /**
   * Is everything of the old layout in application data, and writable there by the server's user on every host? Its evidence
   * names what is not, each with its move, as `lookAtStorage` does. Changes nothing but a probe file.
   */
  proveStorage(input: OnInstallation): Promise<StepOutcome>;
  /** Only where nothing of the server lives. */
  removePidFile(input: OnServer): Promise<StepOutcome>;
  /**
   * Runs the installer as the install dir's owner on a host that is down; the node's own version mark is the proof. That it
   * begins is noted on the host first, until the mark is there. By act and by look alike:
   *
   * - `failed`: it was not begun, so nothing was changed.
   * - `failed` and `unfinished`: it was begun, by this or an earlier run, it does not run any more, and the mark is not
   *   there: database and files may be half new. On Windows: here is what to type, and a person may have begun.
   * - `unknown`: it may still run, or how it stands cannot be seen.
   */
  installServer(input: ServerInstall): Promise<StepOutcome & { readonly unfinished?: boolean | undefined }>;
  /** One of the file's `restore` commands. Not begun (`failed`) while a server or an installer lives, or while that cannot be seen. */
  restoreBackup(input: OnServer & { readonly command: string; readonly index: number; readonly stop: WholeStop }): Promise<StepOutcome>;
  /** By the service script; sees the process. Whether it serves is `awaitServer`'s question. */
  startServer(input: OnServer): Promise<StepOutcome>;
  /** Removes what was staged, finished job folders and all notes. */
  cleanUpServer(input: OnServer): Promise<StepOutcome>;
}

export type UrbancodeDeployActivities = SharedActivities & UrbancodeDeployLooks & UrbancodeDeployActs;

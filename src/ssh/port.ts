/**
 * What the rest of Lockkeeper may do on a host. One connection per host is kept and shared; every call takes the
 * activity's cancellation signal. Errors are `Unreachable` (nothing is known), everything seen is a returned value.
 */
import type { Duplex } from 'node:stream';
import type { Command } from '../upgrade/command.ts';
import type { Attempt } from '../upgrade/outcome.ts';
import type { Reachable } from '../upgrade/installation.ts';

/** How a command ended. `code` undefined: the channel closed without an exit status. That is unknown, never success. */
export interface Ran {
  readonly code: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Output beyond the limit was dropped. */
  readonly truncated: boolean;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call gives up with `Unreachable`; the command may still run. Default 30,000: looks are short. */
  readonly timeoutMs?: number | undefined;
  /** Sent to the command, then stdin is closed. Without it stdin is empty. */
  readonly stdin?: string | undefined;
  /** Characters kept of each stream; default 262,144. */
  readonly maxOutput?: number | undefined;
  /** stdout as it came, secrets included: only for what is compared in memory and never kept or shown. */
  readonly unredacted?: boolean | undefined;
}

/** A command that sudo would not run, with the sentence why. `missing`: the program, where sudo finds none. */
export interface Forbidden { readonly command: Command; readonly why: string; readonly missing?: string | undefined }

/** A remote job as its folder and the host's process list show it. */
export type JobSighting =
  | { readonly state: 'absent' }
  | { readonly state: 'running'; readonly pid: number; readonly output: string }
  | { readonly state: 'finished'; readonly code: number; readonly output: string }
  /** Claimed, but no exit status and no process: the host rebooted or the job was killed. Nobody knows how far it came. */
  | { readonly state: 'lost'; readonly why: string; readonly output: string; /** It is certain that nothing was run, and nothing will be. */ readonly nothingRan?: boolean | undefined }
  /** Not started: the lock is not ours, a newer step has passed, or another job of this upgrade still lives. */
  | { readonly state: 'refused'; readonly why: string };

export interface RemoteJob {
  readonly name: string;
  readonly command: Command;
  /** For the canary job of preflight, which runs before there is a lock. */
  readonly unlocked?: boolean | undefined;
  /** May start while another job of this upgrade lives on the host: a start that hangs must be stoppable. */
  readonly beside?: boolean | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpQuestion {
  readonly url: string;
  readonly method?: 'GET' | 'PUT' | 'DELETE' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** All PEM: the CA that signed the host's certificate, and what the client shows of itself. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly passphrase?: string } | undefined;
  readonly timeoutMs?: number | undefined;
  /** Bytes kept of the answer's body; default 65,536. */
  readonly maxBody?: number | undefined;
  /** The body as it came, secrets included: only for what is written back as it was read, and never kept or shown. */
  readonly unredacted?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HostSession {
  readonly name: string;
  /** Runs one short command without a terminal, PATH including the sbin folders, locale C. Only for looking. */
  run(command: Command, options?: RunOptions): Promise<Ran>;
  /** Runs one line in the host's own shell as it stands: for cmd.exe, which knows nothing of the rest. Quoted by the caller; only for looking. */
  runLine(line: string, options?: RunOptions): Promise<Ran>;
  /**
   * Asks sudo in one go whether it would run exactly these commands, without running any: those that it would not, and
   * why. A wrong password is given once, and the commands behind it count as forbidden. Unreachable when an answer is missing.
   */
  sudoForbids(commands: readonly Command[], options?: RunOptions): Promise<readonly Forbidden[]>;
  /**
   * Starts the command detached in a folder named by the attempt's token, or attaches to it when that token was
   * started before. Refused unless the lock on the host is the attempt's owner's and no newer step has passed.
   * Returns at once with what the job shows now. `name` tells several jobs of one attempt apart.
   * Throws `Refused` when sudo did not run the command.
   */
  startJob(attempt: Attempt, job: RemoteJob, options?: RunOptions): Promise<JobSighting>;
  /** What the job of that token shows, without starting it. */
  readJob(attempt: Attempt, name: string, options?: RunOptions): Promise<JobSighting>;
  /** Uploads a file from the worker, resumable, to a path of the login user's; the sha256 is checked on the host. */
  upload(from: string, to: string, options: { readonly sha256: string; readonly signal?: AbortSignal | undefined; readonly onProgress?: (bytes: number) => void }): Promise<void>;
  /** HTTP to the host itself, through its SSH connection. Redirects are not followed. Unreachable when nothing answers. */
  http(question: HttpQuestion): Promise<HttpAnswer>;
  /** A connection from the host to that address, as the host resolves it. Refused where its SSH server forbids it, Unreachable when nothing answers. */
  forward(to: { readonly address: string; readonly port: number }, signal?: AbortSignal): Promise<Duplex>;
  /** Takes the lock file for the owner, or says whose it is. Idempotent for the same owner. */
  takeLock(lock: HostLock, options?: RunOptions): Promise<{ readonly taken: true } | { readonly taken: false; readonly heldBy: HostLock | null; readonly why: string }>;
  readLock(options?: RunOptions): Promise<HostLock | null>;
  /** Removes the lock if it is this owner's; says whether there is none of this owner now. */
  releaseLock(owner: HostLock, options?: RunOptions): Promise<boolean>;
  /** Removes a lock whoever holds it: only for `doctor`, and for adopting the lock of a run that is known to be closed. */
  breakLock(expected: HostLock, options?: RunOptions): Promise<boolean>;
  /** Jobs of this login user that still live on the host, whichever upgrade started them. */
  livingJobs(options?: RunOptions): Promise<readonly string[]>;
  /** Removes folders of finished jobs of one upgrade (its first run id). Leaves running ones. */
  sweepJobs(firstExecutionRunId: string, options?: RunOptions): Promise<void>;
  /** Cuts the connection on purpose (the canary). The next call connects again. */
  cut(): void;
}

/** The lock file's content. It never expires. */
export interface HostLock {
  readonly clusterId: string;
  readonly namespace: string;
  readonly workflowId: string;
  readonly firstExecutionRunId: string;
  /** The highest step number that ran on this host. */
  readonly stepNumber: number;
}

/** Connections to hosts, one each, shared by all activities of the worker. */
export interface Hosts {
  session(host: Reachable): HostSession;
  close(): Promise<void>;
}

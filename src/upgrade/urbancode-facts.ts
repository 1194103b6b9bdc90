/** What preflight saw of an UrbanCode Deploy installation, host by host. */
import type { Seen } from './outcome.ts';
import type { UrbancodeDeployRole } from './installation-urbancode.ts';

/** One thing that may start a server by itself, as it was found switched on. Plain data: it is noted on the host, and a later run reads it there. */
export type Autostart =
  /** A unit that starts the server at boot, when it ends, or when `triggers` do. `own`: the file names it as the server's service. */
  | { readonly kind: 'systemd'; readonly unit: string; readonly own: boolean; readonly triggers: readonly string[] }
  /** A boot link whose script starts the server: "/etc/rc3.d/S99ucd". */
  | { readonly kind: 'sysv'; readonly link: string }
  /** A line of a cron table, in /etc or a user's own. */
  | { readonly kind: 'cron'; readonly file: string; readonly line: string }
  /** A check of monit, by its name. */
  | { readonly kind: 'monit'; readonly check: string };

/** What an earlier run noted on the host and did not undo. */
export interface LeftBehind {
  /** What it switched off, and since when (ISO 8601). */
  readonly autostartOff?: { readonly since: string; readonly was: readonly Autostart[] } | undefined;
  /** That it turned maintenance mode on; noted on one host for the installation. */
  readonly maintenanceOn?: { readonly since: string } | undefined;
  readonly quiesced?: boolean | undefined;
  /** An installer was begun here, since when (ISO 8601), and the host's mark is not the target's: database and files may be half new. */
  readonly installUnfinished?: { readonly since: string } | undefined;
}

/** One host as preflight saw it. Versions are four numbers: "7.3.2.1". */
export interface ServerFacts {
  readonly name: string;
  readonly roles: readonly UrbancodeDeployRole[];
  /** By its own mark, `<installDir>/conf/installed.version`; absent when it could not be seen. */
  readonly installed?: string | undefined;
  /** What it serves; absent for a standby, and when it does not answer. */
  readonly serves?: string | undefined;
  readonly running: Seen;
  /** Answers `connTest.txt`. */
  readonly healthy: boolean;
  /** Its mark is the target's, and it serves that (a standby: is down). */
  readonly finished: boolean;
  /** Whether installed.properties has an `agentcomm.uri`, which an unattended installer needs from 7.0 on. */
  readonly agentcomm: 'set' | 'absent' | 'unknown';
  readonly layout: 'app-data' | 'below-install-dir' | 'unknown';
  readonly autostart: readonly Autostart[] | 'unknown';
  /** The Java that the server runs with: its home, and its version as it says it: "1.8.0_392". */
  readonly javaHome?: string | undefined;
  readonly java?: string | undefined;
  /** As installed.properties names it: "mysql", "oracle". */
  readonly database?: string | undefined;
  readonly fips: Seen;
  /** Jars in `<appData>/patches`, which an upgrade renames to `.off`. */
  readonly patches: readonly string[];
  /** Checksums of the keystores that are there, by their names below application data: "conf/server.keystore". */
  readonly keystores?: Readonly<Record<string, string>> | undefined;
  /** Files of `opt/tomcat` that somebody changed, which an upgrade wipes: their checksums by their names below it; of many the first. */
  readonly customised: Readonly<Record<string, string>>;
  readonly left: LeftBehind;
}

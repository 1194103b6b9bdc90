/**
 * The installation as every room sees it: what `validate FILE -o json` prints and what the workflow is started with.
 *
 * These are the shapes after validation, defaults filled in. `src/installation` owns the schema that produces them and
 * proves that schema and shapes agree. Durations stay as people wrote them ("75m"); secrets are references, never values.
 */

/** A duration as written in the file, in the `ms` notation: "5s", "75m", "4h". */
export type DurationText = string;

/** Where a secret is found, on the worker. Its value never enters a workflow, a log or a file. */
export type SecretReference = { readonly env: string } | { readonly file: string };

export interface SshSettings {
  readonly user: string;
  /** Absent only with `configFile`, which may say it. */
  readonly port?: number | undefined;
  /** OpenSSH's client configuration on the worker; says what is not said here. Without it none is ever read. */
  readonly configFile?: string | undefined;
  /** Private key on the worker; without it the worker's SSH agent is asked. */
  readonly identityFile?: string | undefined;
  readonly passphrase?: SecretReference | undefined;
  /** `known_hosts` on the worker. Either this or `hostKey` decides which host key is trusted; nothing is trusted blindly. */
  readonly knownHostsFile?: string | undefined;
  /** A pinned key: "ssh-ed25519 AAAA…" or "SHA256:…". When it is given, it alone decides; known_hosts is not asked. */
  readonly hostKey?: string | undefined;
  /** The name to look up in known_hosts instead of the address. */
  readonly hostKeyAlias?: string | undefined;
  /** The host to go through, with complete settings of its own; it may have a jump host in turn. Absent: reached directly. */
  readonly jumpHost?: Reachable | undefined;
  /**
   * A program on the worker, word by word, whose stdin and stdout are the connection; %h, %p and %r in it become address,
   * port and user. Never together with `jumpHost`.
   */
  readonly proxyCommand?: readonly string[] | undefined;
  readonly sudoPassword?: SecretReference | undefined;
}

export type Platform = 'debian' | 'rhel' | 'linux' | 'windows';
export type OpsManagerRole = 'application' | 'backup-daemon';

/** A machine that can be reached: name for people, address and settings for SSH. */
export interface Reachable {
  readonly name: string;
  readonly address: string;
  readonly ssh: SshSettings;
}

/** A site's own services in the place of the vendor's: other names, or commands for a shell, typed as the login user. */
export interface OwnServices {
  /** What the services are called; on a `linux` host they are then used in the place of the scripts in `installDir`. */
  readonly names?: { readonly application?: string | undefined; readonly backupDaemon?: string | undefined } | undefined;
  /** The application's; both or neither. */
  readonly start?: string | undefined;
  readonly stop?: string | undefined;
  readonly backupDaemon?: { readonly start: string; readonly stop: string } | undefined;
}

/** A site's own commands around the work on a host, typed into a shell as the login user; `after` always follows. */
export interface Quiesce { readonly before?: string | undefined; readonly after?: string | undefined }

export interface OpsManagerHost extends Reachable {
  readonly platform: Platform;
  readonly roles: readonly OpsManagerRole[];
  /** Where this host itself serves; without it its own configuration tells. Asked through the host's SSH connection. */
  readonly url?: string | undefined;
  /** CA that signed the certificate of `url`, on the worker. */
  readonly caFile?: string | undefined;
  /** For a host that asks its clients for a certificate; PEM files on the worker. */
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string; readonly passphrase?: SecretReference | undefined } | undefined;
  readonly installDir: string;
  readonly runAs: string;
  readonly quiesce?: Quiesce | undefined;
  /** Where a site's services are not the vendor's. */
  readonly service?: OwnServices | undefined;
}

/** The package for one platform: a file on the worker that is uploaded, or one that is already on every host. */
export interface Package {
  readonly file?: string | undefined;
  readonly onHost?: string | undefined;
  readonly sha256: string;
}

export interface DatabaseBackup {
  readonly host: string;
  readonly command: string;
  readonly verify: string;
  readonly maxAge: DurationText;
}
export interface ConfirmedBackup {
  readonly confirm: string;
  readonly maxAge: DurationText;
}

/** How looks get to the Application Database when the worker cannot connect to it by itself. Hosts are named as in `hosts`. */
export type DatabaseReach =
  /** Every connection goes through that host's SSH connection. */
  | { readonly through: string }
  /** A site's command on that host, which prints what the server says of itself. */
  | { readonly host: string; readonly command: string }
  /** Not at all; the text says why. It is unknown then, and shown at every gate. */
  | { readonly none: string };

export interface ApplicationDatabaseAccess {
  /** Absent only where the worker makes no connection. */
  readonly uri?: SecretReference | undefined;
  /** Files on the worker. Its presence alone asks for TLS. */
  readonly tls?: {
    /** CA that signed the servers' certificates; without it the well-known ones are trusted. */
    readonly caFile?: string | undefined;
    /** The client's certificate and its key in one PEM file. */
    readonly certificateKeyFile?: string | undefined;
    readonly passphrase?: SecretReference | undefined;
  } | undefined;
  /** Absent: the worker connects to it. */
  readonly reach?: DatabaseReach | undefined;
}

export interface HaproxyLoadBalancer {
  readonly haproxy: {
    readonly host: Reachable;
    readonly socket: string;
    readonly backend: string;
    /** Host name in this file → server name in HAProxy. */
    readonly servers: Readonly<Record<string, string>>;
    /** Where users reach the installation; the watch through the load balancer asks here. */
    readonly url?: string | undefined;
    readonly sudo: boolean;
  };
}
/** A site's own commands. `{server}` is not substituted: each receives the host's name as its only argument. */
export interface CommandLoadBalancer {
  readonly commands: {
    readonly host: Reachable;
    readonly drain: string;
    readonly ready: string;
    /** Prints `in` or `out`. */
    readonly state: string;
    readonly url?: string | undefined;
  };
}
/** A person takes hosts out and puts them back; the text says where. */
export interface ConfirmedLoadBalancer { readonly confirm: string; readonly url?: string | undefined }
/** It drops unhealthy hosts by itself; the text says how. */
export interface HealthLoadBalancer { readonly health: string; readonly url?: string | undefined }
/** There is none; the text says why that is all right. */
export interface NoLoadBalancer { readonly none: string }
export type LoadBalancer =
  | HaproxyLoadBalancer | CommandLoadBalancer | ConfirmedLoadBalancer | HealthLoadBalancer | NoLoadBalancer;

export type ApprovalPoint = 'start' | 'first-host' | 'each-host' | 'finish';

export interface OpsManagerPolicy {
  readonly approve: readonly ApprovalPoint[];
  readonly backupDaemons: {
    /** When daemons go down: by themselves in Upgrade Mode (the vendor's guide), or by us before the first host. */
    readonly stop: 'self-stop' | 'before-first-host';
    /** How long a daemon may take to stop itself before a person is asked. A daemon's own limit is 65 minutes. */
    readonly for: DurationText;
    readonly attempts: number;
    readonly every: DurationText;
    /** What to do with a daemon that did not stop itself in time. */
    readonly whenStuck: 'ask' | 'wait' | 'stop';
    /** How long daemons must have lived, after they were started again at the end, to be called alive. */
    readonly settle: DurationText;
    /**
     * How long before the first host new backup jobs are kept away from all daemons (`backupJobsEnabled`); only with `api`.
     * Absent or `never`: the setting is left alone.
     */
    readonly quiesce?: DurationText | 'never' | undefined;
  };
  readonly health: { readonly consecutive: number; readonly every: DurationText; readonly within: DurationText };
  readonly soak: DurationText;
  /** With `api`: prove Upgrade Mode also by a write that can change nothing. Off unless the file says so. */
  readonly proveReadOnly: boolean;
}

export interface OpsManagerInstallation {
  readonly installation: string;
  readonly product: 'ops-manager';
  readonly target: {
    readonly version: string;
    readonly packages: { readonly [On in Platform]?: Package | undefined };
    /** The person's word that a release newer than Lockkeeper's table may be installed. */
    readonly newerThanKnown: boolean;
  };
  readonly hosts: readonly OpsManagerHost[];
  readonly applicationDatabase: ApplicationDatabaseAccess & {
    readonly backups: readonly (DatabaseBackup | ConfirmedBackup)[];
  };
  readonly loadBalancers: readonly LoadBalancer[];
  readonly api?: { readonly publicKey: SecretReference; readonly privateKey: SecretReference } | undefined;
  readonly policy: OpsManagerPolicy;
}

/** Hosts that serve the application, in the file's order. */
export function applicationHosts(installation: OpsManagerInstallation): readonly OpsManagerHost[] {
  return installation.hosts.filter((host) => host.roles.includes('application'));
}

/** Hosts that serve nothing but a Backup Daemon. */
export function daemonOnlyHosts(installation: OpsManagerInstallation): readonly OpsManagerHost[] {
  return installation.hosts.filter((host) => !host.roles.includes('application'));
}

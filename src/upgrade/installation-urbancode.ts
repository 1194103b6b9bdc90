/**
 * An HCL UrbanCode Deploy installation as every room sees it, after validation, defaults filled in.
 * Its upgrade is a full stop, not a roll, so the file says other things than an Ops Manager file does.
 */
import type {
  ConfirmedBackup, DatabaseBackup, DurationText, LoadBalancer, OpsManagerInstallation, Package, Reachable, SecretReference,
} from './installation.ts';

/** `server` serves; `standby` is a cold standby, upgraded and never started; a `front-end` is installed with -frontend (7.0.3 and later). */
export type UrbancodeDeployRole = 'server' | 'standby' | 'front-end';
export type UrbancodeDeployPlatform = 'linux' | 'windows';

export interface UrbancodeDeployHost extends Reachable {
  readonly platform: UrbancodeDeployPlatform;
  readonly roles: readonly UrbancodeDeployRole[];
  /** Where this host itself serves; default https://<address>:8443. */
  readonly url: string;
  readonly caFile?: string | undefined;
  /** Its version, configuration and logs are found below it; there is no usual place. */
  readonly installDir: string;
  /** Who owns `installDir`: the installer runs as this user, never as root by accident. */
  readonly runAs: string;
  /** For an unattended installer where `agentcomm.uri` is not set yet; another one on every host. */
  readonly agentcommUri?: string | undefined;
  /** The product's Java on this host; without it the one that the server runs with is used. */
  readonly javaHome?: string | undefined;
  /** For a host that asks its clients for a certificate; PEM files on the worker. */
  readonly clientCertificate?: { readonly certFile: string; readonly keyFile: string; readonly passphrase?: SecretReference | undefined } | undefined;
  /** A site's own commands around the work on this host, typed into a shell as the login user; `after` always follows. */
  readonly quiesce?: { readonly before?: string | undefined; readonly after?: string | undefined } | undefined;
  /** On Linux the site's own way to start and stop the server, default `bin/server start|stop`; on Windows what its service is called. */
  readonly service?: { readonly start: string; readonly stop: string } | { readonly name: string } | undefined;
}

/** What restores database, application data and install dirs from the backup, when an install ended half-way. */
export interface Restore {
  readonly host: string;
  readonly command: string;
}

/** A command that prints how many sessions the database has; 0 proves that no forgotten server reaches it. */
export interface DatabaseSessions {
  readonly host: string;
  readonly command: string;
}

export type UrbancodeDeployApprovalPoint = 'start' | 'storage' | 'first-installer' | 'each-host' | 'finish';

export interface UrbancodeDeployPolicy {
  readonly approve: readonly UrbancodeDeployApprovalPoint[];
  /** Back up before the drain (the vendor's guide), when all servers are down (later, but consistent), or at both times. */
  readonly backup: 'first' | 'after-stop' | 'both';
  /** What to do with whatever starts a server by itself while installers run: disable it and put it back, or leave it. */
  readonly autostart: 'disable' | 'leave';
  /** How long running processes may take to end before a person is asked. */
  readonly drain: { readonly for: DurationText };
  /** How long the service script may take to stop a server before a person is asked. */
  readonly stop: { readonly within: DurationText };
  readonly fips: boolean;
  readonly health: { readonly consecutive: number; readonly every: DurationText; readonly within: DurationText };
}

export interface UrbancodeDeployInstallation {
  readonly installation: string;
  readonly product: 'urbancode-deploy';
  readonly target: {
    readonly version: string;
    readonly packages: { readonly [On in UrbancodeDeployPlatform]?: Package | undefined };
    readonly newerThanKnown: boolean;
  };
  readonly hosts: readonly UrbancodeDeployHost[];
  readonly database: {
    readonly backups: readonly (DatabaseBackup | ConfirmedBackup)[];
    readonly sessions?: DatabaseSessions | undefined;
    /** In this order; absent: a person restores. */
    readonly restore?: readonly Restore[] | undefined;
  };
  /** The application data folder that all servers share. */
  readonly appData: string;
  /** Further answers for the unattended installer, put into its install.properties as they are; no secrets. */
  readonly installProperties?: Readonly<Record<string, string>> | undefined;
  readonly api?: { readonly url: string; readonly token: SecretReference } | undefined;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly policy: UrbancodeDeployPolicy;
}

/** What an installation file may describe. `product` tells which. */
export type Installation = OpsManagerInstallation | UrbancodeDeployInstallation;

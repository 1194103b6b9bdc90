/**
 * An HCL UrbanCode Deploy installation as every room sees it, after validation, defaults filled in.
 * Its upgrade is a full stop, not a roll, so the file says other things than an Ops Manager file does.
 */
import type {
  ConfirmedBackup, DatabaseBackup, DurationText, LoadBalancer, OpsManagerInstallation, Package, Reachable, SecretReference,
} from './installation.ts';

/** `server` serves; `standby` is a cold standby, upgraded and never started; `front-end` runs with -frontend (7.0.3 and later). */
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
  /** The site's own way to start and stop the server; default `bin/server start|stop`. */
  readonly service?: { readonly start: string; readonly stop: string } | undefined;
}

/** A command that prints how many sessions the database has; 0 proves that no forgotten server reaches it. */
export interface DatabaseSessions {
  readonly host: string;
  readonly command: string;
}

export type UrbancodeDeployApprovalPoint = 'start' | 'storage' | 'first-installer' | 'each-host' | 'finish';

export interface UrbancodeDeployPolicy {
  readonly approve: readonly UrbancodeDeployApprovalPoint[];
  /** Back up before the drain (the vendor's guide), or when all servers are down: later, but consistent. */
  readonly backup: 'first' | 'after-stop';
  /** What to do with whatever starts a server by itself while installers run: disable it and put it back, or leave it. */
  readonly autostart: 'disable' | 'leave';
  /** How long running processes may take to end before a person is asked. */
  readonly drain: { readonly for: DurationText };
  readonly fips: boolean;
  readonly health: { readonly consecutive: number; readonly every: DurationText; readonly within: DurationText };
  readonly soak: DurationText;
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
  };
  /** The application data folder that all servers share. */
  readonly appData: string;
  readonly api?: { readonly url: string; readonly token: SecretReference } | undefined;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly policy: UrbancodeDeployPolicy;
}

/** What an installation file may describe. `product` tells which. */
export type Installation = OpsManagerInstallation | UrbancodeDeployInstallation;

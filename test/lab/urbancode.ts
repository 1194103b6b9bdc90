/**
 * The lab's UrbanCode Deploy installation for tests: three servers, a cold standby, a load balancer, one database and one
 * folder of application data. It is up instead of the Ops Manager installation of the same lab, never beside it.
 */
import { packagesOf, startHosts, type LabHosts } from './hosts.ts';
import type { Package } from './records.ts';

export const UCD_ADDRESSES = {
  'ucd-1': '10.77.0.21',
  'ucd-2': '10.77.0.22',
  'ucd-3': '10.77.0.23',
  'ucd-4': '10.77.0.24',
  'ucd-lb': '10.77.0.25',
  'ucd-w': '10.77.0.26',
} as const;
export type UcdHost = keyof typeof UCD_ADDRESSES;
/** What an installation can start at. */
export type UcdRelease = '6.1.0.4' | '6.2.7.1' | '7.0.5.2';

export const INSTALL_DIR = '/opt/ucd/server';
/** Of ucd-w, and where that is for `sh`, which is Linux there, too. */
export const WINDOWS_INSTALL_DIR = 'C:\\ucd\\server';
export const DRIVE_C = '/home/ucd/.wine/drive_c';
export const APP_DATA = '/mnt/ucd/appdata';
/** The token that every server knows, for user `PasswordIsAuthToken`. */
export const API_TOKEN = 'ucd-lab-7f3a1c90-5d2e-4b8a-9c61-0e4d7b2a6f35';

/** Seconds may be fractions. A switch that is there with any value is on where the type says `1`. Told in README.md. */
export interface UcdBehaviour {
  readonly 'start-seconds'?: number | undefined;
  readonly 'start-fails-once'?: 1 | undefined;
  readonly 'server-stop'?: 'works' | 'hangs' | 'hangs-hard' | 'lies' | undefined;
  readonly 'stop-seconds'?: number | undefined;
  readonly 'stop-leaves-pid-file'?: 1 | undefined;
  /** Like `application:60 generic:5`: kinds and seconds. */
  readonly 'work'?: string | undefined;
  readonly 'work-after-empty'?: string | undefined;
  readonly 'work-every-seconds'?: number | undefined;
  /** Names of agents and relays that are not online, as this host's server shows them. */
  readonly 'agents-away'?: string | undefined;
  readonly 'cancel-seconds'?: number | undefined;
  readonly 'install-seconds'?: number | undefined;
  readonly 'installer-asks'?: 1 | undefined;
  readonly 'installer-dies'?: 'in-files' | 'in-database' | 'before-the-mark' | undefined;
  readonly 'installer-death'?: 'killed' | 'failed' | 'no-space' | undefined;
}

/** What must never happen, recorded by the stand-in that saw it. */
export interface UcdViolation {
  readonly kind:
    | 'install-beside-server'
    | 'server-started-during-install'
    | 'two-installers'
    | 'old-version-started'
    | 'downgrade'
    | 'work-cancelled'
    | 'stopped-during-work'
    | 'half-upgraded-database'
    | 'keystore-lost'
    | 'settings-lost'
    | 'started-otherwise'
    | 'standby-started'
    | 'wrong-user'
    | 'foreign-files';
  readonly host: string;
  readonly detail: string;
  readonly at: string;
}

export interface UcdInstall {
  readonly event: 'begun' | 'finished';
  /** As the package says it, with its build: "7.3.2.1.1161889". */
  readonly version: string;
  readonly pid: number;
  readonly user: string;
  readonly fips: boolean;
  readonly frontEnd: boolean;
  readonly at: string;
}

const WATCHDOG = 'pgrep -x java >/dev/null || ';
const START_CRON = 'update-rc.d cron defaults && service cron start';
const SUPERVISORS = {
  'monit': 'update-rc.d monit defaults && service monit start',
  'cron.d': `echo '* * * * * ucd ${WATCHDOG}${INSTALL_DIR}/bin/server start' >/etc/cron.d/ucd-watchdog; ${START_CRON}`,
  'crontab of ucd': `echo '* * * * * ${WATCHDOG}${INSTALL_DIR}/bin/server start' | crontab -u ucd -; ${START_CRON}`,
  'crontab of root': `echo '* * * * * ${WATCHDOG}/etc/init.d/ucd-server start' | crontab -; ${START_CRON}`,
} as const;

export interface UrbanCodeDeploy {
  readonly host: UcdHost;
  readonly behaviour: UcdBehaviour;
  readonly violation: UcdViolation;
  readonly install: UcdInstall;
}

export interface UcdLab extends LabHosts<UrbanCodeDeploy> {
  /** The CA of the certificates of all servers and of the load balancer. */
  readonly caFile: string;
  /** Everything as on the first day: the release running on three servers, no violations, no installs. A few seconds, and ten the first time. */
  reset(release?: UcdRelease): Promise<void>;
  /**
   * Somebody brings this host's server back when it is gone: `monit` within seconds (ucd-3), the others within a minute, by a line in
   * /etc/cron.d or in the crontab of `ucd` or root. It goes on after a reboot, until a reset. On ucd-2 systemd always does.
   */
  supervise(host: UcdHost, by: keyof typeof SUPERVISORS): Promise<void>;
  /** A stand-in package by its release: 6.1.0.4, 6.2.7.1, 7.0.5.2, 7.1.0.0 or 7.3.2.1. */
  package(release: string): Package;
}

/** The installation, prepared and running. Its state may be whatever the last test left: `reset()` first. */
export async function startUcdLab({ name, release = '6.2.7.1', windows = false, sudoers }: {
  /** LAB_NAME; default: of the environment, else "lk". */
  readonly name?: string; readonly release?: UcdRelease;
  /** A Windows node, ucd-w, is there too, served as u4: the first time ever, two minutes are needed to install Wine. */
  readonly windows?: boolean;
  /** A sudoers file for the operator on every host but ucd-3; default: test/lab/sudoers-urbancode. Another one prepares the hosts anew. */
  readonly sudoers?: string;
} = {}): Promise<UcdLab> {
  const hosts = await startHosts<UrbanCodeDeploy>(['ucd', 'start', release], {
    name, settings: { ...(windows ? { LAB_UCD_WINDOWS: '1' } : {}), ...(sudoers === undefined ? {} : { LAB_UCD_SUDOERS: sudoers }) },
  });
  const found = await packagesOf(hosts);
  return {
    ...hosts,
    caFile: (await hosts.run('ucd', 'ca')).trim(),
    reset: async (wanted = release) => void (await hosts.run('ucd', 'reset', wanted)),
    supervise: async (host, by) => void (await hosts.sh(host, SUPERVISORS[by])),
    package: (wanted) => found(wanted, 'linux'),
  };
}

/**
 * The lab for tests: three application hosts, a daemon-only host, a load balancer and the Application Database.
 *
 * The tests themselves must run on the lab's network: `test/lab/lab ctl npx vitest run …` with the same LAB_NAME. One
 * vitest process is one lab; its files must not run at the same time.
 */
import { packagesOf, startHosts, type LabHosts } from './hosts.ts';
import type { Behaviour, Install, Package, Violation } from './records.ts';

export { CONTROL_ADDRESS, SUDO_PASSWORD, insideLab, labPossible } from './hosts.ts';
/** The programmatic API key that the stand-ins know. */
export const API_KEY = { publicKey: 'labkey', privateKey: 'a17e5d9c-0000-4000-8000-1a2b3c4d5e6f' } as const;

export const ADDRESSES = {
  'om-1': '10.77.0.11',
  'om-2': '10.77.0.12',
  'om-3': '10.77.0.13',
  'bkp-1': '10.77.0.14',
  'lb-1': '10.77.0.15',
} as const;
export type LabHost = keyof typeof ADDRESSES;
/** What Ops Manager was installed from. */
export const platformOf = (host: LabHost): Package['platform'] => (TARBALL_HOSTS.includes(host) ? 'linux' : host === 'om-3' ? 'rhel' : 'debian');
/** Hosts with a tarball; by hand LAB_TARBALL_HOSTS names others. */
const TARBALL_HOSTS: readonly string[] = (process.env['LAB_TARBALL_HOSTS'] ?? 'bkp-1').split(' ');
/** Where Ops Manager is on the host. */
export const treeOf = (host: LabHost): string => (platformOf(host) === 'linux' ? '/srv/ops-manager' : '/opt/mongodb/mms');

export interface LabOptions {
  /** LAB_NAME; default: of the environment, else "lk". */
  readonly name?: string;
  /** A sudoers file for the operator on every host but om-2; default: test/lab/sudoers. Another file prepares the lab anew. */
  readonly sudoers?: string;
}

export interface OpsManager {
  readonly host: LabHost;
  readonly behaviour: Behaviour;
  readonly violation: Violation;
  readonly install: Install;
}

export interface Lab extends LabHosts<OpsManager> {
  readonly applicationDatabaseUri: string;
  /** Everything as on the first day: 4.4.13 running everywhere, no violations, no installs, no traces. A few seconds. */
  reset(): Promise<void>;
  /** A stand-in package by its release, as "4.4.18", or "other" for another product's; a .deb unless asked otherwise. */
  package(release: string, platform?: Package['platform']): Package;
  /** `hide`: from workers, which run at the control address; the hosts still reach it. A reset shows it. */
  applicationDatabase(verb: 'start' | 'stop' | 'hide' | 'show'): Promise<void>;
}

/** The lab, prepared and running; quick when it already is. Its state may be whatever the last test left: `reset()` first. */
export async function startLab({ name, sudoers }: LabOptions = {}): Promise<Lab> {
  const hosts = await startHosts<OpsManager>(['installation', 'start'], { name, settings: sudoers === undefined ? {} : { LAB_SUDOERS: sudoers } });
  const found = await packagesOf(hosts);
  return {
    ...hosts,
    applicationDatabaseUri: (await hosts.run('appdb', 'uri')).trim(),
    reset: async () => void (await hosts.run('installation', 'reset')),
    package: (release, platform = 'debian') => found(release, platform),
    applicationDatabase: async (verb) => void (await hosts.run('appdb', verb)),
  };
}

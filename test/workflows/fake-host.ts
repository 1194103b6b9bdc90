/** One fake host with memory, what is seen on it, and what its steps bring back. */
import type { ClearToGoDown, StartSighting } from '../../activities/ops-manager/contract.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { DaemonSighting } from '../../src/upgrade/plan.ts';
import type { FakeMachine } from './fake-world.ts';

export interface FakeHost extends FakeMachine {
  readonly hasApplication: boolean;
  installed: string;
  /** Version of the living application process; null while it is stopped. */
  running: string | null;
  /** It lives, but its port stays closed: migrations run, or it waits for Backup Daemons. */
  migrating: boolean;
  hung: boolean;
  keyLost: boolean;
  /** Sessions that the load balancer still serves from it. */
  sessions: number;
  daemon: 'running' | 'stopped' | 'absent';
  /** Looks for which a job still keeps the daemon from stopping itself. */
  busy: number;
  /** Ways of stopping that this daemon obeys. */
  obeys: 'service' | 'init-script' | 'nothing';
}

export function hostsOf(installation: OpsManagerInstallation, from: string): ReadonlyMap<string, FakeHost> {
  return new Map(installation.hosts.map(({ name, roles }) => {
    const hasApplication = roles.includes('application');
    return [name, {
      name, hasApplication, installed: from, running: hasApplication ? from : null, migrating: false, hung: false, keyLost: false,
      inService: hasApplication, sessions: 0, daemon: roles.includes('backup-daemon') ? 'running' : 'absent', busy: 0, obeys: 'service',
      locked: null, quiesced: false, highestStep: 0,
    }];
  }));
}

export function serves({ running, migrating, hung }: FakeHost): string | null {
  return migrating || hung ? null : running;
}

/** What the load balancer makes of a host that is about to be stopped. */
export function stillBalanced({ inService, sessions }: FakeHost): Pick<ClearToGoDown, 'balanced'> {
  if (inService) return { balanced: { is: 'in', says: 'it is UP' } };
  return sessions === 0 ? {} : { balanced: { is: 'busy', says: `it has ${sessions} sessions` } };
}

export function sightStart(host: FakeHost, version: string): StartSighting {
  return {
    process: host.running === null ? 'no' : 'yes', migrating: host.migrating ? 'yes' : 'no',
    serving: serves(host) === version ? 'yes' : 'no', keyLost: host.keyLost, evidence: `${host.name} runs ${host.running}`,
  };
}

export function sightDaemon({ name, daemon }: FakeHost): DaemonSighting {
  const process = { process: `mms-app -Dapp-id=bgrid on ${name}`, job: 'a job for 40 minutes' };
  return { host: name, running: daemon === 'running' ? 'yes' : 'no', enabledAtBoot: daemon === 'absent' ? 'no' : 'yes', ...(daemon === 'running' ? process : {}) };
}

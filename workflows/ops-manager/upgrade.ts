/** An upgrade of Ops Manager, and what it alone must remember. */
import type { ManagedDaemon } from '../../src/upgrade/backup-jobs.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { HostFacts } from '../../src/upgrade/plan.ts';
import type { Upgrade as Conducted } from '../runbook/conduct.ts';
import type { UpgradeState } from '../runbook/state.ts';

export interface OpsManagerState extends UpgradeState {
  facts: readonly HostFacts[];
  /** Daemons that this upgrade stopped or saw stop, to be started at the end. */
  daemonsToStart: string[];
  /** Backup Daemons whose backup jobs are, or may be, switched off by this or an earlier run, and since when. */
  backupJobsOff: readonly ManagedDaemon[];
  backupJobsOffSince: string | null;
}

export type Upgrade = Conducted<OpsManagerInstallation, OpsManagerState>;

export function remembering(state: UpgradeState): OpsManagerState {
  return { ...state, facts: [], daemonsToStart: [], backupJobsOff: [], backupJobsOffSince: null };
}

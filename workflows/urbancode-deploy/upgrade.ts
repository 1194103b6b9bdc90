/** An upgrade of UrbanCode Deploy, and what it alone must remember. */
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import type { Upgrade as Conducted } from '../runbook/conduct.ts';
import type { UpgradeState } from '../runbook/state.ts';

export interface UrbancodeDeployState extends UpgradeState {
  facts: readonly ServerFacts[];
  /** Hosts on which whatever starts a server is, or may be, switched off by this or an earlier run. */
  autostartOff: string[];
  /** Maintenance mode is, or may be, on by this or an earlier run. */
  maintenanceOn: boolean;
  /** Hosts that a person chose to leave stopped. */
  leftStopped: string[];
  /** What must be told at the end, one sentence each. */
  remarks: string[];
}

export type Upgrade = Conducted<UrbancodeDeployInstallation, UrbancodeDeployState>;

export function remembering(state: UpgradeState): UrbancodeDeployState {
  return { ...state, facts: [], autostartOff: [], maintenanceOn: false, leftStopped: [], remarks: [] };
}

export function factsOf({ record }: Upgrade, { name }: UrbancodeDeployHost) {
  return record.state.facts.find((facts) => facts.name === name);
}

/** Whether the host serves once it is upgraded; a standby is never started. */
export function serves({ roles }: UrbancodeDeployHost): boolean {
  return !roles.includes('standby');
}

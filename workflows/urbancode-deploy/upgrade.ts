/** An upgrade of UrbanCode Deploy, and what it alone must remember. */
import type { AgentSighting } from '../../src/upgrade/agents.ts';
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
  /** When a person last saw that nothing runs; null where Lockkeeper sees it by itself. */
  dashboardSeenAt: string | null;
  /** The first installer was begun, or may have been, by this or an earlier run: the database may be new. */
  installerBegun: boolean;
  /** Hosts that a person chose to leave stopped. */
  leftStopped: string[];
  /** Who was online before the full stop; null where that was not seen. */
  agentsBefore: AgentSighting | null;
  /** What must be told at the end, one sentence each. */
  remarks: string[];
}

export type Upgrade = Conducted<UrbancodeDeployInstallation, UrbancodeDeployState>;

export function remembering(state: UpgradeState): UrbancodeDeployState {
  return { ...state, facts: [], autostartOff: [], maintenanceOn: false, dashboardSeenAt: null, installerBegun: false, leftStopped: [], agentsBefore: null, remarks: [] };
}

export function factsOf({ record }: Upgrade, { name }: UrbancodeDeployHost) {
  return record.state.facts.find((facts) => facts.name === name);
}

/** Whether any server lived when preflight looked; where none did, an earlier run has stopped them, and nothing runs for people. */
export function didServe({ record }: Upgrade): boolean {
  return record.state.facts.some(({ running }) => running !== 'no');
}

/** Whether the host serves once it is upgraded; a standby is never started. */
export function serves({ roles }: UrbancodeDeployHost): boolean {
  return !roles.includes('standby');
}

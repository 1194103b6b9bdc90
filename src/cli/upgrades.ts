/** All upgrades that Temporal knows, the newest of each installation, open ones first. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { PHASE_ATTRIBUTE, WAITING_FOR_ATTRIBUTE } from '../upgrade/search-attributes.ts';
import { asText } from '../upgrade/shape.ts';

export interface Listed {
  readonly installation: string;
  readonly open: boolean;
  /** Temporal's word: running, completed, failed, terminated … */
  readonly status: string;
  readonly phase?: string | undefined;
  readonly waitingFor?: string | undefined;
  /** Its workflow task fails again and again: no worker can carry it on. */
  readonly stuck: boolean;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

const UPGRADES = "WorkflowType IN ('opsManagerUpgrade', 'urbancodeDeployUpgrade')";
const AT_MOST = 500; // runs looked at; an installation is upgraded a few times a year

export async function listUpgrades(client: Client): Promise<readonly Listed[]> {
  const newest = new Map<string, Listed>();
  let seen = 0;
  for await (const info of client.workflow.list({ query: UPGRADES })) {
    seen += 1;
    if (seen > AT_MOST) break;
    const listed = listedOf(info);
    const other = newest.get(listed.installation);
    if (other === undefined || other.startedAt < listed.startedAt) newest.set(listed.installation, listed);
  }
  return [...newest.values()].sort((a, b) => Number(b.open) - Number(a.open) || b.startedAt.localeCompare(a.startedAt));
}

function listedOf({ workflowId, status, searchAttributes, startTime, closeTime }: WorkflowExecutionInfo): Listed {
  return {
    installation: workflowId.replace(/^upgrade\//, ''),
    open: status.name === 'RUNNING' || status.name === 'PAUSED',
    status: status.name.toLowerCase().replaceAll('_', ' '),
    phase: asText(searchAttributes[PHASE_ATTRIBUTE]?.[0]),
    waitingFor: asText(searchAttributes[WAITING_FOR_ATTRIBUTE]?.[0]),
    stuck: searchAttributes['TemporalReportedProblems'] !== undefined,
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  };
}

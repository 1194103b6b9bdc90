/** All upgrades that Temporal knows, the newest of each installation, open ones first. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { PHASE_ATTRIBUTE, WAITING_FOR_ATTRIBUTE } from '../upgrade/search-attributes.ts';
import { asText } from '../upgrade/shape.ts';
import { lookAt, type Unanswered } from './standing.ts';

export interface Listed {
  readonly installation: string;
  readonly open: boolean;
  /** Temporal's word: running, completed, failed, terminated … */
  readonly status: string;
  readonly phase?: string | undefined;
  readonly waitingFor?: string | undefined;
  /** Why nothing moves, of an open one that no worker answers for. */
  readonly unanswered?: Unanswered['why'] | undefined;
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

/** What no list of Temporal tells: whether a worker answers for each open upgrade. All are asked at once, for 2 s at most. */
export async function withAnswers(client: Client, upgrades: readonly Listed[]): Promise<readonly Listed[]> {
  return Promise.all(upgrades.map(async (upgrade) => {
    if (!upgrade.open) return upgrade;
    const standing = await lookAt(client, upgrade.installation);
    return standing.kind === 'unanswered' ? { ...upgrade, unanswered: standing.unanswered.why } : upgrade;
  }));
}

function listedOf({ workflowId, status, searchAttributes, startTime, closeTime }: WorkflowExecutionInfo): Listed {
  return {
    installation: workflowId.replace(/^upgrade\//, ''),
    open: status.name === 'RUNNING' || status.name === 'PAUSED',
    status: status.name.toLowerCase().replaceAll('_', ' '),
    phase: asText(searchAttributes[PHASE_ATTRIBUTE]?.[0]),
    waitingFor: asText(searchAttributes[WAITING_FOR_ATTRIBUTE]?.[0]),
    unanswered: searchAttributes['TemporalReportedProblems'] === undefined ? undefined : 'stuck',
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
  };
}

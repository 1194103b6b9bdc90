/** What was done between the last look at an upgrade and its close: no look falls into that moment. */
import type { Client } from '@temporalio/client';
import type { UpgradeView } from '../upgrade/view.ts';
import { newLines } from './render/lines.ts';
import { workflowIdOf, type Standing } from './standing.ts';

export type Open = Extract<Standing, { readonly kind: 'open' }>;
type Closed = Extract<Standing, { readonly kind: 'closed' }>;

/** Lines for what a person has not been told yet. A worker tells it of a closed upgrade too; where none answers, the report has it. */
export async function lastLines(client: Client, lastOpen: Open | null, closed: Closed): Promise<readonly string[]> {
  const { installation, runId, startedAt } = closed;
  const view = await lastView(client, closed);
  if (view === null) return [`No worker tells what was done last: lockkeeper report ${installation}`];
  const told = { ...view, phase: lastOpen?.view.phase ?? view.phase, held: null, waitingFor: [] };
  return newLines(lastOpen, { kind: 'open', installation, runId, startedAt, view: told });
}

const ANSWER_WITHIN = 5_000; // ms: the worker goes through the whole history again before it answers

async function lastView(client: Client, { installation, runId }: Closed): Promise<UpgradeView | null> {
  const handle = client.workflow.getHandle(workflowIdOf(installation), runId);
  try {
    return await client.withDeadline(Date.now() + ANSWER_WITHIN, () => handle.query<UpgradeView>('status'));
  } catch {
    return null; // no worker, a stuck one, Temporal away: the end itself is known and is told
  }
}

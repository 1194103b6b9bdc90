import type { Seen } from '../upgrade/outcome.ts';
import type { Place } from './search-attributes.ts';

/** Value of the server's enumeration `WORKFLOW_EXECUTION_STATUS_RUNNING`. */
const RUNNING = 1;
/** Milliseconds for each question: an upgrade waits for the answer while it takes its locks. */
const DEADLINE = 10_000;

/** The cluster's own id, which a lock on a host names: another Temporal may hold a run of the same name. */
export async function clusterId({ connection }: Pick<Place, 'connection'>): Promise<string> {
  const info = await connection.withDeadline(Date.now() + DEADLINE, () => connection.workflowService.getClusterInfo({}));
  return info.clusterId;
}

/**
 * Whether the upgrade that began with this run is closed. It may have continued as new or been reset: all its runs
 * count as one. `yes` only when this cluster says so: the upgrade's last run is closed, or a younger upgrade of the
 * same id exists, which Temporal allows only after the older is closed. Nothing known of it, or no answer, is `unknown`.
 */
export async function isRunClosed(place: Place, workflowId: string, firstExecutionRunId: string): Promise<Seen> {
  const { connection, namespace } = place;
  const describe = (runId?: string) => connection.withDeadline(Date.now() + DEADLINE, async () => {
    const execution = runId === undefined ? { workflowId } : { workflowId, runId };
    const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({ namespace, execution });
    return workflowExecutionInfo;
  });
  const latest = await describe().catch(() => null);
  if (!latest?.firstRunId) return 'unknown';
  if (latest.firstRunId === firstExecutionRunId) return latest.status === RUNNING ? 'no' : 'yes';
  const first = await describe(firstExecutionRunId).catch(() => null);
  return first?.firstRunId === firstExecutionRunId ? 'yes' : 'unknown';
}

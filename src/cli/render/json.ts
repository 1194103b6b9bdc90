/** A standing for scripts. */
import type { Standing } from '../standing.ts';

/** An open upgrade prints its view-model; what is known without a worker, or of a closed one, has the same keys where it has them. */
export function standingJson(standing: Standing): object {
  const { kind, startedAt, runId, installation } = standing;
  switch (kind) {
    case 'open': return { ...standing.view, startedAt, runId };
    case 'unanswered': return { installation, ...standing.unanswered, startedAt, runId };
    case 'closed': return { installation, phase: standing.end, held: null, waitingFor: [], ...standing.summary, startedAt, closedAt: standing.closedAt, runId };
  }
}

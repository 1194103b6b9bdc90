/** One watch through the load balancer, from the lock to the end, beside everything else. Its sums go into the report. */
import { CancellationScope } from '@temporalio/workflow';
import { applicationHosts } from '../../src/upgrade/installation.ts';
import { asRecord } from '../../src/upgrade/shape.ts';
import type { WatchSummary } from '../../src/upgrade/view.ts';
import { watch } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';
import { whatHappened } from '../runbook/happened.ts';

export interface ServiceWatch { readonly end: () => Promise<void> }

/** Begins the watch, or goes on with its sums after continue-as-new. A watch that breaks never stops an upgrade. */
export function serviceWatched({ installation, record, steps }: Upgrade): ServiceWatch {
  const through = applicationHosts(installation)[0];
  if (!through) return { end: async () => {} };
  const scope = new CancellationScope();
  const watching = scope.run(async () => {
    const summary: unknown = await watch('watch the service through the load balancer')
      .watchService({ loadBalancers: installation.loadBalancers, through, soFar: record.state.watch });
    if (isSummary(summary)) record.state.watch = summary;
  }).catch((error: unknown) => {
    const happened = whatHappened(error);
    record.note({ step: 'watch', outcome: happened.kind === 'unknown' ? `ended early: ${happened.says}` : 'ended' });
  });
  const end = async () => {
    scope.cancel();
    await watching;
  };
  steps.endBeside = end;
  return { end };
}

function isSummary(value: unknown): value is WatchSummary {
  const { probes, answered, longestGapMs } = asRecord(value);
  return [probes, answered, longestGapMs].every((each) => typeof each === 'number');
}

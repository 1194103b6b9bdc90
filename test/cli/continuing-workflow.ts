/** Continues as new once, with a step before and a step behind; then ends as a finished upgrade does. */
import { continueAsNew, proxyActivities } from '@temporalio/workflow';

export async function opsManagerUpgrade(request: unknown, round = 0): Promise<unknown> {
  const { takeLocks } = proxyActivities<{ takeLocks(input: object): Promise<object> }>({ startToCloseTimeout: '10s', summary: `step ${round}` });
  await takeLocks({ attempt: { token: `run/lock#${round + 1}` } });
  if (round === 0) await continueAsNew<typeof opsManagerUpgrade>(request, 1);
  return { installation: 'om-chain', phase: 'done', from: '4.4.13', to: '4.4.18', headline: 'done in two runs', hosts: [], watch: null };
}

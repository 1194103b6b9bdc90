/** The same upgrades a build later: `waits` goes the same way, `changes` does another step first. */
import { proxyActivities } from '@temporalio/workflow';
import { hangs, waits } from './first-build.ts';

const { drain } = proxyActivities<{ drain(): Promise<string> }>({ startToCloseTimeout: '1m' });

export { hangs, waits };

export async function changes(): Promise<string> {
  await drain();
  return waits();
}

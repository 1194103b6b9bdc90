/** What an upgrade through the CLI put into history, for the benchmarks. */
import { connect } from '../../src/temporal/connect.ts';
import type { UpgradeView } from '../../src/upgrade/view.ts';

interface Killed {
  signalWorker(signal: 'SIGKILL'): Promise<void>;
  startWorker(): Promise<void>;
  until(what: string, isSo: (view: UpgradeView) => boolean): Promise<unknown>;
}

/** One line: the worker is killed at this moment, amid an install of five seconds on that host, and started again at once. */
export async function killedFigures(story: Killed, host: string): Promise<string> {
  const killed = Date.now();
  await story.signalWorker('SIGKILL');
  await story.startWorker();
  const ready = Date.now();
  await story.until('the install is proven', ({ timeline }) => timeline.some((event) => event.step === 'install' && event.host === host));
  return `killed: a new worker is ready after ${seconds(ready - killed)}, the install of 5 s is proven after ${seconds(Date.now() - killed)}`;
}

interface Ended { readonly server: { readonly address: string }; readonly workflowId: string }

/** Two lines for people: how long the workflow took, and events and activities, per host too. */
export async function historyFigures({ server, workflowId }: Ended, hosts: number): Promise<string> {
  const { client, close } = await connect({ address: server.address });
  const handle = client.workflow.getHandle(workflowId);
  const events = (await handle.fetchHistory()).events ?? [];
  const { startTime, closeTime } = await handle.describe();
  await close();
  const activities = events.filter((event) => event.activityTaskScheduledEventAttributes).length;
  return [
    `workflow: ${seconds((closeTime?.getTime() ?? 0) - startTime.getTime())}`,
    `history: ${events.length} events, ${activities} activities, ${(activities / hosts).toFixed(1)} activities and ${(events.length / hosts).toFixed(0)} events a host`,
  ].join('\n');
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

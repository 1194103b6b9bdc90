/** What a wait of minutes costs, and how it shows: an activity that says `NotNow` and is tried again later. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pending, RealTime, small } from './dev-server.ts';
import type { RunningUpgrade } from './harness.ts';

let env: RealTime;
beforeAll(async () => { env = await RealTime.begin(); });
afterAll(async () => { await env?.end(); });

type HistoryEvent = NonNullable<Awaited<ReturnType<RunningUpgrade['handle']['fetchHistory']>>['events']>[number];

/** `WAITS` follows `STARTS` on the host, with nothing beside it. */
const STARTS = 'startApplication';
const WAITS = 'awaitServing';
const HOST = 'om-2';

/**
 * Events from the end of the step before the wait to the decision that follows the wait: what the wait put into history.
 * A decision counts 3 (scheduled, started, completed), however often a busy machine had to give it again.
 */
async function eventsOfWait({ handle }: RunningUpgrade): Promise<number> {
  const events = (await handle.fetchHistory()).events ?? [];
  const endOf = (activity: string) => {
    const scheduled = events.find(({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityType?.name === activity
      && Buffer.from(attributes.input?.payloads?.[0]?.data ?? '').toString().startsWith(`{"host":{"name":"${HOST}"`));
    return events.findIndex(({ activityTaskCompletedEventAttributes: attributes }) => attributes && String(attributes.scheduledEventId) === String(scheduled?.eventId));
  };
  const decided = events.findIndex((event, index) => index > endOf(WAITS) && event.workflowTaskCompletedEventAttributes);
  return events.slice(endOf(STARTS) + 1, decided + 1).reduce((sum, event) => sum + (event.workflowTaskCompletedEventAttributes ? 3 : isOfDecision(event) ? 0 : 1), 0);
}

function isOfDecision(event: HistoryEvent): boolean {
  return Boolean(event.workflowTaskScheduledEventAttributes ?? event.workflowTaskStartedEventAttributes ?? event.workflowTaskTimedOutEventAttributes ?? event.workflowTaskFailedEventAttributes);
}

/** An upgrade whose host serves at the so manieth look. */
async function costOf(looks: number): Promise<number> {
  const fake = small();
  fake.fault(`${WAITS}:${HOST}`, (times) => {
    if (times < looks) throw ApplicationFailure.create({ type: 'NotNow', message: 'its port is closed', nextRetryDelay: '20ms' });
  });
  let events = Infinity;
  await env.upgrading(fake, async (upgrade) => {
    await upgrade.until(() => fake.acts.includes(`putBack:${HOST}`), `${HOST} in service`);
    expect(fake.times(`${WAITS}:${HOST}`)).toBe(looks);
    events = await eventsOfWait(upgrade);
  });
  return events;
}

describe('a wait of minutes', () => {
  it('costs 11 events, whether it looks twice or 12 times', async () => {
    expect(await Promise.all([costOf(2), costOf(12)])).toEqual([11, 11]);
  });

  it('shows in Temporal what its last look saw, and holds no slot of a worker between two looks', async () => {
    const fake = small();
    fake.fault('awaitServing:om-1', (times) => { throw ApplicationFailure.create({ type: 'NotNow', message: `its port is closed (look ${times})`, nextRetryDelay: times < 3 ? '20ms' : '10m' }); });
    await env.upgrading(fake, async (upgrade) => {
      const waits = await pending(upgrade, 'awaitServing', (each) => each.attempt === 4);
      expect(waits.lastFailure).toMatchObject({ message: 'its port is closed (look 3)', applicationFailureInfo: { type: 'NotNow' } });
      expect(waits.lastStartedTime ?? null).toBeNull();
    });
  });
});

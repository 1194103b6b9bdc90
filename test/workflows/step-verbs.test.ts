/**
 * What Temporal can do to one step: pause, unpause, reset, complete and fail, and its worker's shutdown. The first three and
 * the shutdown reach the step as a cancellation; it must not be taken for the upgrade's own.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowList } from '../../worker/failures.ts';
import { patience } from '../../worker/patience.ts';
import { atWork, pending, RealTime, small } from './dev-server.ts';
import type { RunningUpgrade } from './harness.ts';

const STEP = 'installPackage';

let env: RealTime;
beforeAll(async () => {
  env = await RealTime.begin();
  await env.stopWorking();
  await asTheWorkerDoes();
});
afterAll(async () => { await env?.end(); });

/** With the worker's own list of what may leave a step. */
function asTheWorkerDoes(): Promise<void> {
  const rules = { redact: (text: string) => text, patience: patience(60_000) };
  return env.startWorking({ interceptors: { activity: [allowList(rules)] }, maxHeartbeatThrottleInterval: '200ms' });
}

type Work = (signal: AbortSignal) => Promise<unknown>;
/** What steps throw when they are cancelled depends on what they wait for: the next look, or an answer of the host. */
const looksAgainLater: Work = (signal) => pause(600_000, undefined, { signal });
const awaitsAnswer: Work = (signal) => new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(signal.reason as Error); }); });

/** Runs an upgrade to the install of its first host, whose first attempt works, with heartbeats, until it is cancelled. */
async function inTheMiddle(work: Work, test: (upgrade: RunningUpgrade, ids: readonly string[]) => Promise<void>): Promise<void> {
  const fake = small();
  fake.fault(`${STEP}:om-1`, async (times) => {
    if (times > 1) return;
    const context = Context.current();
    const beating = setInterval(() => { context.heartbeat(); }, 50);
    try {
      await work(context.cancellationSignal);
    } finally {
      clearInterval(beating);
    }
  });
  await env.upgrading(fake, async (upgrade) => {
    await test(upgrade, ['-w', upgrade.handle.workflowId, '-a', await atWork(upgrade, STEP)]);
  });
}

/** The step was tried twice under one token, never only looked at; nobody was asked; what comes after it was begun. */
async function goesOn(upgrade: RunningUpgrade): Promise<void> {
  const { fake, handle } = upgrade;
  const view = await upgrade.until(() => fake.acts.includes('startApplication:om-1'), 'the start of om-1');
  expect(view).toMatchObject({ waitingFor: [], aborting: null });
  expect(view.timeline.filter(({ step }) => step.startsWith('question'))).toEqual([]);
  const token = `${handle.firstExecutionRunId}/install:om-1#1`;
  expect(fake.tokens.filter((each) => each.includes('/install:om-1#'))).toEqual([token, token]);
  expect(fake.times(`${STEP}:om-1`)).toBe(2);
  expect(fake.installs).toEqual({ 'om-1': 1 });
}

describe('a step in hand', () => {
  it.concurrent('rests after `activity pause` until `unpause`, then is tried again under its token', async () => {
    await inTheMiddle(looksAgainLater, async (upgrade, ids) => {
      await env.cli('activity', 'pause', ...ids);
      const rests = await pending(upgrade, STEP, (each) => each.paused === true && Boolean(each.lastFailure));
      expect(rests.lastFailure?.message).toBe('Activity paused');
      expect(await upgrade.status()).toMatchObject({ waitingFor: [], aborting: null });
      expect(upgrade.fake.times(`${STEP}:om-1`)).toBe(1);
      await env.cli('activity', 'unpause', ...ids);
      await goesOn(upgrade);
    });
  });

  it.concurrent('is tried again under its token after `activity reset`', async () => {
    await inTheMiddle(awaitsAnswer, async (upgrade, ids) => {
      await env.cli('activity', 'reset', ...ids);
      await goesOn(upgrade);
    });
  });
});

describe('a step in hand whose worker is shut down', () => {
  it('is given back, and the next worker tries it again under its token', async () => {
    await inTheMiddle(looksAgainLater, async (upgrade) => {
      await env.stopWorking();
      const given = await pending(upgrade, STEP, (each) => Boolean(each.lastFailure)).finally(asTheWorkerDoes);
      expect(given.lastFailure?.timeoutFailureInfo ?? null).toBeNull(); // given back, not found out by its silence
      await goesOn(upgrade);
    });
  });
});

describe('a step that is ended by hand in the Temporal UI', () => {
  it.concurrent.each([
    ['completed', ['complete', '--result', '{"outcome":"done","evidence":"I did it"}']],
    ['failed', ['fail', '--reason', 'it hangs']],
  ])('as %s is looked at: what is not so on the host is asked about, not believed', async (_, [verb = '', ...more]) => {
    const fake = small();
    let letGo = () => {};
    fake.fault(`${STEP}:om-1`, (times) => (times === 1 ? new Promise<void>((resolve) => { letGo = resolve; }) : undefined));
    await env.upgrading(fake, async (upgrade) => {
      const activityId = await atWork(upgrade, STEP);
      await env.cli('activity', verb, '-w', upgrade.handle.workflowId, '-a', activityId, ...more);
      await upgrade.waitsFor('install:om-1');
      expect(fake.host('om-1').running).toBeNull();
      letGo();
      await upgrade.answer('install:om-1', 'retry');
      await upgrade.until(() => fake.acts.includes('startApplication:om-1'), 'the start of om-1');
    });
  });
});


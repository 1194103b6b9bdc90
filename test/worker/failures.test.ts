import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { allowed, allowList } from '../../worker/failures.ts';
import { patience } from '../../worker/patience.ts';

const SECRET = 'correct-horse';
const logged: string[] = [];
const circumstances = {
  aborted: false,
  redact: (text: string) => text.replaceAll(SECRET, '[redacted]'),
  log: { error: (_: string, meta?: Record<string, unknown>) => { logged.push(String(meta?.['where'])); } },
};
const leaves = (error: unknown, aborted = false) => allowed(error, { ...circumstances, aborted }) as ApplicationFailure;
const named = (name: string, more: object = {}) => Object.assign(new Error(`om-1 answered ${SECRET}`), { name, ...more });

describe('what leaves an activity', () => {
  it.each(['Unreachable', 'NotNow'])('%s is retried, whether an error of ours or a failure of Temporal\'s', (type) => {
    for (const error of [named(type), ApplicationFailure.create({ type, message: 'm', nonRetryable: true })]) {
      expect(leaves(error)).toMatchObject({ type, nonRetryable: false });
    }
  });

  it('NotNow keeps its delay and raises no alarm', () => {
    const failure = leaves(ApplicationFailure.create({ type: 'NotNow', nextRetryDelay: '15s', category: ApplicationFailureCategory.BENIGN }));
    expect(failure.nextRetryDelay).toBe('15s');
    expect(failure.category).toBe(ApplicationFailureCategory.BENIGN);
    expect(leaves(named('NotNow', { nextRetryDelay: '5s' })).nextRetryDelay).toBe('5s');
    expect(leaves(named('Unreachable')).category).not.toBe(ApplicationFailureCategory.BENIGN);
  });

  it.each([
    ['a refusal', named('Refused'), 'Refused'],
    ['a fault in our code', new TypeError('x is not a function'), 'TypeError'],
    ['a system error', Object.assign(new Error('EACCES'), { code: 'EACCES' }), 'Error'],
    ['a retryable failure that is not on the list', ApplicationFailure.retryable('no', 'Sometimes'), 'Sometimes'],
    ['a failure without a type', ApplicationFailure.retryable('no'), 'Error'],
    ['an error that was wrapped around Unreachable', new Error('outer', { cause: named('Unreachable') }), 'Error'],
    ['a cancellation nobody asked for', new CancelledFailure('x'), 'CancelledFailure'],
    ['an abort nobody asked for', named('AbortError'), 'AbortError'],
    ['an error without a message', new Error(''), 'Error'],
    ['a string', 'boom', 'Error'],
    ['nothing', undefined, 'Error'],
    ['null', null, 'Error'],
    ['an object', { message: 'boom' }, 'Error'],
  ])('%s is final', (_, error, type) => {
    const failure = leaves(error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type, nonRetryable: true });
    expect(failure.message).not.toBe('');
  });

  it('a cancellation that was asked for passes as one, as abort and as failure', () => {
    const cancelled = new CancelledFailure('CANCELLED');
    expect(leaves(cancelled, true)).toBe(cancelled);
    expect(leaves(named('AbortError'), true)).toBeInstanceOf(CancelledFailure);
    expect(leaves(named('Unreachable'), true)).toMatchObject({ type: 'Unreachable', nonRetryable: false });
  });

  it('an activity that a person will complete passes', () => {
    expect(leaves(new CompleteAsyncError())).toBeInstanceOf(CompleteAsyncError);
  });

  it('carries no secret, no stack, no causes and at most 2 KB', () => {
    for (const type of ['Unreachable', 'NotNow', 'Refused', 'Surprise']) {
      const failure = leaves(new Error(`${SECRET} ${'x'.repeat(10_000)}`, { cause: new Error(SECRET) }));
      expect(failure.message.length).toBeLessThanOrEqual(2048);
      expect(JSON.stringify([failure.message, failure.stack, failure.cause ?? null, failure.details ?? null, leaves(named(type)).message])).not.toContain(SECRET);
      expect(failure.stack).toBe('');
    }
  });

  it('says where a fault of ours happened in the log, and nothing of an ordinary one', () => {
    logged.length = 0;
    leaves(named('Refused'));
    leaves(named('Unreachable'));
    expect(logged).toEqual([]);
    leaves(new TypeError(`${SECRET} is not a function`));
    expect(logged.join()).toMatch(/failures\.test\.ts/);
    expect(logged.join()).not.toContain(SECRET);
  });
});

describe('what an activity returns', () => {
  const rules = { redact: (text: string) => text, patience: patience(60_000) };
  const run = (activity: (...args: unknown[]) => Promise<unknown>, ...args: unknown[]) =>
    new MockActivityEnvironment(undefined, { interceptors: [allowList(rules)], logger: new DefaultLogger('ERROR') }).run(activity, ...args);

  it('is marked with the token of its attempt', async () => {
    const attempt = { token: 'run/drain:om-1#1' };
    expect(await run(async () => ({ outcome: 'done' }), { attempt })).toEqual({ outcome: 'done', token: attempt.token });
  });

  it('stays as it is without an attempt, and when it is no object', async () => {
    expect(await run(async () => ({ why: null }), { host: 'om-1' })).toEqual({ why: null });
    expect(await run(async () => ['om-1'], { attempt: { token: 't' } })).toEqual(['om-1']);
    expect(await run(async () => null, { attempt: { token: 't' } })).toBeNull();
    expect(await run(async () => 1)).toBe(1);
  });
});

describe('an unreachable host', () => {
  it('is tried again until patience is over, then a person is asked; anything else seen restores it', async () => {
    let now = 0;
    const rules = { redact: (text: string) => text, patience: patience(60_000, () => now) };
    const attempt = (name: string | null, activityId = '1') =>
      new MockActivityEnvironment({ activityId }, { interceptors: [allowList(rules)], logger: new DefaultLogger('ERROR') })
        .run(async () => { if (name !== null) throw named(name); })
        .then(() => 'ended', (error: ApplicationFailure) => (error.nonRetryable ? 'final' : 'retried'));

    expect(await attempt('Unreachable')).toBe('retried');
    now = 59_999;
    expect(await attempt('Unreachable')).toBe('retried');
    expect(await attempt('NotNow')).toBe('retried'); // it was reached
    now = 100_000;
    expect(await attempt('Unreachable')).toBe('retried');
    expect(await attempt('Unreachable', '2')).toBe('retried'); // another step, with patience of its own
    now = 160_000;
    expect(await attempt('Unreachable')).toBe('final');
    expect(await attempt(null)).toBe('ended');
    expect(await attempt('Unreachable')).toBe('retried');
  });
});

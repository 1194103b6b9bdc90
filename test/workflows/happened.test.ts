import * as common from '@temporalio/common';
import {
  ActivityFailure, ApplicationFailure, CancelledFailure, ServerFailure, TemporalFailure, TerminatedFailure, TimeoutFailure, TimeoutType,
} from '@temporalio/common';
import { ContinueAsNew } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { AbortUpgrade } from '../../workflows/runbook/abort-upgrade.ts';
import { whatHappened } from '../../workflows/runbook/happened.ts';

const inActivity = (cause?: Error) => new ActivityFailure('Activity task failed', 'drain', '7', undefined, 'worker', cause);
const timeout = (type: TimeoutType) => new TimeoutFailure('activity timed out', undefined, type);
const said = (type: string | undefined, message = 'words') => ApplicationFailure.create({ ...(type ? { type } : {}), message });

describe('what an error means', () => {
  it.each([
    ['continue-as-new', new ContinueAsNew({} as never)],
    ['a cancellation', new CancelledFailure('cancelled')],
    ['a cancelled activity', inActivity(new CancelledFailure('cancelled'))],
    ['an abort', new AbortUpgrade('enough')],
    ['a defect of the runbook', new TypeError('x is not a function')],
    ['something that is no error', 'a text'],
    ['nothing', undefined],
  ])('%s passes through untouched', (_, error) => {
    expect(whatHappened(error)).toEqual({ kind: 'pass' });
  });

  it('a step that lay in the queue too long is nothing that was done', () => {
    expect(whatHappened(inActivity(timeout(TimeoutType.SCHEDULE_TO_START)))).toEqual({ kind: 'queued' });
  });

  it.each([TimeoutType.START_TO_CLOSE, TimeoutType.HEARTBEAT, TimeoutType.SCHEDULE_TO_CLOSE])('a timeout of kind %s is unknown', (type) => {
    expect(whatHappened(inActivity(timeout(type)))).toEqual({ kind: 'unknown', says: `No worker reported how it ended (${type}).` });
  });

  it.each([
    ['Refused', { kind: 'refused', says: 'words' }],
    ['Unreachable', { kind: 'unknown', says: 'Could not be reached: words' }],
    ['NotNow', { kind: 'unknown', says: 'Still not possible: words' }],
    ['TypeError', { kind: 'unknown', says: 'words' }],
    ['ActivityPause', { kind: 'unknown', says: 'words' }], // a pause or reset of the last attempt that a look has
    ['ActivityReset', { kind: 'unknown', says: 'words' }],
    [undefined, { kind: 'unknown', says: 'words' }],
  ])('an error called %s', (type, happened) => {
    expect(whatHappened(inActivity(said(type)))).toEqual(happened);
    expect(whatHappened(said(type))).toEqual(happened);
  });

  it.each([
    ['no cause', inActivity()],
    ['a fault of the server', inActivity(new ServerFailure('broken', true))],
    ['a termination', inActivity(new TerminatedFailure('terminated'))],
    ['a cause that Temporal does not know', inActivity(new Error('odd'))],
  ])('an activity that failed with %s is unknown, never a yes or a no', (_, error) => {
    expect(whatHappened(error).kind).toBe('unknown');
  });

  it.each([
    ['a timeout', timeout(TimeoutType.START_TO_CLOSE)],
    ['a fault of the server', new ServerFailure('broken', true)],
    ['a termination', new TerminatedFailure('terminated')],
    ['a failure of a kind that comes later', new TemporalFailure('new')],
  ])('%s that is no activity\'s is unknown, too', (_, error) => {
    expect(whatHappened(error).kind).toBe('unknown');
  });

  it('is said here of every failure that the SDK knows', () => {
    const known = Object.entries(common).filter(([, each]) => typeof each === 'function' && (each === TemporalFailure || each.prototype instanceof TemporalFailure)).map(([name]) => name);
    const ofChildrenAndNexus = ['ChildWorkflowFailure', 'NexusOperationFailure', 'WorkflowExecutionAlreadyStartedError']; // no runbook has either
    expect(known.filter((name) => !ofChildrenAndNexus.includes(name)).sort()).toEqual([
      'ActivityFailure', 'ApplicationFailure', 'CancelledFailure', 'ServerFailure', 'TemporalFailure', 'TerminatedFailure', 'TimeoutFailure',
    ]);
  });

  it('never says more than history should keep', () => {
    const happened = whatHappened(inActivity(said('Refused', 'x'.repeat(100_000))));
    expect('says' in happened && happened.says.length).toBeLessThanOrEqual(2048);
  });
});

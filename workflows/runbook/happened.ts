/**
 * What an error from an activity means for the runbook. One function, because a wrong answer here is how a step runs twice:
 *
 * - `pass`: continue-as-new, cancellation, abort: not an error of the step; it must go through untouched.
 * - `queued`: it lay in the queue too long. An earlier attempt may have begun it (Temporal does not say): look, then
 *   listen to hold and abort, then schedule it again.
 * - `unknown`: any other timeout, or an unknown error: it may have run. Look, then ask. Never repeat.
 * - `refused`: a host or a safety rule said no. Nothing was done just now; what an earlier attempt began may still run: look.
 */
import {
  ActivityFailure, ApplicationFailure, CancelledFailure, ContinueAsNew, TemporalFailure, TimeoutFailure,
} from '@temporalio/workflow';
import { TimeoutType } from '@temporalio/common';
import { NOT_NOW, REFUSED, UNREACHABLE } from '../../src/upgrade/errors.ts';
import { cut } from '../../src/upgrade/outcome.ts';
import { AbortUpgrade } from './abort-upgrade.ts';

export type Happened =
  | { readonly kind: 'pass' }
  | { readonly kind: 'queued' }
  | { readonly kind: 'refused'; readonly says: string }
  | { readonly kind: 'unknown'; readonly says: string };

export function whatHappened(error: unknown): Happened {
  if (error instanceof ContinueAsNew || error instanceof CancelledFailure || error instanceof AbortUpgrade) return { kind: 'pass' };
  // An error that is no failure of an activity is a defect of the runbook: it must stall the task, not become an answer.
  if (!(error instanceof TemporalFailure)) return { kind: 'pass' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof CancelledFailure) return { kind: 'pass' };
  if (cause instanceof TimeoutFailure) return timedOut(cause);
  if (cause instanceof ApplicationFailure) return failed(cause);
  return { kind: 'unknown', says: cut(cause?.message ?? error.message) };
}

function timedOut(failure: TimeoutFailure): Happened {
  if (failure.timeoutType === TimeoutType.SCHEDULE_TO_START) return { kind: 'queued' };
  return { kind: 'unknown', says: `No worker reported how it ended (${failure.timeoutType ?? 'timeout'}).` };
}

function failed(failure: ApplicationFailure): Happened {
  const says = cut(failure.message);
  if (failure.type === REFUSED) return { kind: 'refused', says };
  if (failure.type === UNREACHABLE) return { kind: 'unknown', says: `Could not be reached: ${says}` };
  if (failure.type === NOT_NOW) return { kind: 'unknown', says: `Still not possible: ${says}` };
  return { kind: 'unknown', says };
}

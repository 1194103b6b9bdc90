/** The only file of this room that knows Temporal's activity context: cancellation, heartbeats, and the errors it understands. */
import { setMaxListeners } from 'node:events';
import { ApplicationFailure, CancelledFailure, Context, cancellationDetails } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { NOT_NOW, REFUSED, UNREACHABLE } from '../src/upgrade/errors.ts';

/** Aborted when the attempt is cancelled: by the workflow, or by pause, reset, time-out or the worker's shutdown. */
export function cancellation(): AbortSignal {
  const signal = Context.current().cancellationSignal;
  setMaxListeners(0, signal); // one look at many hosts listens many times; nothing leaks
  return signal;
}

/** True only when the workflow itself wants the activity to stop; pause, reset and shutdown look alike and mean "later". */
export function stoppedByWorkflow(): boolean {
  return cancellationDetails()?.cancelRequested === true;
}

/** When this step was first scheduled: the same for every retry. */
export function firstScheduled(): Date {
  return new Date(Context.current().info.scheduledTimestampMs);
}

const details = new WeakMap<Context, unknown>();

/** What the last heartbeat said, of this attempt or an earlier one. */
export function lastBeat(): unknown {
  const context = Context.current();
  return details.has(context) ? details.get(context) : context.info.heartbeatDetails;
}

export function beat(says: unknown): void {
  const context = Context.current();
  details.set(context, says);
  context.heartbeat(says);
}

/** Runs the work while heartbeats go on once a second, so that a slow host is not taken for a dead worker. */
export async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details.has(context) ? details.get(context) : context.info.heartbeatDetails), 1_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Time cures it: Temporal tries again after the delay, shows the sentence meanwhile, and raises no alarm. */
export function notNow(says: string, again: '2s' | '5s' | '10s' | '15s' | '30s' = '10s'): ApplicationFailure {
  return ApplicationFailure.create({ type: NOT_NOW, message: says, nextRetryDelay: again, category: ApplicationFailureCategory.BENIGN });
}

/** Input or a safety rule forbids the step: it was not run. */
export function refused(says: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(says, REFUSED);
}

/** Nothing is known: the connection was lost, or there was none. */
export function isUnreachable(error: unknown): error is Error {
  return error instanceof Error && error.name === UNREACHABLE;
}

/** Nobody serves there: the address itself turned the connection away, as seen from a host that was reached. */
export function isClosed(error: unknown): boolean {
  return isUnreachable(error) && (error as { readonly closed?: unknown }).closed === true;
}

/** Looking again does not help: host key, login, sudo or configuration. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && (error.name === REFUSED || (error instanceof ApplicationFailure && error.type === REFUSED));
}

export function isCancellation(error: unknown): boolean {
  return error instanceof CancelledFailure || cancellation().aborted;
}

/**
 * The allow-list of failures: what leaves an activity as an exception.
 *
 * Retried are only `NotNow`, the end of a worker, and `Unreachable` until patience is over. Everything else is final, so that nobody repeats
 * what was not understood; the runbook makes a question of it. Whatever leaves is cut and redacted, without stack and
 * causes: it is kept in history.
 */
import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import { NOT_NOW, REFUSED, UNREACHABLE } from '../src/upgrade/errors.ts';
import { cut } from '../src/upgrade/outcome.ts';
import type { Patience } from './patience.ts';

/** Hides secrets in text. */
export type Redact = (text: string) => string;

export interface Rules {
  readonly redact: Redact;
  readonly patience: Patience;
}

/** Interceptor of every activity: lets only allowed failures out, and marks results with the token of their attempt. */
export function allowList(rules: Rules): ActivityInterceptorsFactory {
  return (context) => ({ inbound: inbound(context, rules) });
}

function inbound({ info, cancellationSignal, log }: Context, { redact, patience }: Rules): ActivityInboundCallsInterceptor {
  const step = `${info.workflowExecution?.runId ?? ''}/${info.activityId}`;
  return {
    async execute(input, next) {
      try {
        const result = await next(input);
        patience.restore(step);
        return withToken(result, input.args[0]);
      } catch (error) {
        const failure = allowed(error, { aborted: cancellationSignal.aborted, redact, log });
        if (!(failure instanceof ApplicationFailure) || failure.type !== UNREACHABLE) patience.restore(step);
        else if (patience.isOver(step)) throw final(UNREACHABLE, failure.message);
        throw failure;
      }
    },
  };
}

/** The runbook knows by the token that the step itself ended, and not a person who completed the activity by hand. */
function withToken(result: unknown, input: unknown): unknown {
  const token = (input as { attempt?: { token?: unknown } } | undefined)?.attempt?.token;
  if (typeof token !== 'string' || typeof result !== 'object' || result === null || Array.isArray(result)) return result;
  return { ...result, token };
}

interface Circumstances {
  /** The activity was told to stop. */
  readonly aborted: boolean;
  readonly redact: Redact;
  readonly log: { error(message: string, meta?: Record<string, unknown>): void };
}

/** What may leave in place of this error. */
export function allowed(error: unknown, { aborted, redact, log }: Circumstances): Error {
  if (error instanceof CompleteAsyncError) return error;
  if (aborted && isCancellation(error)) return error instanceof CancelledFailure ? error : new CancelledFailure('cancelled');

  const { name, message } = described(error);
  const text = cut(redact(message));
  if (name === UNREACHABLE || name === NOT_NOW) {
    const nextRetryDelay = (error as { nextRetryDelay?: ApplicationFailure['nextRetryDelay'] }).nextRetryDelay;
    return bare(ApplicationFailure.create({
      type: name, message: text, nonRetryable: false,
      ...(nextRetryDelay == null ? {} : { nextRetryDelay }),
      // Waiting is no fault: without this every look would be logged as one.
      ...(name === NOT_NOW ? { category: ApplicationFailureCategory.BENIGN } : {}),
    }));
  }
  // A fault of Lockkeeper's own: where it happened is for its log, which history does not keep.
  if (name !== REFUSED && error instanceof Error) log.error('unexpected failure', { where: redact(error.stack ?? '') });
  return final(name, text);
}

function final(type: string, message: string): ApplicationFailure {
  return bare(ApplicationFailure.create({ type, message, nonRetryable: true }));
}

function isCancellation(error: unknown): boolean {
  return error instanceof CancelledFailure || (error instanceof Error && error.name === 'AbortError');
}

function described(error: unknown): { name: string; message: string } {
  if (error instanceof ApplicationFailure) return { name: error.type ?? 'Error', message: error.message };
  if (error instanceof Error) return { name: error.name || 'Error', message: error.message || 'an error without a message' };
  return { name: 'Error', message: `something that is no error was thrown: ${String(error)}` };
}

function bare(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = '';
  return failure;
}

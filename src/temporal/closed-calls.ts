import type { ConnectionOptions } from '@temporalio/client';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptors = NonNullable<ConnectionOptions['interceptors']>;
type Call = ReturnType<Interceptors[number]>;

/** Interceptors for one connection, and the word to them that it is about to be closed. */
export interface ClosedCalls {
  readonly interceptors: Interceptors;
  close(): void;
}

/**
 * The SDK tries a failed call again from a timer. On a connection that was closed meanwhile that throws where nobody
 * can catch it, and ends the process. So once closed, calls are neither scheduled again nor made: one that was waiting
 * for its next try gets no answer any more.
 */
export function closedCalls(): ClosedCalls {
  let closed = false;
  const options = defaultGrpcRetryOptions();
  const tryAgain = makeGrpcRetryInterceptor({ ...options, retryableDecider: (attempt, status) => !closed && options.retryableDecider(attempt, status) });
  const stop: Interceptors[number] = (call, next) => (closed ? noCall : next(call)) as Call;
  return { interceptors: [tryAgain, stop], close: () => { closed = true; } };
}

const nothing = () => undefined;
/** A call that is never made. */
const noCall: Pick<Call, 'start' | 'sendMessage' | 'sendMessageWithContext' | 'startRead' | 'halfClose' | 'cancelWithStatus' | 'getPeer' | 'getAuthContext'> = {
  start: nothing, sendMessage: nothing, sendMessageWithContext: nothing, startRead: nothing, halfClose: nothing,
  cancelWithStatus: nothing, getPeer: () => 'none', getAuthContext: () => null,
};

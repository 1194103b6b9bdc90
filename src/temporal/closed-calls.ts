import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';

type Interceptors = NonNullable<ConnectionOptions['interceptors']>;
type Call = ReturnType<Interceptors[number]>;
type Start = Call['start'];

/** Interceptors for one connection, and the word to them that it is about to be closed. */
export interface ClosedCalls {
  readonly interceptors: Interceptors;
  close(): void;
}

/** gRPC's status CANCELLED. */
const CANCELLED = 1;

/**
 * The SDK tries a failed call again from a timer. On a connection that was closed meanwhile that throws where nobody
 * can catch it, and ends the process. So once closed, no call is made: its caller is told that it is cancelled.
 */
export function closedCalls(): ClosedCalls {
  let closed = false;
  const options = defaultGrpcRetryOptions();
  const tryAgain = makeGrpcRetryInterceptor({ ...options, retryableDecider: (attempt, status) => !closed && options.retryableDecider(attempt, status) });
  const stop: Interceptors[number] = (call, next) => (closed ? cancelledCall : next(call)) as Call;
  return { interceptors: [tryAgain, stop], close: () => { closed = true; } };
}

/** Answers once its caller is ready to hear it. */
const start: Start = (metadata, listener) => {
  setImmediate(() => {
    listener?.onReceiveMessage?.(null);
    listener?.onReceiveStatus?.({ code: CANCELLED, details: 'the connection to Temporal was closed', metadata });
  });
};
const nothing = () => undefined;
const cancelledCall = {
  start, sendMessage: nothing, sendMessageWithContext: nothing, startRead: nothing, halfClose: nothing,
  cancelWithStatus: nothing, getPeer: () => 'none', getAuthContext: () => null,
};

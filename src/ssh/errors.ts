/** The two errors of this room, named by what to do next (`src/upgrade/errors.ts`). All else that is seen is a returned value. */
import { REFUSED, UNREACHABLE } from '../upgrade/errors.ts';

/** The network, the connection or a channel was lost, or did not answer in time. Nothing is known: look again. */
export class Unreachable extends Error {
  override readonly name = UNREACHABLE;
  readonly says: string;
  /** This much is known: the address turned the connection away or closed it without an answer, while the way to the host lived on. */
  readonly closed: boolean;
  constructor(says: string, options?: ErrorOptions & { readonly closed?: boolean }) {
    super(says, options);
    this.says = says;
    this.closed = options?.closed ?? false;
  }
}

/** Host key, login, sudo or configuration: looking again does not help, a person must change something. */
export class Refused extends Error {
  override readonly name = REFUSED;
  readonly says: string;
  constructor(says: string, options?: ErrorOptions) {
    super(says, options);
    this.says = says;
  }
}

/** What a caller that was cancelled gets: the reason it was given, never an error of ours. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/** Settles with the promise, or rejects with the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  throwIfAborted(signal);
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

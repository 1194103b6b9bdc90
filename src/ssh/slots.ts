/** A limit on how many things are under way at once; those beyond it wait in order. */
import { throwIfAborted } from './errors.ts';

export interface Slots {
  /** Waits for a free slot; the caller frees it by the function it gets. Rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<() => void>;
}

export function createSlots(limit: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const free = (): void => {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  };
  return {
    async take(signal) {
      throwIfAborted(signal);
      if (taken < limit) taken += 1;
      else await turn(waiting, signal);
      let freed = false;
      return () => {
        if (!freed) free();
        freed = true;
      };
    },
  };
}

function turn(waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.splice(waiting.indexOf(go), 1);
      reject(signal?.reason);
    };
    const go = (): void => {
      signal?.removeEventListener('abort', leave);
      resolve();
    };
    waiting.push(go);
    signal?.addEventListener('abort', leave, { once: true });
  });
}

/** Remembers since when steps have found their host unreachable, so that a person is asked instead of trying for ever. */
export interface Patience {
  /** The step was Unreachable once more: is it so for too long now? */
  isOver(step: string): boolean;
  /** The step said anything else. */
  restore(step: string): void;
}

/** Milliseconds after which a step that was not heard of again is forgotten: its upgrade has gone on without it. */
const FORGET_AFTER = 60 * 60_000;

/**
 * Patience of `limit` milliseconds for each step. It is kept in this process: a worker that starts anew has all of it
 * again. Time in which a step was not tried at all counts too, up to an hour.
 */
export function patience(limit: number, now: () => number = Date.now): Patience {
  const since = new Map<string, { first: number; last: number }>();
  return {
    isOver(step) {
      for (const [other, { last }] of since) if (now() - last > FORGET_AFTER) since.delete(other);
      const first = since.get(step)?.first ?? now();
      since.set(step, { first, last: now() });
      return now() - first >= limit;
    },
    restore: (step) => { since.delete(step); },
  };
}

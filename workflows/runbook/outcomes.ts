/** How ends are told apart: which outcomes are proven, and when works side by side have all ended. */
import type { Attempt, StepOutcome } from '../../src/upgrade/outcome.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';

/** All results, once all have ended; what one threw is thrown then. */
export async function bothEnded<T extends readonly unknown[]>(works: readonly [...{ [K in keyof T]: Promise<T[K]> }]): Promise<T> {
  const all: readonly Promise<unknown>[] = works;
  const ended = await Promise.allSettled(all);
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return ended.map((each) => (each.status === 'fulfilled' ? each.value : undefined)) as unknown as T;
}

/** True for an outcome that was proven. Anything may come in: results can be typed into the UI. */
export function succeeded(outcome: unknown): boolean {
  const said = asRecord(outcome)['outcome'];
  return said === 'done' || said === 'already';
}

/** The worker puts the attempt's token into every outcome; a result typed into the UI has none. */
export function isWitnessed(outcome: unknown, attempt: Attempt): outcome is StepOutcome {
  const { token, outcome: said, evidence } = asRecord(outcome);
  return token === attempt.token && ['done', 'already', 'unknown', 'failed'].includes(asText(said) ?? '') && asText(evidence) !== undefined;
}

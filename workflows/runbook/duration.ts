import type { Duration } from '@temporalio/common';
import type { DurationText } from '../../src/upgrade/installation.ts';

/** Durations were checked where they came in (the schema, `said.ts`); Temporal's type wants to be told. */
export function duration(text: DurationText): Duration {
  return text as Duration;
}

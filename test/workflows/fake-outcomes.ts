/** What fake activities bring back, and how they say that it is too early. */
import { ApplicationFailure } from '@temporalio/common';
import type { StepOutcome } from '../../src/upgrade/outcome.ts';

export function done(evidence: string): StepOutcome {
  return { outcome: 'done', evidence };
}
export function failed(evidence: string): StepOutcome {
  return { outcome: 'failed', evidence };
}
export function unknown(evidence: string): StepOutcome {
  return { outcome: 'unknown', evidence };
}
/**
 * Time cures it. 37 s divide none of the policies' times: an attempt that runs in the very moment in which its wait is
 * cancelled leaves the time-skipping server unable to skip (seen with 1.40).
 */
export function notNow(message: string, nextRetryDelay: '15s' | '37s' = '15s'): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'NotNow', nextRetryDelay });
}

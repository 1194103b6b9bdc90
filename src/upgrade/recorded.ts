/**
 * What Temporal recorded of an upgrade, as a plain list in order of time: the input of the report.
 * `src/temporal/history.ts` reads it; nothing here knows Temporal. Times are ISO 8601 in UTC.
 */
export type Recorded =
  | { readonly what: 'started'; readonly at: string; readonly runId: string; readonly workflowType: string; readonly input: unknown }
  /** `step` is unique in the list; the following entries of the same step carry it. */
  | { readonly what: 'step-scheduled'; readonly at: string; readonly step: string; readonly activity: string; readonly title?: string | undefined; readonly input: unknown }
  /** Its last attempt began. Temporal records this only when the step ends. */
  | { readonly what: 'step-begun'; readonly at: string; readonly step: string; readonly attempt: number; readonly lastFailure?: string | undefined }
  | { readonly what: 'step-ended'; readonly at: string; readonly step: string; readonly how: StepEnd; readonly answer?: unknown; readonly failure?: string | undefined }
  /** A message of a person, as it came: the body may be anything. */
  | { readonly what: 'said'; readonly at: string; readonly name: string; readonly via: 'signal' | 'update'; readonly body: unknown }
  /** The first wait of the upgrade changed; null when nobody is waited for. */
  | { readonly what: 'waiting-for'; readonly at: string; readonly id: string | null }
  | { readonly what: 'cancel-requested'; readonly at: string; readonly by: string }
  | { readonly what: 'closed'; readonly at: string; readonly how: Closing; readonly result?: unknown; readonly failure?: RecordedFailure | undefined; readonly by?: string | undefined; readonly reason?: string | undefined };

export type StepEnd = 'answered' | 'failed' | 'timed-out' | 'cancelled';
export type Closing = 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';

export interface RecordedFailure {
  readonly type: string;
  readonly message: string;
  readonly details: readonly unknown[];
}

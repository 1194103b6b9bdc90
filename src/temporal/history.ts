/**
 * Reads what Temporal recorded of an upgrade, as the plain list that the report folds.
 *
 * Works for open, closed and terminated runs, with and without a worker, and over continue-as-new: it starts at the
 * newest run and walks back to the first. A run that Temporal no longer keeps ends the walk; the report then says so.
 */
import { isGrpcServiceError, type Client, type WorkflowService } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { Closing, Recorded, RecordedFailure, StepEnd } from '../upgrade/recorded.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
type Failure = temporal.api.failure.v1.IFailure | null | undefined;

export interface RecordedUpgrade {
  readonly entries: readonly Recorded[];
  /** False when Temporal has already removed the first runs of the chain. */
  readonly complete: boolean;
}

/** Everything recorded of the newest upgrade under that id, or of the chain that ends with `runId`. Throws NOT_FOUND as Temporal does. */
export async function readRecorded(client: Client, workflowId: string, runId?: string): Promise<RecordedUpgrade> {
  const runs: (readonly Recorded[])[] = [];
  let run = runId;
  for (;;) {
    const events = await eventsOf(client, workflowId, run).catch((error: unknown) => {
      if (runs.length > 0 && isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return null;
      throw error;
    });
    if (events === null) return { entries: runs.flat(), complete: false };
    runs.unshift(recordedIn(events));
    const previous = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (!previous) return { entries: runs.flat(), complete: true };
    run = previous;
  }
}

const NOT_FOUND = 5; // grpc status code

async function eventsOf(client: Client, workflowId: string, runId?: string): Promise<readonly Event[]> {
  const service: WorkflowService = client.connection.workflowService;
  const namespace = client.options.namespace;
  const events: Event[] = [];
  let nextPageToken: Uint8Array | null | undefined;
  do {
    const page = await service.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId: runId ?? null },
      nextPageToken: nextPageToken ?? null,
    });
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken;
  } while (nextPageToken && nextPageToken.length > 0);
  return events;
}

/** The entries of one run's events. Pure; exported for recorded histories. */
export function recordedIn(events: readonly Event[]): readonly Recorded[] {
  const runId = events[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? '';
  return events.flatMap((event) => entriesOf(event, runId));
}

function entriesOf(event: Event, runId: string): readonly Recorded[] {
  const at = timeOf(event);
  return [
    ...startEntries(event, at),
    ...stepEntries(event, at, runId),
    ...messageEntries(event, at),
    ...waitEntries(event, at),
    ...closingEntries(event, at),
  ];
}

function startEntries(event: Event, at: string): readonly Recorded[] {
  const started = event.workflowExecutionStartedEventAttributes;
  if (!started) return [];
  return [{
    what: 'started', at, runId: started.originalExecutionRunId ?? '', workflowType: started.workflowType?.name ?? '', input: first(started.input),
  }];
}

function stepEntries(event: Event, at: string, runId: string): readonly Recorded[] {
  const key = (eventId: unknown): string => `${runId}/${String(eventId)}`;
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled) {
    const title = decoded(event.userMetadata?.summary);
    return [{
      what: 'step-scheduled', at, step: key(event.eventId), activity: scheduled.activityType?.name ?? '',
      title: typeof title === 'string' ? title : undefined, input: first(scheduled.input),
    }];
  }
  const begun = event.activityTaskStartedEventAttributes;
  if (begun) {
    return [{ what: 'step-begun', at, step: key(begun.scheduledEventId), attempt: begun.attempt ?? 1, lastFailure: begun.lastFailure?.message ?? undefined }];
  }
  const ended = (of: { scheduledEventId?: unknown }, how: StepEnd, rest: { answer?: unknown; failure?: string | undefined }): readonly Recorded[] =>
    [{ what: 'step-ended', at, step: key(of.scheduledEventId), how, ...rest }];
  const completed = event.activityTaskCompletedEventAttributes;
  if (completed) return ended(completed, 'answered', { answer: first(completed.result) });
  const failed = event.activityTaskFailedEventAttributes;
  if (failed) return ended(failed, 'failed', { failure: sentenceOf(failed.failure) });
  const timedOut = event.activityTaskTimedOutEventAttributes;
  if (timedOut) return ended(timedOut, 'timed-out', { failure: sentenceOf(timedOut.failure) });
  const cancelled = event.activityTaskCanceledEventAttributes;
  if (cancelled) return ended(cancelled, 'cancelled', { answer: first(cancelled.details) });
  return [];
}

function messageEntries(event: Event, at: string): readonly Recorded[] {
  const signalled = event.workflowExecutionSignaledEventAttributes;
  if (signalled) return [{ what: 'said', at, name: signalled.signalName ?? '', via: 'signal', body: first(signalled.input) }];
  const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
  if (accepted) return [{ what: 'said', at, name: accepted.name ?? '', via: 'update', body: first(accepted.args) }];
  const cancel = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancel) return [{ what: 'cancel-requested', at, by: cancel.identity ?? '' }];
  return [];
}

/** The runbook upserts its first wait; unsetting it is recorded as an empty value. */
function waitEntries(event: Event, at: string): readonly Recorded[] {
  const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  if (!fields || !('LockkeeperWaitingFor' in fields)) return [];
  const value = decoded(fields['LockkeeperWaitingFor']);
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return [{ what: 'waiting-for', at, id: typeof id === 'string' && id !== '' ? id : null }];
}

/** Continued as new is no end: the next run of the chain follows. */
function closingEntries(event: Event, at: string): readonly Recorded[] {
  const closed = (how: Closing, rest: Partial<Extract<Recorded, { what: 'closed' }>>): readonly Recorded[] => [{ what: 'closed', at, how, ...rest }];
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed) return closed('completed', { result: first(completed.result) });
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed) return closed('failed', { failure: failureOf(failed.failure) });
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated) return closed('terminated', { by: terminated.identity ?? undefined, reason: terminated.reason ?? undefined });
  if (event.workflowExecutionCanceledEventAttributes) return closed('cancelled', {});
  if (event.workflowExecutionTimedOutEventAttributes) return closed('timed-out', {});
  return [];
}

function failureOf(failure: Failure): RecordedFailure {
  const application = failure?.applicationFailureInfo;
  const details = application?.details?.payloads ?? [];
  return { type: application?.type ?? '', message: failure?.message ?? '', details: details.map(decoded) };
}

/** The innermost message says what happened; the outer ones say only that an activity failed. */
function sentenceOf(failure: Failure): string {
  let inner = failure;
  while (inner?.cause) inner = inner.cause;
  return inner?.message ?? '';
}

function first(payloads: Payloads): unknown {
  return decoded(payloads?.payloads?.[0]);
}

/** Junk and encrypted payloads are shown as absent: a report never fails on what somebody sent. */
function decoded(payload: Payload | null | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}

function timeOf(event: Event): string {
  const seconds = Number(event.eventTime?.seconds ?? 0);
  return new Date(seconds * 1000 + Math.floor((event.eventTime?.nanos ?? 0) / 1e6)).toISOString();
}

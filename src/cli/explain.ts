/** Turns any error into one sentence for a person and an exit code. Stack traces only for LOCKKEEPER_DEBUG=1. */
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { TemporalUnreachable } from '../temporal/connect.ts';
import { EXIT, Stop, type ExitCode } from './exit.ts';

export interface Explained { readonly sentence: string; readonly code: ExitCode }

/** gRPC status codes that the CLI tells apart. */
export const GRPC = { invalidArgument: 3, deadlineExceeded: 4, notFound: 5, permissionDenied: 7, failedPrecondition: 9, unavailable: 14, unauthenticated: 16 } as const;

const MORE = 'For details run it again with LOCKKEEPER_DEBUG=1.';
const WAY_OUT = 'Is it running, and does TEMPORAL_ADDRESS or TEMPORAL_PROFILE name it? `lockkeeper dev` starts one on this machine.';

export function explain(error: unknown): Explained {
  if (error instanceof Stop) return { sentence: error.message, code: error.code };
  if (error instanceof TemporalUnreachable) return { sentence: ended(error.message), code: EXIT.unreachable };
  if (error instanceof Error && error.name === 'BadConfig') return { sentence: ended(error.message), code: EXIT.usage };
  const failure = grpcFailure(error);
  if (failure === undefined) return { sentence: `${ended(textOf(error))} ${MORE}`, code: EXIT.failed };
  if (failure.code === GRPC.unavailable || failure.code === GRPC.deadlineExceeded) {
    return { sentence: `Temporal cannot be reached (${failure.details}). ${WAY_OUT}`, code: EXIT.unreachable };
  }
  if (failure.code === GRPC.unauthenticated || failure.code === GRPC.permissionDenied) {
    return { sentence: `Temporal refuses this login: ${ended(failure.details)} TEMPORAL_API_KEY or TEMPORAL_PROFILE says who you are.`, code: EXIT.unreachable };
  }
  return { sentence: `Temporal answered: ${ended(failure.details)} ${MORE}`, code: EXIT.failed };
}

export function isUnreachable(error: unknown): boolean {
  return explain(error).code === EXIT.unreachable;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || grpcFailure(error)?.code === GRPC.notFound;
}

/** The gRPC failure behind an error, however deep the client wrapped it. */
export function grpcFailure(error: unknown): { readonly code: number; readonly details: string } | undefined {
  if (isGrpcServiceError(error)) return { code: Number(error.code), details: error.details || error.message };
  return error instanceof Error && error.cause !== undefined ? grpcFailure(error.cause) : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** As a sentence: with a full stop and on one line. */
function ended(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

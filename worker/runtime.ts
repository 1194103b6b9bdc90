import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

const logger = (level: LogLevel) => new DefaultLogger(level, (entry) => process.stderr.write(`${logLine(entry)}\n`));
let ours = logger('INFO');
let installed = false;

/**
 * Installs the SDK's runtime once in this process, with logs of one line each on stderr. Without it the SDK's core
 * writes long coloured lines to stdout whenever the server is away. A runtime somebody else has installed stays.
 * Signals are left to the caller, who may have a server to end after the worker.
 */
export function quietRuntime(level: LogLevel): void {
  if (installed) return;
  installed = true;
  ours = logger(level);
  try {
    Runtime.install({
      logger: logger(level === 'INFO' ? 'WARN' : level), // what the SDK tells at INFO is of no use to an operator
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} } },
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'IllegalStateError') throw error;
  }
}

/** Writes one line to the worker's log. */
export function log(level: LogLevel, message: string): void {
  ours.log(level, message);
}

/** Facts an operator looks for. The rest of an entry (task queues, SDK components, run ids) is noise on a terminal. */
const KEPT = ['workflowId', 'activityType', 'attempt', 'where'];

/** One log entry as one line: time, level, message, the error's message without its stack, the few facts that are kept. */
export function logLine({ level, timestampNanos, message, meta }: LogEntry): string {
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const facts = KEPT.filter((key) => meta?.[key] !== undefined).map((key) => ` ${key}=${String(meta?.[key])}`);
  const error: unknown = meta?.['error'];
  const why = error === undefined ? '' : `: ${error instanceof Error ? error.message : String(error)}`;
  return `${at} ${level} ${message}${why}${facts.join('')}`.replaceAll(/\s*\n\s*/g, ' | ');
}

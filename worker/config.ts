import ms, { type StringValue } from 'ms';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
/** A duration as people write it, in milliseconds. */
const duration = z.string().transform((text, context) => {
  const milliseconds: number | undefined = ms(text as StringValue);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: 'expected a duration such as 30s or 5m' });
  return z.NEVER;
});
const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/** What a worker is told by its environment. Temporal's own variables (`TEMPORAL_*`) are read where it connects. */
const schema = z.object({
  /** Relative paths of packages, keys and certificates in an installation file start here. */
  LOCKKEEPER_FOLDER: z.string().min(1).optional(),
  /** Folder of the lock on every host, `~/…` in the login user's home there; for hosts where /var/lib is not to be used. */
  LOCKKEEPER_STATE: z.string().min(1).optional(),
  LOCKKEEPER_TASK_QUEUE: z.string().min(1).default('lockkeeper'),
  /** Port of the health check; without it there is none. */
  LOCKKEEPER_HEALTH_PORT: port.optional(),
  /** Address the health check listens at; a container needs 0.0.0.0. */
  LOCKKEEPER_HEALTH_ADDRESS: z.string().min(1).default('127.0.0.1'),
  /** Names the build for worker versioning; default: the hash of the workflow code. */
  LOCKKEEPER_BUILD_ID: z.string().min(1).optional(),
  /** How long a host may be unreachable within one step before a person is asked. */
  LOCKKEEPER_UNREACHABLE_FOR: duration.prefault('5m'),
  LOCKKEEPER_LOG_LEVEL: z.enum(LEVELS).default('INFO'),
});

export interface WorkerConfig {
  readonly folder: string;
  readonly stateFolder?: string | undefined;
  readonly taskQueue: string;
  readonly health?: { readonly port: number; readonly address: string } | undefined;
  readonly buildId?: string | undefined;
  /** Milliseconds. */
  readonly unreachableFor: number;
  readonly logLevel: (typeof LEVELS)[number];
}

/** A variable holds what it may not. The message names each such variable, what was found and what is allowed. */
export class BadConfig extends Error {
  override readonly name = 'BadConfig';
}

/** Reads the worker's configuration. An empty variable counts as unset. Throws `BadConfig`. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${String(path[0])}=${set[String(path[0])] ?? ''}: ${message}`);
    throw new BadConfig(faults.join('; '));
  }
  const { data } = parsed;
  return {
    folder: data.LOCKKEEPER_FOLDER ?? process.cwd(),
    taskQueue: data.LOCKKEEPER_TASK_QUEUE,
    logLevel: data.LOCKKEEPER_LOG_LEVEL,
    unreachableFor: data.LOCKKEEPER_UNREACHABLE_FOR,
    ...(data.LOCKKEEPER_STATE === undefined ? {} : { stateFolder: data.LOCKKEEPER_STATE }),
    ...(data.LOCKKEEPER_HEALTH_PORT === undefined
      ? {} : { health: { port: data.LOCKKEEPER_HEALTH_PORT, address: data.LOCKKEEPER_HEALTH_ADDRESS } }),
    ...(data.LOCKKEEPER_BUILD_ID === undefined ? {} : { buildId: data.LOCKKEEPER_BUILD_ID }),
  };
}

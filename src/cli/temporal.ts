/** The CLI's connection to Temporal: opened when a command needs it, closed when the command ends. */
import { connect, type Connected, type Where } from '../temporal/connect.ts';

export type { Connected, Where };

/** The task queue that Lockkeeper's workers serve; the worker reads the same variable. */
export function taskQueue(environment: NodeJS.ProcessEnv): string {
  return environment['LOCKKEEPER_TASK_QUEUE'] || 'lockkeeper';
}

/** Runs `use` with the configured Temporal. Throws `TemporalUnreachable`, which ends a command with exit code 4. */
export async function withTemporal<T>(where: Where, use: (temporal: Connected) => Promise<T>): Promise<T> {
  const temporal = await connect(where);
  try {
    return await use(temporal);
  } finally {
    await temporal.close();
  }
}

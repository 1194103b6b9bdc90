/** What this room is told by whoever composes it, and where its paths lead to on this worker. */
import { workerPath, type Secrets } from '../secrets/secrets.ts';

export interface HostsConfig {
  /** Folder that relative paths of keys and `known_hosts` are resolved against. */
  readonly folder: string;
  /** For `~` (HOME) and the SSH agent (SSH_AUTH_SOCK). */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Secrets;
  /** Folder of the lock on every host; default /var/lib/lockkeeper. Absolute. */
  readonly stateFolder?: string | undefined;
}

/** An absolute path on the worker, or undefined when the file gave none. */
export function onWorker(path: string | undefined, config: HostsConfig): string | undefined {
  return path === undefined ? undefined : workerPath(path, config);
}

import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { closedCalls } from './closed-calls.ts';

/** Where Temporal is looked for when neither a flag, a variable nor a profile says so. */
export const DEFAULT_ADDRESS = 'localhost:7233';

/** Milliseconds until an address that does not answer is given up. A person is waiting at the command line. */
const DEADLINE = 5_000;
/** A server that was reached gets more: one that has just started, or is busy, may take a while to know its namespaces. */
const ANSWER_DEADLINE = 15_000;

export interface Where {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** A profile of the ecosystem's TOML file; default `default`. */
  readonly profile?: string | undefined;
}

/** What clients and workers need to reach Temporal. */
export interface ConnectionSettings {
  readonly address: string;
  readonly namespace: string;
  /** TLS, API key and metadata, as profile and `TEMPORAL_*` variables say. */
  readonly options: ClientConnectConfig['connectionOptions'];
}

export interface Connected {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly address: string;
  close(): Promise<void>;
}

/** Temporal cannot be reached. The message says where it was looked for and what the person can do. */
export class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
}

/** Reads address, namespace and credentials: argument, then `TEMPORAL_*`, then the profile. Throws `TemporalUnreachable`. */
export function connectionSettings(where: Where = {}): ConnectionSettings {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig(where.profile === undefined ? {} : { profile: where.profile });
    const address = where.address ?? connectionOptions.address ?? DEFAULT_ADDRESS;
    return { address, namespace: where.namespace ?? namespace ?? 'default', options: { ...connectionOptions, address } };
  } catch (error) {
    throw new TemporalUnreachable(`Temporal's connection settings cannot be read: ${text(error)}; see TEMPORAL_CONFIG_FILE and TEMPORAL_PROFILE`);
  }
}

/** Connects to Temporal and sees that the namespace exists. Gives up after 5 s, or 15 s when somebody is there. Throws `TemporalUnreachable`. */
export async function connect(where: Where = {}): Promise<Connected> {
  const { address, namespace, options } = connectionSettings(where);
  const calls = closedCalls();
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...options, connectTimeout: DEADLINE, interceptors: calls.interceptors });
  } catch (error) {
    throw new TemporalUnreachable(
      `Temporal does not answer at ${address} (${text(error)}). Start one with \`lockkeeper dev\`, or say where it is with --address or TEMPORAL_ADDRESS`,
    );
  }
  const close = async () => {
    calls.close();
    await connection.close();
  };
  try {
    await connection.withDeadline(Date.now() + ANSWER_DEADLINE, () => connection.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    await close();
    throw new TemporalUnreachable(
      `Temporal at ${address} answers, but not for the namespace ${namespace} (${text(error)}). Correct --namespace or TEMPORAL_NAMESPACE`,
    );
  }
  return { client: new Client({ connection, namespace }), connection, namespace, address, close };
}

function text(error: unknown): string {
  const details: unknown = (error as { details?: unknown }).details; // the sentence of a gRPC error, without its code
  if (typeof details === 'string' && details) return details;
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}

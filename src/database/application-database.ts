/** Asks the Application Database's servers about themselves. Never reads a collection of the application's. */
import { MongoClient, type Document } from 'mongodb';
import type { Secrets } from '../secrets/secrets.ts';
import type { SecretReference } from '../upgrade/installation.ts';
import { notReached, sight, type DatabaseDocuments, type DatabaseSighting } from '../products/ops-manager/application-database.ts';

export interface ApplicationDatabase {
  /** Never throws for what it sees, unreachable included; throws when the secret cannot be had or the signal is aborted. */
  look(uri: SecretReference, signal?: AbortSignal): Promise<DatabaseSighting>;
}

// A replica set that has a primary shows it within two heartbeats of 2 s; an election may take some seconds more.
const SELECTION_MS = 8_000;

export interface DatabaseSettings {
  readonly secrets: Secrets;
  /** How long a server is looked for, in milliseconds; default 8,000. */
  readonly selectionMs?: number | undefined;
}

export function createApplicationDatabase(settings: DatabaseSettings): ApplicationDatabase {
  return {
    async look(reference, signal) {
      const uri = await settings.secrets.resolve(reference);
      signal?.throwIfAborted();
      return ask(uri, settings);
    },
  };
}

async function ask(uri: string, { secrets, selectionMs = SELECTION_MS }: DatabaseSettings): Promise<DatabaseSighting> {
  let client: MongoClient | undefined;
  try {
    // A secondary may answer too: without a primary that is what can be seen.
    client = new MongoClient(uri, { appName: 'lockkeeper', serverSelectionTimeoutMS: selectionMs, connectTimeoutMS: selectionMs, readPreference: 'primaryPreferred', maxPoolSize: 1 });
    return sight(await documents(client));
  } catch (error) {
    return notReached(secrets.redact(error instanceof Error ? error.message : String(error)));
  } finally {
    await client?.close();
  }
}

async function documents(client: MongoClient): Promise<DatabaseDocuments> {
  const admin = client.db('admin');
  const optional = async (command: Document): Promise<Document | undefined> => {
    try {
      return await admin.command(command, { readPreference: 'primaryPreferred' });
    } catch (error) {
      // The server answered that it does not know or allow this: one question less can be answered.
      if (error instanceof Error && error.name === 'MongoServerError') return undefined;
      throw error;
    }
  };
  const hello = await admin.command({ hello: 1 }, { readPreference: 'primaryPreferred' });
  const build = await admin.command({ buildInfo: 1 }, { readPreference: 'primaryPreferred' });
  const status = await optional({ replSetGetStatus: 1 });
  const config = await optional({ replSetGetConfig: 1 });
  const feature = await optional({ getParameter: 1, featureCompatibilityVersion: 1 });
  const featureCompatibility: unknown = feature?.['featureCompatibilityVersion']?.version;
  return {
    hello: hello as DatabaseDocuments['hello'],
    version: String(build['version']),
    status: Array.isArray(status?.['members']) ? status as unknown as DatabaseDocuments['status'] : undefined,
    config: Array.isArray(config?.['config']?.members) ? config['config'] as DatabaseDocuments['config'] : undefined,
    featureCompatibility: typeof featureCompatibility === 'string' ? featureCompatibility : undefined,
  };
}

/** The only file that holds the driver of MongoDB: what the servers answer about themselves. */
import type { SecureContext } from 'node:tls';
import { MongoClient, MongoServerError, type Document, type MongoClientOptions } from 'mongodb';
import { COMMAND_NOT_FOUND } from './why-not-answered.ts';
import type { WayThroughHost } from './way-through-host.ts';

export interface Asking {
  readonly secure: SecureContext | undefined;
  readonly way: WayThroughHost['options'] | undefined;
  /** How long a server is looked for, in milliseconds. */
  readonly selectionMs: number;
}

/** Everything under its command's name; absent where the server does not know it or the user may not run it. Throws the driver's errors. */
export async function askServers(uri: string, { secure, way, selectionMs }: Asking): Promise<Readonly<Record<string, Document | undefined>>> {
  const options: MongoClientOptions = {
    appName: 'lockkeeper', serverSelectionTimeoutMS: selectionMs, connectTimeoutMS: selectionMs, maxPoolSize: 1,
    // A secondary may answer too: without a primary that is what can be seen.
    readPreference: 'primaryPreferred',
    ...(secure ? { tls: true, secureContext: secure } : {}), ...way,
  };
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(uri, options);
    const admin = client.db('admin');
    const ask = (command: Document): Promise<Document> => admin.command(command, { readPreference: 'primaryPreferred' });
    const askIfKnown = (command: Document, unless: (code: unknown) => boolean = () => false): Promise<Document | undefined> => ask(command).catch((error: unknown) => {
      // The server answered that it does not know or allow this: one question less can be answered.
      if (error instanceof MongoServerError && !unless(error.code)) return undefined;
      throw error;
    });
    return {
      // Before 4.2.10 there is no hello.
      hello: await askIfKnown({ hello: 1 }, (code) => code !== COMMAND_NOT_FOUND) ?? await ask({ isMaster: 1 }),
      buildInfo: await ask({ buildInfo: 1 }),
      replSetGetStatus: await askIfKnown({ replSetGetStatus: 1 }),
      replSetGetConfig: await askIfKnown({ replSetGetConfig: 1 }),
      getParameter: await askIfKnown({ getParameter: 1, featureCompatibilityVersion: 1 }),
    };
  } finally {
    await client?.close();
  }
}

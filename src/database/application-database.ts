/**
 * Asks the Application Database's servers about themselves. Never reads a collection of the application's.
 *
 * How, the installation file says: by a connection of the worker, directly or through a host's SSH connection; by a
 * site's command on a host, where the worker holds no secret; or not at all.
 */
import { asLogin } from '../upgrade/command.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Hosts, HostSession } from '../ssh/port.ts';
import type { ApplicationDatabaseAccess, OpsManagerInstallation } from '../upgrade/installation.ts';
import { neverAsked, notReached, sight, type DatabaseSighting } from '../products/ops-manager/application-database.ts';
import { readAnswers, readPrinted } from '../products/ops-manager/database-answers.ts';
import { withoutSecrets } from '../upgrade/without-secrets.ts';
import { askServers } from './ask-servers.ts';
import { secureContext } from './tls-files.ts';
import { wayThrough, type WayThroughHost } from './way-through-host.ts';
import { whyNotAnswered } from './why-not-answered.ts';

export interface ApplicationDatabase {
  /** Never throws for what it sees, unreachable included; throws when a secret or a file on the worker cannot be had or the signal is aborted. */
  look(installation: Asked, signal?: AbortSignal): Promise<DatabaseSighting>;
}

type Asked = Pick<OpsManagerInstallation, 'applicationDatabase' | 'hosts'>;

// A replica set that has a primary shows it within two heartbeats of 2 s; an election may take some seconds more.
const SELECTION_MS = 8_000;
/** A shell for MongoDB takes seconds to start, and looks for servers as the driver does. */
const COMMAND_MS = 60_000;
/** Characters of what it complained that are shown. */
const COMPLAINT = 300;

export interface DatabaseSettings {
  readonly secrets: Secrets;
  readonly hosts: Hosts;
  /** A path of the installation file on this worker. */
  workerPath(path: string): string;
  /** How long a server is looked for, in milliseconds; default 8,000. */
  readonly selectionMs?: number | undefined;
}

export function createApplicationDatabase(settings: DatabaseSettings): ApplicationDatabase {
  return {
    async look({ applicationDatabase, hosts }, signal) {
      const { reach } = applicationDatabase;
      if (reach === undefined) return askByDriver(settings, applicationDatabase, { signal });
      if ('none' in reach) return neverAsked(reach.none);
      const name = 'through' in reach ? reach.through : reach.host;
      const host = hosts.find((each) => each.name === name);
      if (!host) return notReached(`${name} is not in the installation file`);
      const session = settings.hosts.session(host);
      return 'command' in reach
        ? askByCommand(settings, reach.command, { session, signal })
        : askByDriver(settings, applicationDatabase, { session, signal });
    },
  };
}

interface Way { readonly session?: HostSession; readonly signal: AbortSignal | undefined }

/** With a session: through that host. */
async function askByDriver(settings: DatabaseSettings, { uri, tls }: ApplicationDatabaseAccess, { session, signal }: Way): Promise<DatabaseSighting> {
  if (uri === undefined) return notReached('the installation file does not say where its connection string is');
  const [text, secure] = await Promise.all([settings.secrets.resolve(uri), tls && secureContext(tls, settings)]);
  signal?.throwIfAborted();
  const how = session && `through ${session.name}`;
  let way: WayThroughHost | undefined;
  try {
    // The host first: what keeps SSH from it would come back from the driver as a mere time-out.
    await session?.run(asLogin('true'), { signal });
    way = session && await wayThrough(session, signal);
    const documents = readAnswers(await askServers(text, { secure, way: way?.options, selectionMs: settings.selectionMs ?? SELECTION_MS }));
    return documents ? sight(documents, how) : notReached('the server did not answer as MongoDB does', how);
  } catch (error) {
    signal?.throwIfAborted();
    return notReached(settings.secrets.redact(whyNotAnswered(error, way?.why())), how);
  } finally {
    way?.close();
  }
}

async function askByCommand({ secrets }: DatabaseSettings, command: string, { session, signal }: Required<Way>): Promise<DatabaseSighting> {
  const how = `by the command on ${session.name}`;
  try {
    // The site's own text, as the file has it.
    const { code, stdout, stderr } = await session.run(asLogin('sh', '-c', command), { signal, timeoutMs: COMMAND_MS });
    const documents = readPrinted(stdout);
    if (documents) return sight(documents, how);
    const ended = code === 0 ? 'It' : `It ended with exit code ${code ?? 'unknown'} and`;
    const complaint = secrets.redact(withoutSecrets(stderr)).trim().replace(/\s+/g, ' ').slice(0, COMPLAINT);
    return notReached(`${ended} printed no JSON document with hello and buildInfo${complaint === '' ? '' : `; it says: ${complaint}`}`, how);
  } catch (error) {
    signal?.throwIfAborted();
    return notReached(secrets.redact(error instanceof Error ? error.message : String(error)), how);
  }
}

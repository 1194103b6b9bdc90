/** One command on one channel of a shared connection: started, fed, read with a limit, and freed whatever happens. */
import type { Client, ClientChannel } from 'ssh2';
import { StringDecoder } from 'node:string_decoder';
import type { Connection } from './connection.ts';
import { Unreachable, throwIfAborted } from './errors.ts';
import type { Ran, RunOptions } from './port.ts';

/** Looks are short; whoever waits longer says so. */
export const DEFAULT_TIMEOUT = 30_000;
export const DEFAULT_OUTPUT = 262_144;
/** Read beyond the limit, so that a secret across the limit is still recognised before the cut. */
const SLACK = 4_096;

/** Feeds stdin of the command; the default closes it at once. */
export type Feed = (channel: ClientChannel, signal: AbortSignal) => Promise<void>;

/**
 * Runs the line. Throws `Unreachable` when the connection is lost or time is up (the command may still run), and the
 * signal's reason when aborted. A channel that closes without an exit status is returned with `code` undefined.
 * Output may be longer than `maxOutput`: the caller cuts after blacking out secrets.
 */
export async function exec(connection: Connection, line: string, options: RunOptions & { readonly feed?: Feed } = {}): Promise<Ran> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT } = options;
  const free = await connection.slots.take(signal);
  try {
    const client = await connection.client(signal);
    return await onClient(client, { line, options, timeoutMs, host: connection.host.name });
  } finally {
    free();
  }
}

interface Call { readonly line: string; readonly options: RunOptions & { readonly feed?: Feed }; readonly timeoutMs: number; readonly host: string }

function onClient(client: Client, { line, options, timeoutMs, host }: Call): Promise<Ran> {
  const { signal, maxOutput = DEFAULT_OUTPUT } = options;
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined;
    const ended = new AbortController();
    const end = (settle: () => void): void => {
      if (ended.signal.aborted) return;
      ended.abort();
      clearTimeout(timer);
      client.removeListener('close', lost);
      signal?.removeEventListener('abort', aborted);
      channel?.destroy();
      settle();
    };
    const fail = (says: string, cause?: unknown): void => end(() => reject(new Unreachable(says, { cause })));
    const lost = (): void => fail(`The connection to ${host} was lost while a command ran there; it may have run or not.`);
    const aborted = (): void => end(() => reject(signal?.reason));
    const timer = setTimeout(() => fail(`${host} did not answer within ${Math.round(timeoutMs / 1000)} s; the command may still run there.`), timeoutMs);
    client.once('close', lost);
    signal?.addEventListener('abort', aborted, { once: true });
    const opened = (error: Error | undefined, stream: ClientChannel): void => {
      if (error) return fail(`${host} opened no channel for a command: ${error.message}.`, error);
      channel = stream;
      if (ended.signal.aborted) return void stream.destroy();
      const read = reader(stream, maxOutput + SLACK);
      stream.once('close', () => setImmediate(() => end(() => resolve(read()))));
      stream.on('error', (cause: Error) => fail(`The channel to ${host} broke: ${cause.message}.`, cause));
      feed(stream, options, ended.signal).catch((cause: unknown) => end(() => reject(cause)));
    };
    try {
      client.exec(line, opened);
    } catch (error) {
      fail(`The connection to ${host} is gone.`, error);
    }
  });
}

async function feed(stream: ClientChannel, options: Call['options'], signal: AbortSignal): Promise<void> {
  if (options.feed) await options.feed(stream, signal);
  else stream.end(options.stdin ?? '');
}

/** Collects both streams up to the limit and goes on reading beyond it, so that the command is never blocked. */
function reader(stream: ClientChannel, limit: number): () => Ran {
  const out = collect(stream, limit);
  const err = collect(stream.stderr, limit);
  let status: Pick<Ran, 'code' | 'signal'> = { code: undefined };
  stream.once('exit', (code: number | null, name?: string) => {
    status = { code: code ?? undefined, ...(name === undefined ? {} : { signal: name }) };
  });
  return () => ({ ...status, stdout: out().text, stderr: err().text, truncated: out().truncated || err().truncated });
}

function collect(source: NodeJS.ReadableStream, limit: number): () => { text: string; truncated: boolean } {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let truncated = false;
  source.on('data', (chunk: Buffer) => {
    if (truncated) return;
    text += decoder.write(chunk);
    truncated = text.length > limit;
  });
  return () => ({ text, truncated });
}

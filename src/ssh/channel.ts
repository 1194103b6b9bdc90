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

/** sshd refuses a channel while it still counts sessions that have just ended; it gets this long to catch up. */
const NO_ROOM = { reason: 2, tries: 50, everyMs: 100 };

/** Feeds stdin of the command; without one it gets `stdin` and its end. */
export type Feed = (channel: ClientChannel, signal: AbortSignal) => Promise<void>;

export interface ExecOptions extends RunOptions {
  readonly feed?: Feed | undefined;
  /** The command may be killed when nobody waits for it any more. Its stdin must not have been ended by `feed`. */
  readonly stoppable?: boolean | undefined;
}

/**
 * Runs the line. Throws `Unreachable` when the connection is lost or time is up (the command may still run), and the
 * signal's reason when aborted. A channel that closes without an exit status is returned with `code` undefined.
 * Output may be longer than `maxOutput`: the caller cuts after blacking out secrets.
 */
export async function exec(connection: Connection, line: string, options: ExecOptions = {}): Promise<Ran> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT } = options;
  const free = await connection.slots.take(signal);
  try {
    const client = await connection.client(signal);
    return await onClient(client, { line, options, timeoutMs, connection });
  } finally {
    free();
  }
}

interface Call { readonly line: string; readonly options: ExecOptions; readonly timeoutMs: number; readonly connection: Connection }

function onClient(client: Client, { line, options, timeoutMs, connection }: Call): Promise<Ran> {
  const { signal, maxOutput = DEFAULT_OUTPUT } = options;
  const host = connection.host.name;
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
      if (channel) leave(channel, options);
      settle();
    };
    const fail = (says: string, cause?: unknown): void => end(() => reject(new Unreachable(says, { cause })));
    const lost = (): void => fail(`The connection to ${host} was lost while a command ran there; it may have run or not.`);
    const aborted = (): void => end(() => reject(signal?.reason));
    const timer = setTimeout(() => fail(`${host} did not answer within ${Math.round(timeoutMs / 1000)} s; the command may still run there.`), timeoutMs);
    client.once('close', lost);
    signal?.addEventListener('abort', aborted, { once: true });
    const opened = (stream: ClientChannel): void => {
      channel = stream;
      if (ended.signal.aborted) return leave(stream, options);
      const read = reader(stream, maxOutput + SLACK);
      stream.once('close', () => setImmediate(() => end(() => resolve(read()))));
      stream.on('error', (cause: Error) => fail(`The channel to ${host} broke: ${cause.message}.`, cause));
      feed(stream, options, ended.signal).catch((cause: unknown) => end(() => reject(cause)));
    };
    const full = (cause: Error): void => {
      connection.cut();
      fail(`${host} opened no channel for a command: ${cause.message}. Nothing was run; the connection was closed and will be made again.`, cause);
    };
    open(client, line, { opened, full, until: ended.signal });
  });
}

interface Opening { readonly opened: (stream: ClientChannel) => void; readonly full: (cause: Error) => void; readonly until: AbortSignal }

/** Opens a channel for the line, again and again while sshd says that it has no room: nothing was run then. */
function open(client: Client, line: string, opening: Opening, tries: number = NO_ROOM.tries): void {
  const again = (): void => {
    if (!opening.until.aborted) open(client, line, opening, tries - 1);
  };
  const answer = (error: (Error & { reason?: unknown }) | undefined, stream: ClientChannel): void => {
    if (!error) opening.opened(stream);
    else if (error.reason === NO_ROOM.reason && tries > 1) setTimeout(again, NO_ROOM.everyMs);
    else opening.full(error);
  };
  try {
    client.exec(line, answer);
  } catch (error) {
    opening.full(error as Error);
  }
}

/**
 * Frees the channel. sshd keeps the session of a command that still runs, and allows only some: so a command that nobody
 * waits for is ended, where that is harmless.
 */
function leave(channel: ClientChannel, { stoppable }: ExecOptions): void {
  if (stoppable === true) channel.signal('TERM');
  channel.destroy();
}

async function feed(stream: ClientChannel, options: ExecOptions, signal: AbortSignal): Promise<void> {
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

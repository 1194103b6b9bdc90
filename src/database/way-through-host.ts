/**
 * The way to the Application Database through a host's SSH connection: a SOCKS5 server (RFC 1928, 1929) on the worker's
 * loopback, for the driver alone. The driver names every member itself, so a replica set of any size, names that only the
 * host can resolve, and TLS server names all work. It asks for a password made for this one look, because others may be
 * on the worker's machine.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { HostSession } from '../ssh/port.ts';

export interface WayThroughHost {
  /** The driver's options that lead through it. */
  readonly options: { readonly proxyHost: string; readonly proxyPort: number; readonly proxyUsername: string; readonly proxyPassword: string };
  /** Why the last connection from the host could not be made, if so. */
  why(): string | undefined;
  close(): void;
}

export async function wayThrough(session: Pick<HostSession, 'forward'>, signal?: AbortSignal): Promise<WayThroughHost> {
  const password = randomBytes(24).toString('hex');
  const sockets = new Set<Socket>();
  let why: string | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket, { session, password, signal }).catch((error: unknown) => {
      why = error instanceof Error ? error.message : String(error);
      socket.destroy();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    options: { proxyHost: '127.0.0.1', proxyPort: (server.address() as AddressInfo).port, proxyUsername: 'lockkeeper', proxyPassword: password },
    why: () => why,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Serving { readonly session: Pick<HostSession, 'forward'>; readonly password: string; readonly signal: AbortSignal | undefined }

const VERSION = 5, BY_PASSWORD = 2, PASSWORD_VERSION = 1, CONNECT = 1, GRANTED = 0, REFUSED = 1, UNREACHABLE = 4;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** One connection: greeting, password, request, then nothing but the stream. Rejects with why it could not be made. */
async function serve(socket: Socket, { session, password, signal }: Serving): Promise<void> {
  const read = reader(socket);
  const [, methods = 0] = await read(2);
  await read(methods); // the driver offers a password
  socket.write(Buffer.from([VERSION, BY_PASSWORD]));
  const [, nameLength = 0] = await read(2);
  await read(nameLength);
  const [length = 0] = await read(1);
  const right = (await read(length)).toString() === password;
  socket.write(Buffer.from([PASSWORD_VERSION, right ? GRANTED : REFUSED]));
  if (!right) return void socket.end();
  const [, command, , kind = 0] = await read(4);
  const address = await readAddress(read, kind);
  const port = (await read(2)).readUInt16BE();
  if (command !== CONNECT || address === null) throw new Error('The driver asked for something that is no connection.');
  try {
    const stream = await session.forward({ address, port }, signal);
    socket.write(reply(GRANTED));
    pipeline(socket, stream, socket, () => stream.destroy());
  } catch (error) {
    socket.end(reply(UNREACHABLE));
    throw error;
  }
}

function reply(result: number): Buffer {
  return Buffer.from([VERSION, result, 0, ADDRESS.ipv4, 0, 0, 0, 0, 0, 0]);
}

type Read = (bytes: number) => Promise<Buffer>;

async function readAddress(read: Read, kind: number): Promise<string | null> {
  if (kind === ADDRESS.ipv4) return [...await read(4)].join('.');
  if (kind === ADDRESS.ipv6) return (await read(16)).toString('hex').replace(/(.{4})(?!$)/g, '$1:');
  if (kind !== ADDRESS.name) return null;
  const [length = 0] = await read(1);
  return (await read(length)).toString();
}

/** Exactly so many bytes, as they come. Rejects when the driver goes away. */
function reader(socket: Socket): Read {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  return async (bytes) => {
    if (bytes === 0) return Buffer.alloc(0);
    for (;;) {
      const part = socket.read(bytes) as Buffer | null;
      if (part?.length === bytes) return part;
      if (part !== null || socket.readableEnded) throw new Error('The driver went away.');
      await once(socket, 'readable', { signal: gone.signal });
    }
  };
}

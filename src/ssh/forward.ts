/** A connection from a host to somewhere else, through the host's SSH connection. */
import type { Duplex } from 'node:stream';
import type { Connection } from './connection.ts';
import { Refused, Unreachable } from './errors.ts';

/** RFC 4254: the channel was refused because the server forbids it. */
const FORBIDDEN = 1;

/** A stream from the host to the address, as the host resolves it. `Refused` where its SSH server forbids that, `Unreachable` when nothing answers. */
export async function forward(connection: Connection, to: { readonly address: string; readonly port: number }, signal?: AbortSignal): Promise<Duplex> {
  const { name } = connection.host;
  const client = await connection.client(signal);
  const where = to.address.includes(':') ? `[${to.address}]:${to.port}` : `${to.address}:${to.port}`;
  return new Promise((resolve, reject) => {
    let given = false;
    const give = (): void => {
      given = true;
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', give, { once: true });
    client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, stream) => {
      signal?.removeEventListener('abort', give);
      if (given) return void stream?.destroy();
      if (!error) resolve(stream);
      else if ((error as { reason?: number }).reason === FORBIDDEN) reject(new Refused(`The SSH server of ${name} forbids forwarding to ${where}: allow it (AllowTcpForwarding, PermitOpen), Lockkeeper asks the application and its database through it.`, { cause: error }));
      else reject(new Unreachable(`Nothing answers at ${where} on ${name}: ${error.message}.`, { cause: error, closed: /Connection refused/i.test(error.message) }));
    });
  });
}

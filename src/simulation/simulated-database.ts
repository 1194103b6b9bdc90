/**
 * A fake Application Database: three sockets that speak just enough of MongoDB's wire protocol (OP_MSG, and the OP_QUERY
 * that opens a connection) to be looked at by the `mongodb` driver: a replica set with a primary and two secondaries that
 * keep up. It holds no data and answers only questions about itself.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { serveWire, type Document } from './wire-protocol.ts';

const SET_NAME = 'om-appdb';

export interface SimulatedDatabase {
  readonly uri: string;
  close(): Promise<void>;
}

export async function startSimulatedDatabase(version: string): Promise<SimulatedDatabase> {
  const sockets = new Set<Socket>();
  const members: string[] = [];
  const servers = await Promise.all([0, 1, 2].map(async (index) => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => { socket.destroy(); });
      serveWire(socket, (command) => answer(command, { index, members, version }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  }));
  members.push(...servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`));
  return {
    uri: `mongodb://${members.join(',')}/?replicaSet=${SET_NAME}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server: Server) => new Promise((closed) => { server.close(closed); })));
    },
  };
}

interface Member { readonly index: number; readonly members: readonly string[]; readonly version: string }

function answer(command: Document, { index, members, version }: Member): Document {
  const [name] = Object.keys(command);
  const now = new Date();
  const primary = members[0] ?? '';
  switch (name) {
    case 'hello': case 'isMaster': case 'ismaster':
      return {
        helloOk: true, isWritablePrimary: index === 0, ismaster: index === 0, secondary: index !== 0, setName: SET_NAME, setVersion: 1,
        hosts: [...members], me: members[index], primary, maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000,
        maxWriteBatchSize: 100_000, localTime: now, minWireVersion: 0, maxWireVersion: 9, readOnly: false, ok: 1,
      };
    case 'replSetGetStatus':
      return {
        set: SET_NAME, date: now, myState: index === 0 ? 1 : 2, heartbeatIntervalMillis: 2000,
        members: members.map((member, id) => ({
          _id: id, name: member, health: 1, state: id === 0 ? 1 : 2, stateStr: id === 0 ? 'PRIMARY' : 'SECONDARY',
          uptime: 86_400, optimeDate: now, self: id === index,
        })),
        ok: 1,
      };
    case 'replSetGetConfig':
      return {
        config: { _id: SET_NAME, version: 1, members: members.map((host, _id) => ({ _id, host, votes: 1, priority: 1, hidden: false, arbiterOnly: false })) },
        ok: 1,
      };
    case 'buildInfo': case 'buildinfo':
      return { version, versionArray: [...version.split('.').map(Number), 0], gitVersion: 'simulation', ok: 1 };
    case 'getParameter':
      return { featureCompatibilityVersion: { version: version.split('.').slice(0, 2).join('.') }, ok: 1 };
    case 'saslStart': // whoever it is: with the mechanism PLAIN the client has then said all it has to say
      return { conversationId: 1, done: true, payload: Buffer.alloc(0), ok: 1 };
    case 'ping': case 'endSessions':
      return { ok: 1 };
    default:
      return { ok: 0, code: 59, codeName: 'CommandNotFound', errmsg: `the simulated database does not know ${name}` };
  }
}

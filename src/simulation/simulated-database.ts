/**
 * A fake Application Database: three sockets that speak just enough of MongoDB's wire protocol (OP_MSG, and the OP_QUERY
 * that opens a connection) to be looked at by the `mongodb` driver: a replica set with a primary and two secondaries that
 * keep up. It holds no data and answers only questions about itself.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { BSON } from 'mongodb';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const SET_NAME = 'om-appdb';

export interface SimulatedDatabase {
  readonly uri: string;
  close(): Promise<void>;
}

type Document = Record<string, unknown>;

export async function startSimulatedDatabase(version: string): Promise<SimulatedDatabase> {
  const sockets = new Set<Socket>();
  const members: string[] = [];
  const servers = await Promise.all([0, 1, 2].map(async (index) => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => { socket.destroy(); });
      serve(socket, (command) => answer(command, { index, members, version }));
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

/** Reads whole messages off the socket and writes an answer to each. */
function serve(socket: Socket, reply: (command: Document) => Document): void {
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= held.readInt32LE(0)) {
      const length = held.readInt32LE(0);
      const message = held.subarray(0, length);
      held = held.subarray(length);
      const requestId = message.readInt32LE(4);
      if (message.readInt32LE(12) === OP_QUERY) socket.write(queryReply(requestId, reply(queried(message))));
      else socket.write(messageReply(requestId, reply(BSON.deserialize(message.subarray(21)))));
    }
  });
}

/** OP_QUERY: header, flags, collection name, skip, limit, document. */
function queried(message: Buffer): Document {
  const nameEnds = message.indexOf(0, 20);
  return BSON.deserialize(message.subarray(nameEnds + 1 + 8));
}

function queryReply(responseTo: number, document: Document): Buffer {
  const fields = Buffer.alloc(20); // flags, cursor (8), starting from, number of documents
  fields.writeInt32LE(1, 16);
  return framed(responseTo, OP_REPLY, Buffer.concat([fields, BSON.serialize(document)]));
}

function messageReply(responseTo: number, document: Document): Buffer {
  return framed(responseTo, OP_MSG, Buffer.concat([Buffer.alloc(5), BSON.serialize(document)])); // no flags, one section of kind 0
}

function framed(responseTo: number, operation: number, body: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + body.length, 0);
  header.writeInt32LE(responseTo, 8);
  header.writeInt32LE(operation, 12);
  return Buffer.concat([header, body]);
}

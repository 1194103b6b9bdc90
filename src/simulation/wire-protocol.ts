/** The server's side of MongoDB's wire protocol, as far as questions about a server need it: OP_MSG, and the OP_QUERY that opens a connection. */
import type { Duplex } from 'node:stream';
import { BSON } from 'mongodb';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

export type Document = Record<string, unknown>;

/** Reads whole messages off the socket and writes an answer to each. */
export function serveWire(socket: Duplex, reply: (command: Document) => Document): void {
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

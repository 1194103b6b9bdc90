/**
 * A scripted replica set: as many sockets as a file of answers has members, each speaking MongoDB's wire protocol and
 * answering what the file says. No database: it stands in where no real server is at hand that has several members, asks
 * for a client certificate, or logs in by one.
 */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Duplex } from 'node:stream';
import { BSON } from 'mongodb';
import { serveWire, type Document } from '../../src/simulation/wire-protocol.ts';

export const answersFile = (name: string): string => readFileSync(new URL(`../products/application-database/${name}.json`, import.meta.url), 'utf8');

interface Script {
  /** Which file of answers: release and shape. */
  readonly answers: string;
  readonly tls?: TlsOptions;
  /** Members keep the file's names, which lead nowhere from here: only `forward` reaches them. */
  readonly behind?: boolean;
  /** Commands that this server does not know. */
  readonly unknown?: readonly string[];
  /** `certificate`: nothing is answered before MONGODB-X509. `never`: no login is right. */
  readonly login?: 'certificate' | 'never';
}

export interface ScriptedSet {
  /** host:port of every member, as clients are told. */
  readonly members: readonly string[];
  /** The answers with the members' real addresses. */
  readonly text: string;
  /** To whom connections were made by `forward`. */
  readonly forwarded: string[];
  forward(to: { readonly address: string; readonly port: number }): Promise<Duplex>;
  close(): void;
}

export async function startScriptedSet({ answers, tls, behind = false, unknown = [], login }: Script): Promise<ScriptedSet> {
  const sockets = new Set<Socket>(), servers: Server[] = [], forwarded: string[] = [];
  const original = answersFile(answers);
  const names = (JSON.parse(original) as { replSetGetStatus: { members: { name: string }[] } }).replSetGetStatus.members.map(({ name }) => name);
  let script: Document = {};
  for (const index of names.keys()) {
    const serve = (socket: Socket): void => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      serveWire(socket, answering(() => script, { index, unknown, login, socket }));
    };
    const server = tls ? createTlsServer(tls, serve) : createServer(serve);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  const text = behind ? original : names.reduce((all, name, index) => all.replaceAll(name, `localhost:${ports[index]}`), original);
  script = BSON.EJSON.parse(text) as Document;
  return {
    members: behind ? names : ports.map((port) => `localhost:${port}`), text, forwarded,
    async forward({ address, port }) {
      forwarded.push(`${address}:${port}`);
      const index = names.indexOf(`${address}:${port}`);
      if (index < 0) throw new Error(`nothing answers at ${address}:${port}`);
      const socket = connect(ports[index]!, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}

interface Serving { readonly index: number; readonly unknown: readonly string[]; readonly login: Script['login']; readonly socket: Socket }

/** What one member says on one connection. */
function answering(script: () => Document, { index, unknown, login, socket }: Serving): (command: Document) => Document {
  let loggedIn = login === undefined;
  return (command) => {
    const name = Object.keys(command)[0] ?? '';
    if (unknown.includes(name)) return failure(59, 'CommandNotFound', `no such command: '${name}'`);
    if (/^(hello|ismaster)$/i.test(name)) return greeting(script(), index, unknown);
    if (name === 'authenticate' && login === 'certificate' && command['mechanism'] === 'MONGODB-X509' && (socket as TLSSocket).getPeerCertificate?.().subject) {
      loggedIn = true;
      return { ok: 1, dbname: '$external', user: 'CN=lockkeeper' };
    }
    if (name === 'saslStart' || name === 'authenticate') return failure(18, 'AuthenticationFailed', 'Authentication failed.');
    if (!loggedIn) return failure(13, 'Unauthorized', `command ${name} requires authentication`);
    if (name === 'ping' || name === 'endSessions') return { ok: 1 };
    return script()[name] as Document | undefined ?? failure(59, 'CommandNotFound', `no such command: '${name}'`);
  };
}

function failure(code: number, codeName: string, errmsg: string): Document {
  return { ok: 0, code, codeName, errmsg };
}

function greeting(script: Document, index: number, unknown: readonly string[]): Document {
  const base = (script['hello'] ?? script['isMaster']) as Document;
  const { members } = script['replSetGetStatus'] as { members: { name: string; state: number }[] };
  const config = (script['replSetGetConfig'] as { config: { members: { hidden: boolean }[] } }).config.members[index];
  const { name: me, state } = members[index]!;
  const kind = { isWritablePrimary: state === 1, ismaster: state === 1, secondary: state === 2, arbiterOnly: state === 7, ...(config?.hidden ? { hidden: true } : {}) };
  return { ...base, ...kind, me, ...(unknown.includes('hello') ? {} : { helloOk: true }) };
}

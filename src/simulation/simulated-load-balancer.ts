/**
 * A simulated HAProxy in this process: HTTP on "port 80" of its host, in front of "port 8080" of the hosts
 * that are ready and healthy, and an admin socket that understands what Lockkeeper says to it.
 */
import { once } from 'node:events';
import { createServer, get, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Short, because the path of a socket has 104 bytes on macOS, temporary folder included. */
export const ADMIN_SOCKET = '/run/admin.sock';

/** Between two health checks of a server, in milliseconds; HAProxy's own default is 2 s. */
const CHECK_EVERY = 500;
/** Longest wait for a server's answer, in milliseconds. */
const PATIENCE = 2000;
/** They are up within two seconds; on a machine that does much else, within twenty. ms. */
const UP_WITHIN = 60_000;

/** What stands behind it. */
export interface Backend {
  readonly name: string;
  /** The page that a healthy server answers with 200. */
  readonly health: string;
  /** Host name → its folder. */
  readonly servers: ReadonlyMap<string, string>;
}

interface Behind { readonly name: string; readonly socketPath: string; admin: 'ready' | 'drain'; healthy: boolean }

export interface SimulatedLoadBalancer {
  /** Returns when every server passes its health check; throws when one still does not after a minute. */
  allUp(): Promise<void>;
  close(): Promise<void>;
}

/** @param folder the load balancer's host. */
export async function startSimulatedLoadBalancer(folder: string, { name: backend, health, servers }: Backend): Promise<SimulatedLoadBalancer> {
  const all = [...servers].map(([name, host]): Behind => ({ name, socketPath: join(host, 'run/8080'), admin: 'ready', healthy: false }));
  const checks = setInterval(() => { for (const server of all) void check(server, health); }, CHECK_EVERY);
  let turn = 0;
  const http = createServer((asked, answer) => {
    const up = all.filter((server) => server.admin === 'ready' && server.healthy);
    turn += 1;
    void pass(asked, answer, up.map((_, index) => up[(index + turn) % up.length]?.socketPath ?? ''));
  });
  const admin = createSocketServer({ allowHalfOpen: true }, (socket) => {
    let request = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => { request += text; });
    socket.on('end', () => { socket.end(`${obey(request.trim(), backend, all)}\n`); });
    socket.on('error', () => { socket.destroy(); });
  });
  await Promise.all([listen(http, join(folder, 'run/80')), listen(admin, join(folder, ADMIN_SOCKET))]);
  return {
    allUp: async () => {
      for (const deadline = Date.now() + UP_WITHIN; !all.every(({ healthy }) => healthy); await pause(CHECK_EVERY / 5)) {
        if (Date.now() > deadline) throw new Error(`the simulated ${all.filter(({ healthy }) => !healthy).map(({ name }) => name).join(' and ')} did not come up within ${UP_WITHIN / 1000} s`);
        await Promise.all(all.map((server) => check(server, health)));
      }
    },
    close: async () => {
      clearInterval(checks);
      http.closeAllConnections();
      await Promise.all([http, admin].map((server: Server) => new Promise<void>((closed) => { server.close(() => { closed(); }); })));
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, 'listening');
}

function check(server: Behind, path: string): Promise<void> {
  return new Promise((done) => {
    const finish = (healthy: boolean): void => { server.healthy = healthy; done(); };
    const asked = get({ socketPath: server.socketPath, path, timeout: PATIENCE }, (answer) => {
      answer.resume();
      finish(answer.statusCode === 200);
    });
    asked.on('timeout', () => { asked.destroy(); });
    asked.on('error', () => { finish(false); }); // down: that is what is asked
  });
}

/** What HAProxy answers on its admin socket; a change is answered by an empty line. */
function obey(request: string, backend: string, all: readonly Behind[]): string {
  if (request === 'show stat') return statistics(backend, all);
  const set = /^set server (\S+)\/(\S+) state (ready|drain)$/.exec(request);
  const server = set?.[1] === backend ? all.find(({ name }) => name === set[2]) : undefined;
  if (!server) return set ? 'No such server.' : 'Unknown command.';
  server.admin = set?.[3] === 'drain' ? 'drain' : 'ready';
  return '';
}

function statistics(backend: string, all: readonly Behind[]): string {
  const status = ({ admin, healthy }: Behind): string => (admin === 'drain' ? 'DRAIN' : healthy ? 'UP' : 'DOWN');
  return [
    '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight',
    ...all.map((server) => `${backend},${server.name},0,0,0,1,,1,0,0,,0,,0,0,0,0,${status(server)},1`),
    `${backend},BACKEND,0,0,0,1,200,1,0,0,0,0,,0,0,0,0,UP,${all.length}`,
  ].join('\n');
}

/** Hands the request to the first server that answers it with less than a server error. */
async function pass(asked: IncomingMessage, answer: ServerResponse, sockets: readonly string[]): Promise<void> {
  for (const socketPath of sockets) {
    const reply = await ask(asked, socketPath);
    if (!reply || (reply.statusCode ?? 500) >= 500) continue;
    answer.writeHead(reply.statusCode ?? 200, reply.headers);
    reply.pipe(answer);
    return;
  }
  answer.writeHead(503, { 'content-type': 'text/plain' });
  answer.end('simulated load balancer: no server answers\n');
}

function ask(asked: IncomingMessage, socketPath: string): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const forward = request({ socketPath, path: asked.url, method: asked.method, timeout: PATIENCE }, resolve);
    forward.on('timeout', () => { forward.destroy(); });
    forward.on('error', () => { resolve(undefined); }); // this server is down: the next is asked
    forward.end();
  });
}

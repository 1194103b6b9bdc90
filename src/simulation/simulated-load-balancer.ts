/**
 * A simulated load balancer: HTTP in this process, on "port 80" of its host, in front of "port 8080" of the application
 * hosts that are in and answer. Its host has a program `lb` that takes hosts out, puts them back and says which it is.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';

/** `lb drain HOST`, `lb ready HOST`, `lb state HOST`: the state is a file by the host's name. */
export const LB = `#!/bin/sh
state="$SIM_FOLDER/etc/load-balancer-$2"
[ -n "$2" ] && [ -e "$state" ] || { echo "lb: there is no server named '$2'" >&2; exit 1; }
case $1 in
  drain) echo out > "$state" ;;
  ready) echo in > "$state" ;;
  state) cat "$state" ;;
  *) echo "usage: lb drain|ready|state HOST" >&2; exit 2 ;;
esac
`;

/** Longest wait for a server before the next one is asked, in milliseconds. */
const PATIENCE = 2000;

export interface SimulatedLoadBalancer { close(): Promise<void> }

export async function startSimulatedLoadBalancer(folder: string, servers: ReadonlyMap<string, string>): Promise<SimulatedLoadBalancer> {
  let turn = 0;
  const serving = (): readonly string[] => {
    const inside = [...servers].filter(([name]) => readFileSync(join(folder, `etc/load-balancer-${name}`), 'utf8').trim() === 'in');
    turn += 1;
    return inside.map((_, index) => inside[(index + turn) % inside.length]?.[1] ?? '').map((host) => join(host, 'run/8080')).filter(existsSync);
  };
  const server = createServer((asked, answer) => { void pass(asked, answer, serving()); });
  server.listen(join(folder, 'run/80'));
  await once(server, 'listening');
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => { server.close(() => { closed(); }); });
    },
  };
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

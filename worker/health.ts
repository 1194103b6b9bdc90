import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whether the worker takes work now, and if not, why not. */
export interface Health {
  readonly healthy: boolean;
  readonly says: string;
  readonly buildId: string;
  readonly taskQueue: string;
}

export interface HealthCheck {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers GET /healthz with 200 or 503 and the worker's health as JSON. Port 0 takes a free one. */
export async function serveHealth(at: { port: number; address: string }, look: () => Promise<Health>): Promise<HealthCheck> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/healthz') {
      response.writeHead(404).end();
      return;
    }
    void look().then((health) => {
      response.writeHead(health.healthy ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify(health));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(at.port, at.address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

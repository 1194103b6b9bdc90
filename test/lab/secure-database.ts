/**
 * A second Application Database beside the lab's, on the control address: TLS, a client certificate demanded, and two
 * users, one with a password (SCRAM), one who is known by the certificate. SecantusDB, as in `parts/appdb.sh`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Certificates } from '../database/certificates.ts';
import { CONTROL_ADDRESS, type Lab } from './topology.ts';

const PORT = 27018;
export const PASSWORD = 'scram-hunter22';

export interface SecureDatabase {
  /** The connection string, with this login before the hosts. */
  uri(login: string, options?: string): string;
  close(): Promise<void>;
}

export async function startSecureDatabase(lab: Lab, { folder }: Certificates): Promise<SecureDatabase> {
  const program = (await lab.run('appdb', 'program')).trim();
  const start = async (...options: string[]): Promise<ChildProcess> => {
    const server = spawn(program, ['--host', CONTROL_ADDRESS, '--port', String(PORT), '--storage-path', join(folder, 'data'), '--cache-size', '64M', ...options], { stdio: 'ignore' });
    for (let tries = 0; !await answers(); tries += 1) {
      if (tries > 600 || server.exitCode !== null) throw new Error('SecantusDB did not start');
      await pause(50);
    }
    return server;
  };
  const stop = async (server: ChildProcess): Promise<void> => {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  };
  const open = await start();
  await makeUsers().finally(() => stop(open));
  const secure = await start('--auth', '--tls-cert-file', join(folder, 'server.crt'), '--tls-key-file', join(folder, 'server.key'), '--tls-ca-file', join(folder, 'ca.pem'), '--tls-require-client-cert');
  return {
    uri: (login, options = '') => `mongodb://${login}${CONTROL_ADDRESS}:${PORT}/?replicaSet=secantus${options}`,
    close: () => stop(secure),
  };
}

async function makeUsers(): Promise<void> {
  const client = new MongoClient(`mongodb://${CONTROL_ADDRESS}:${PORT}/`, { directConnection: true });
  try {
    await client.db('admin').command({ createUser: 'mms', pwd: PASSWORD, roles: ['root'], mechanisms: ['SCRAM-SHA-256'] });
    // SecantusDB wants the mechanism named; MongoDB takes it from $external.
    await client.db('$external').command({ createUser: 'CN=client,O=ops', roles: [{ role: 'root', db: 'admin' }], mechanisms: ['MONGODB-X509'] });
  } finally {
    await client.close();
  }
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(PORT, CONTROL_ADDRESS, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

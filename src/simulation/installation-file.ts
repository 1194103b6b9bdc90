/** The demo's installation file: a real one, but for addresses and for waits that a person would not sit through. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { BACKEND, DAEMON_HOST, LOAD_BALANCER_HOST, TO_VERSION, type SimulatedInstallation } from './simulated-installation.ts';
import { ADMIN_SOCKET } from './simulated-load-balancer.ts';

export const DEMO = 'om-demo';
/** The environment variable that the file refers to: a connection string is a secret. */
export const DATABASE_VARIABLE = 'OM_APPDB_URI';

const COMMENT = `# An Ops Manager installation, simulated on this machine by \`lockkeeper demo\`.
# Waits are shortened: a Backup Daemon has 8 s to stop itself here; a real file says 75m. A host has 30 s to serve
# (15m), and a soak takes 2 s (2m).
`;

/** Writes the file and returns its path. */
export function writeInstallationFile(simulation: SimulatedInstallation): string {
  const path = join(simulation.folder, `${DEMO}.yaml`);
  writeFileSync(path, COMMENT + stringify(installation(simulation), { lineWidth: 120 }));
  return path;
}

function installation({ hosts, applicationHosts, user, identityFile, knownHostsFile, package: built }: SimulatedInstallation): object {
  const host = (name: string) => ({ name, address: '127.0.0.1', ssh: { port: hosts.get(name)?.port } });
  return {
    installation: DEMO,
    product: 'ops-manager',
    target: { version: TO_VERSION, packages: { debian: built } },
    ssh: { user, identityFile, knownHostsFile },
    hosts: [
      ...applicationHosts.map((name) => ({ ...host(name), platform: 'debian', roles: ['application'] })),
      { ...host(DAEMON_HOST), platform: 'debian', roles: ['backup-daemon'] },
    ],
    applicationDatabase: {
      uri: { env: DATABASE_VARIABLE },
      backups: [{
        host: 'om-1', command: 'mongodump --archive=/backup/om-appdb.archive', verify: 'test -s /backup/om-appdb.archive', maxAge: '4h',
      }],
    },
    loadBalancers: [{
      haproxy: {
        host: host(LOAD_BALANCER_HOST), socket: ADMIN_SOCKET, backend: BACKEND,
        servers: Object.fromEntries(applicationHosts.map((name) => [name, name])), url: `http://${LOAD_BALANCER_HOST}`,
      },
    }],
    policy: {
      approve: ['start', 'first-host'],
      backupDaemons: { stop: 'self-stop', for: '8s', attempts: 3, every: '2s', whenStuck: 'ask', settle: '3s' },
      health: { consecutive: 2, every: '1s', within: '30s' },
      soak: '2s',
    },
  };
}

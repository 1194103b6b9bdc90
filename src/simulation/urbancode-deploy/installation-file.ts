/** The installation file of the demo's UrbanCode Deploy: a real one, but for addresses, plain HTTP, and waits that nobody would sit through. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ADMIN_SOCKET } from '../simulated-load-balancer.ts';
import { BACKEND, LOAD_BALANCER_HOST, SERVERS, STANDBY, TO_VERSION, type SimulatedServers } from './servers.ts';

export const DEMO = 'ucd-demo';
/** The environment variable that the file refers to. */
export const TOKEN_VARIABLE = 'UCD_TOKEN';

const COMMENT = `# An UrbanCode Deploy installation, simulated on this machine by \`lockkeeper demo --product urbancode-deploy\`.
# Waits are shortened: running work has 5 s to end here; a real file says 30m. A server has 60 s to serve (45m).
# Real servers answer by HTTPS.
`;

/** Writes the file and returns its path. */
export function writeInstallationFile(simulation: SimulatedServers): string {
  const path = join(simulation.folder, `${DEMO}.yaml`);
  writeFileSync(path, COMMENT + stringify(installation(simulation), { lineWidth: 120 }));
  return path;
}

function installation({ hosts, user, identityFile, knownHostsFile, package: built }: SimulatedServers): object {
  const host = (name: string) => ({ name, address: '127.0.0.1', ssh: { port: hosts.get(name)?.port } });
  const server = (name: string, role: string) => ({ ...host(name), platform: 'linux', roles: [role], url: 'http://127.0.0.1:8080', installDir: '/opt/ucd/server', runAs: 'ucd' });
  return {
    installation: DEMO,
    product: 'urbancode-deploy',
    target: { version: TO_VERSION, packages: { linux: built } },
    ssh: { user, identityFile, knownHostsFile },
    hosts: [...SERVERS.map((name) => server(name, 'server')), server(STANDBY, 'standby')],
    database: {
      backups: [{ host: 'ucd-1', command: 'tar -czf /backup/ucd.tar.gz -C /mnt/ucd/appdata .', verify: 'gzip --test /backup/ucd.tar.gz', maxAge: '4h' }],
    },
    appData: '/mnt/ucd/appdata',
    api: { url: `http://${LOAD_BALANCER_HOST}`, token: { env: TOKEN_VARIABLE } },
    loadBalancers: [{
      haproxy: {
        host: host(LOAD_BALANCER_HOST), socket: ADMIN_SOCKET, backend: BACKEND,
        servers: Object.fromEntries(SERVERS.map((name) => [name, name])), url: `http://${LOAD_BALANCER_HOST}`,
      },
    }],
    policy: {
      approve: ['start', 'first-installer'],
      drain: { for: '5s' },
      health: { consecutive: 2, every: '1s', within: '60s' },
    },
  };
}

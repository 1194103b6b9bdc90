/** Looks at an HAProxy for `init`: its admin socket, whether that needs sudo, and which of its servers the hosts are. */
import { matchServers, parseServers, type BackendServer, type KnownHost } from '../../products/haproxy/servers.ts';
import { SHOW_STATISTICS, socket as socketCommand } from '../../products/haproxy/runtime.ts';
import { readFile } from '../../products/linux/keeping.ts';
import type { SeenBalancer } from '../../installation/first-file.ts';
import type { HostSession } from '../../ssh/port.ts';
import { Eyes, whoIsIt } from './eyes.ts';

export type SeenOnBalancer = Omit<SeenBalancer, 'name' | 'address' | 'ssh'> & { readonly hostname?: string | undefined };

const NOTHING = { servers: {}, strangers: [], sudo: true };
/** Where the packages of Debian and of RHEL put it. */
const USUAL_SOCKETS = ['/run/haproxy/admin.sock', '/var/lib/haproxy/stats'];

/** @param path the socket, where a person knows it. */
export async function lookAtHaproxy(session: HostSession, hosts: readonly KnownHost[], path: string | undefined): Promise<SeenOnBalancer> {
  try {
    const eyes = new Eyes(session);
    const { hostname } = await whoIsIt(eyes);
    const paths = path === undefined ? [...socketsIn((await eyes.look(readFile('/etc/haproxy/haproxy.cfg'))).stdout), ...USUAL_SOCKETS] : [path];
    const asked = await askFirst(eyes, [...new Set(paths)]);
    if (asked === null) return { ...NOTHING, hostname, unseen: `HAProxy did not answer on ${[...new Set(paths)].join(' or ')} (asked by socat; --haproxy-socket PATH names another).` };
    const matched = matchServers(asked.servers, hosts);
    if (matched === null) return { ...NOTHING, ...asked, servers: {}, hostname, unseen: 'No server of HAProxy is one of the hosts.' };
    return { hostname, socket: asked.socket, sudo: asked.sudo, backend: matched.backend, servers: matched.servers, strangers: matched.strangers.map(shown) };
  } catch (error) {
    return { ...NOTHING, unseen: error instanceof Error ? error.message : String(error) };
  }
}

/** Sockets of HAProxy's configuration that take commands: "stats socket /run/haproxy/admin.sock mode 660 level admin". */
export function socketsIn(configuration: string): readonly string[] {
  const all = [...configuration.matchAll(/^\s*stats\s+socket\s+(\/\S+)(.*)$/gm)];
  return all.filter(([, , options]) => /\blevel\s+admin\b/.test(options ?? '')).map(([, path]) => path ?? '');
}

interface Answered { readonly socket: string; readonly sudo: boolean; readonly servers: readonly BackendServer[] }

/** Without sudo first: where the login may speak to the socket, an upgrade needs none. */
async function askFirst(eyes: Eyes, paths: readonly string[]): Promise<Answered | null> {
  for (const socket of paths) for (const sudo of [false, true]) {
    const { stdout } = await eyes.look(socketCommand({ socket, sudo }), { stdin: `${SHOW_STATISTICS}\n` });
    const servers = parseServers(stdout);
    if (servers !== null) return { socket, sudo, servers };
  }
  return null;
}

function shown({ server, address }: BackendServer): string {
  return address === null ? server : `${server} (${address})`;
}

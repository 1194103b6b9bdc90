/** Which of HAProxy's servers are the hosts of an installation, by their addresses or, where it tells none, their names. */
import { readTable } from './runtime.ts';

export interface BackendServer {
  readonly backend: string;
  readonly server: string;
  /** Without the port; null where HAProxy does not tell. */
  readonly address: string | null;
}

/** The servers of all backends out of `show stat`; null when it is not that. */
export function parseServers(csv: string): readonly BackendServer[] | null {
  const rows = readTable(csv);
  // Types: 0 frontend, 1 backend, 2 server, 3 socket. Old releases, which tell no type, have no sockets here.
  return rows && rows.filter((row) => ['', '2'].includes(row('type')) && !['BACKEND', 'FRONTEND', ''].includes(row('svname')))
    .map((row) => ({ backend: row('pxname'), server: row('svname'), address: row('addr').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1') || null }));
}

export interface KnownHost { readonly name: string; readonly addresses: readonly string[] }

export interface MatchedBackend {
  readonly backend: string;
  /** Host → server; hosts that are not behind it are left out. */
  readonly servers: Readonly<Record<string, string>>;
  /** Servers that are none of the hosts. */
  readonly strangers: readonly BackendServer[];
}

/** The backend with most of the hosts behind it; null when there is none of them behind any. */
export function matchServers(all: readonly BackendServer[], hosts: readonly KnownHost[]): MatchedBackend | null {
  const matched = [...new Set(all.map(({ backend }) => backend))].map((backend): MatchedBackend => {
    const own = all.filter((each) => each.backend === backend);
    const pairs = hosts.flatMap((host) => {
      const server = own.find((each) => isHost(each, host));
      return server ? [{ host: host.name, server }] : [];
    });
    return {
      backend,
      servers: Object.fromEntries(pairs.map(({ host, server }) => [host, server.server])),
      strangers: own.filter((each) => !pairs.some(({ server }) => server === each)),
    };
  });
  const best = matched.toSorted((a, b) => Object.keys(b.servers).length - Object.keys(a.servers).length)[0];
  return best && Object.keys(best.servers).length > 0 ? best : null;
}

function isHost({ server, address }: BackendServer, host: KnownHost): boolean {
  return address === null ? server === host.name : host.addresses.includes(address);
}

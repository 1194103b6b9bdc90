/** Connections to hosts, one each, shared by everything that runs in this worker. */
import type { Reachable } from '../upgrade/installation.ts';
import { createConnection, type Connection } from './connection.ts';
import type { Hosts } from './port.ts';
import { createSession } from './session.ts';
import type { HostsConfig } from './settings.ts';

/** Connects on the first call to a host, not before. A host whose settings changed in the file gets a new connection. */
export function createHosts(config: HostsConfig): Hosts {
  const connections = new Map<string, Connection>();
  const connectionTo = (host: Reachable): Connection => {
    const key = JSON.stringify([host.name, host.address, host.ssh]);
    const connection = connections.get(key) ?? createConnection(host, config, connectionTo);
    connections.set(key, connection);
    return connection;
  };
  return {
    session: (host) => createSession(connectionTo(host), config),
    async close() {
      for (const connection of connections.values()) connection.cut();
      connections.clear();
    },
  };
}

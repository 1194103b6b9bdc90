/** A small file without mistakes, for tests that put one in. */
export const sha256 = '5f0c1f1f7c2ad0c0d3f6b0a7d1a8f7a5a3b1c9e8d7f6a5b4c3d2e1f00918273a';

export function anInstallation() {
  return {
    installation: 'om-prod',
    product: 'ops-manager',
    target: { version: '4.4.18', packages: { debian: { file: 'om.deb', sha256 } } },
    ssh: { user: 'ops', knownHostsFile: 'known_hosts' },
    hosts: [
      { name: 'om-1', address: '10.0.0.1', platform: 'debian', roles: ['application', 'backup-daemon'] },
      { name: 'om-2', address: '10.0.0.2', platform: 'debian', roles: ['application'] },
    ],
    applicationDatabase: { uri: { env: 'APPDB_URI' }, backups: [{ confirm: 'it is backed up' }] },
    loadBalancers: [{ haproxy: { host: 'lb-1', socket: '/run/admin.sock', backend: 'om', servers: { 'om-1': 's1', 'om-2': 's2' } } }],
  };
}

/** The same with values put at paths like "hosts.1.ssh.port"; `undefined` takes one out. */
export function anInstallationWith(changes: Readonly<Record<string, unknown>>): unknown {
  const file: unknown = anInstallation();
  for (const [path, value] of Object.entries(changes)) put(file, path.split('.'), value);
  return file;
}

export function put(into: unknown, [first = '', ...rest]: readonly string[], value: unknown): void {
  const here = into as Record<string, unknown>;
  if (rest.length === 0 && value === undefined) delete here[first];
  else if (rest.length === 0) here[first] = value;
  else put(here[first] ??= {}, rest, value);
}

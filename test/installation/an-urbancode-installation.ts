/** A small UrbanCode Deploy file without mistakes, for tests that put one in. */
import { put, sha256 } from './an-installation.ts';

export function anUrbancodeInstallation() {
  return {
    installation: 'ucd-prod',
    product: 'urbancode-deploy',
    target: { version: '7.3.2.1', packages: { linux: { file: 'ucd.zip', sha256 } } },
    ssh: { user: 'ops', knownHostsFile: 'known_hosts' },
    hosts: [
      { name: 'ucd-1', address: '10.0.1.1', platform: 'linux', roles: ['server'], installDir: '/opt/ucd/server', runAs: 'ucd', agentcommUri: 'wss://ucd-1:7919' },
      { name: 'ucd-2', address: '10.0.1.2', platform: 'linux', roles: ['server'], installDir: '/opt/ucd/server', runAs: 'ucd', agentcommUri: 'wss://ucd-2:7919' },
    ],
    database: { backups: [{ confirm: 'it is backed up' }] },
    appData: '/mnt/ucd/appdata',
    loadBalancers: [{ haproxy: { host: 'lb-1', socket: '/run/admin.sock', backend: 'ucd', servers: { 'ucd-1': 'u1', 'ucd-2': 'u2' } } }],
  };
}

/** The same with values put at paths like "hosts.1.ssh.port"; `undefined` takes one out. */
export function anUrbancodeInstallationWith(changes: Readonly<Record<string, unknown>>): unknown {
  const file: unknown = anUrbancodeInstallation();
  for (const [path, value] of Object.entries(changes)) put(file, path.split('.'), value);
  return file;
}

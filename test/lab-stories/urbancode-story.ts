/** A story of the lab's UrbanCode Deploy installation: three servers, a standby, a load balancer. */
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startDevServer } from '../../src/temporal/dev-server.ts';
import { API_TOKEN, APP_DATA, DRIVE_C, INSTALL_DIR, startUcdLab, UCD_ADDRESSES, WINDOWS_INSTALL_DIR, type UcdHost, type UcdLab, type UcdRelease, type UrbanCodeDeploy } from '../lab/urbancode.ts';
import { Told } from './told.ts';

/** The newest that each may become in one upgrade. */
const TARGETS: Readonly<Record<UcdRelease, string>> = { '6.1.0.4': '7.0.5.2', '6.2.7.1': '7.0.5.2', '7.0.5.2': '7.3.2.1' };
export const SERVERS = ['ucd-1', 'ucd-2', 'ucd-3'] as const;
export const NODES = [...SERVERS, 'ucd-4'] as const;

export class UcdStory extends Told<UrbanCodeDeploy, UcdLab> {
  target = '';
  /** The Windows node is there, too: the second in the file. */
  windows = false;

  /** The installation as on its first day at that release, a new Temporal with its state on disk, a worker. */
  static async begin(name: string, release: UcdRelease = '7.0.5.2', windows = false): Promise<UcdStory> {
    const lab = await startUcdLab({ release, windows });
    const [folder] = await Promise.all([mkdtemp(join(tmpdir(), 'lockkeeper-story-')), lab.reset(release)]);
    const server = await startDevServer({ dbFile: join(folder, 'temporal.db') });
    const story = new UcdStory({ lab, folder, server, name, secrets: { UCD_TOKEN: API_TOKEN } });
    story.target = TARGETS[release];
    story.windows = windows;
    await copyFile(lab.package(story.target).file, join(folder, 'ucd.zip'));
    await copyFile(lab.caFile, join(folder, 'ca.pem'));
    await story.startWorker();
    return story;
  }

  description(policy: object = {}) {
    const { lab, target, windows } = this;
    const pack = { file: 'ucd.zip', sha256: lab.package(target).sha256 };
    const host = (name: UcdHost, role: string, more: object = {}) => ({
      name, address: UCD_ADDRESSES[name], platform: 'linux', roles: [role], installDir: INSTALL_DIR, runAs: 'ucd', caFile: 'ca.pem',
      agentcommUri: `random:(wss://${name}.example:7919)`, ...more,
    });
    return {
      installation: this.name, product: 'urbancode-deploy',
      target: { version: target, packages: { linux: pack, ...(windows ? { windows: pack } : {}) } },
      ssh: { user: lab.keys.user, identityFile: lab.keys.identityFile, knownHostsFile: lab.keys.knownHostsFile },
      hosts: [
        host('ucd-1', 'server'),
        ...(windows ? [host('ucd-w', 'server', { platform: 'windows', installDir: WINDOWS_INSTALL_DIR, service: { name: 'ucd-server' } })] : []),
        host('ucd-2', 'server', { service: { start: 'sudo systemctl start ucd-server', stop: 'sudo systemctl stop ucd-server' } }),
        host('ucd-3', 'server', { ssh: { sudoPassword: { env: 'OPS_SUDO' } } }),
        host('ucd-4', 'standby'),
      ],
      database: { backups: [{ host: 'ucd-1', command: 'date > "$HOME/ucd.dump"', verify: 'test -s "$HOME/ucd.dump"', maxAge: '4h' }] },
      appData: APP_DATA,
      api: { url: `https://${UCD_ADDRESSES['ucd-lb']}:8443`, token: { env: 'UCD_TOKEN' } },
      loadBalancers: [{
        haproxy: {
          host: { name: 'ucd-lb', address: UCD_ADDRESSES['ucd-lb'] }, socket: '/run/haproxy/admin.sock', backend: 'ucd', sudo: true,
          servers: { 'ucd-1': 'u1', 'ucd-2': 'u2', 'ucd-3': 'u3', ...(windows ? { 'ucd-w': 'u4' } : {}) }, url: `https://${UCD_ADDRESSES['ucd-lb']}:8443`,
        },
      }],
      policy: { approve: [], drain: { for: '20s' }, stop: { within: '60s' }, health: { consecutive: 2, every: '1s', within: '60s' }, ...policy },
    };
  }

  /** What must be true after every upgrade that was finished: one install on each host, as its own user, and no rule of the vendor broken. */
  async installedOnceAndOrderly(hosts: readonly UcdHost[] = NODES): Promise<void> {
    for (const host of hosts) expect(await this.lab.installs(host), host).toMatchObject([{ user: 'ucd' }]);
    expect(await this.lab.violations()).toEqual([]);
  }

  async marks(nodes: readonly UcdHost[] = NODES): Promise<readonly string[]> {
    const folder = (host: UcdHost) => (host === 'ucd-w' ? `${DRIVE_C}/ucd/server` : INSTALL_DIR);
    return Promise.all(nodes.map(async (host) => /installed.version=(\d+\.\d+\.\d+\.\d+)/.exec(await this.lab.sh(host, `cat ${folder(host)}/conf/installed.version`))?.[1] ?? ''));
  }
}

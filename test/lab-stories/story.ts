/** A story of the lab's Ops Manager installation. */
import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { startDevServer } from '../../src/temporal/dev-server.ts';
import { ADDRESSES, platformOf, startLab, treeOf, type Lab, type OpsManager } from '../lab/topology.ts';
import { PATIENCE, Told } from './told.ts';

export class Story extends Told<OpsManager, Lab> {
  /** The lab as on its first day, a new Temporal with its state on disk, a worker, and an installation file. */
  static async begin(name: string): Promise<Story> {
    const lab = await startLab();
    const [folder] = await Promise.all([mkdtemp(join(tmpdir(), 'lockkeeper-story-')), lab.reset()]);
    const server = await startDevServer({ dbFile: join(folder, 'temporal.db') });
    const story = new Story({ lab, folder, server, name, secrets: { OM_APPDB_URI: lab.applicationDatabaseUri } });
    await copyFile(lab.package('4.4.18').file, join(folder, 'mms.deb'));
    await copyFile(lab.package('4.4.18', 'rhel').file, join(folder, 'mms.rpm'));
    await copyFile(lab.package('4.4.18', 'linux').file, join(folder, 'mms.tar.gz'));
    await story.startWorker();
    return story;
  }

  description(policy: object = {}) {
    const { lab } = this;
    const host = (name: keyof typeof ADDRESSES, roles: string[], more: object = {}) => ({
      name, address: ADDRESSES[name], platform: platformOf(name), roles, ...(platformOf(name) === 'linux' ? { installDir: treeOf(name), runAs: 'opsmgr' } : {}), ...more,
    });
    return {
      installation: this.name, product: 'ops-manager',
      target: { version: '4.4.18', packages: {
        debian: { file: 'mms.deb', sha256: lab.package('4.4.18').sha256 }, rhel: { file: 'mms.rpm', sha256: lab.package('4.4.18', 'rhel').sha256 },
        linux: { file: 'mms.tar.gz', sha256: lab.package('4.4.18', 'linux').sha256 },
      } },
      ssh: { user: lab.keys.user, identityFile: lab.keys.identityFile, knownHostsFile: lab.keys.knownHostsFile },
      hosts: [
        host('om-1', ['application', 'backup-daemon']),
        host('om-2', ['application'], { ssh: { sudoPassword: { env: 'OPS_SUDO' } } }),
        host('om-3', ['application']),
        host('bkp-1', ['backup-daemon']),
      ],
      applicationDatabase: {
        uri: { env: 'OM_APPDB_URI' },
        backups: [{ host: 'bkp-1', command: 'date > "$HOME/appdb.dump"', verify: 'test -s "$HOME/appdb.dump"', maxAge: '4h' }],
      },
      loadBalancers: [{
        haproxy: {
          host: { name: 'lb-1', address: ADDRESSES['lb-1'] }, socket: '/run/haproxy/admin.sock', backend: 'om', sudo: true,
          servers: { 'om-1': 's1', 'om-2': 's2', 'om-3': 's3' }, url: `http://${ADDRESSES['lb-1']}:8088`,
        },
      }],
      policy: {
        approve: [],
        health: { consecutive: 2, every: '1s', within: '60s' },
        soak: '1s',
        ...policy,
        backupDaemons: { for: '30s', attempts: 2, every: '2s', settle: '3s', ...(policy as { backupDaemons?: object }).backupDaemons },
      },
    };
  }

  /** Waits until the host's application answers. */
  async serves(host: keyof typeof ADDRESSES): Promise<void> {
    const url = `http://${ADDRESSES[host]}:8080/api/public/v1.0/unauth/versionManifest`;
    for (const deadline = Date.now() + PATIENCE; ; await pause(300)) {
      if (await fetch(url).then(({ ok }) => ok, () => false)) return;
      if (Date.now() > deadline) throw new Error(`${host} never served`);
    }
  }

  /** What must be true after every upgrade that was finished: one install on each host, and no rule of the vendor broken. */
  async installedOnceAndOrderly(): Promise<void> {
    for (const host of ['om-1', 'om-2', 'om-3', 'bkp-1'] as const) expect(await this.lab.installs(host), host).toHaveLength(1);
    expect(await this.lab.violations()).toEqual([]);
  }

  /** The daemons that ran before run again, one on each of their hosts. */
  async daemonsRun(): Promise<void> {
    for (const host of ['om-1', 'bkp-1'] as const) expect(await this.lab.sh(host, 'ps -eww -o args= | grep -c "[D]aemon"'), host).toMatch(/^1/);
  }
}

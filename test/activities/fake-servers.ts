/** An UrbanCode Deploy installation of fake hosts: three servers that serve 7.0.5.2 and a standby; and its activities over them. */
import { createHash } from 'node:crypto';
import { createUrbancodeDeployActivities } from '../../activities/urbancode-deploy/activities.ts';
import type { UrbancodeDeployActivities } from '../../activities/urbancode-deploy/contract.ts';
import { stagedPackage } from '../../src/products/linux/keeping.ts';
import { unpackedOf } from '../../src/products/urbancode-deploy/layout.ts';
import { rootCommands } from '../../src/products/urbancode-deploy/root-commands.ts';
import { typed } from '../../src/upgrade/command.ts';
import type { LoadBalancer } from '../../src/upgrade/installation.ts';
import type { UrbancodeDeployHost, UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import { APP_DATA, FakeServerHost, INSTALL_DIR, type FakeStorage } from './fake-server-host.ts';
import { FakeWindowsHost } from './fake-windows-host.ts';
import { CLUSTER, World } from './fake-world.ts';

export const OWNER = { workflowId: 'upgrade/ucd-test', firstExecutionRunId: 'run-1' };
export const PACKAGE = { onHost: '/srv/ucd.zip', sha256: createHash('sha256').update('package 7.3.2.1').digest('hex') };
/** Checked on the worker by another test; here a person brings it. */
export const ON_WORKER = { onHost: 'C:\\ucd\\ucd.zip', sha256: PACKAGE.sha256 };
const SSH = { user: 'ops', port: 22 };

export class FakeServers extends World<FakeServerHost, UrbancodeDeployActivities> {
  readonly storage: FakeStorage = { files: new Set(), token: 'a-token-of-the-test', work: [], configuration: { externalURL: 'https://ucd', maintenanceModeEnabled: false } };
  readonly windows = new FakeWindowsHost('ucd-w', this.clock, this.storage);
  readonly installation: UrbancodeDeployInstallation;
  readonly activities: UrbancodeDeployActivities;

  /** All are locked by this upgrade unless told otherwise. `windows`: ucd-w serves, too, which holds no lock. */
  constructor({ locked = true, windows = false, loadBalancers = [{ none: 'a test' }] as readonly LoadBalancer[] } = {}) {
    super(OWNER);
    const hosts = ['ucd-1', 'ucd-2', 'ucd-3', 'ucd-4'].map((name): UrbancodeDeployHost => ({
      name, address: name, ssh: SSH, platform: 'linux', roles: [name === 'ucd-4' ? 'standby' : 'server'], url: `https://${name}:8443`, installDir: INSTALL_DIR, runAs: 'ucd',
    }));
    const onWindows: UrbancodeDeployHost = { name: 'ucd-w', address: 'ucd-w', ssh: SSH, platform: 'windows', roles: ['server'], url: 'https://ucd-w:8443', installDir: 'C:\\ucd\\server', runAs: 'ucd', service: { name: 'ucd' } };
    if (windows) hosts.push(onWindows);
    this.installation = {
      installation: 'ucd-test', product: 'urbancode-deploy', hosts, loadBalancers, appData: APP_DATA,
      target: { version: '7.3.2.1', packages: { linux: PACKAGE, ...(windows ? { windows: ON_WORKER } : {}) }, newerThanKnown: false },
      database: { backups: [] }, api: { url: 'https://ucd:8443', token: { env: 'TOKEN' } },
      policy: { approve: [], backup: 'first', autostart: 'disable', drain: { for: '30m' }, stop: { within: '1h' }, fips: false, health: { consecutive: 3, every: '5s', within: '45m' } },
    };
    for (const each of hosts) {
      const host = each.platform === 'windows' ? this.windows as unknown as FakeServerHost : new FakeServerHost(each.name, this.clock, this.storage);
      this.hosts.set(each.name, host);
      host.write(PACKAGE.onHost, 'package 7.3.2.1');
      if (!each.roles.includes('standby')) host.startServer();
      if (locked && each.platform === 'linux') host.lock = { ...CLUSTER, ...OWNER, stepNumber: 0 };
      const listed = new Set(rootCommands({ host: each, installation: this.installation, home: '/home/ops' }).map(({ command }) => typed(command)));
      // As the owner of the install dir everything is allowed, as root only what is listed.
      host.isListed = (command) => command.as !== 'root' || listed.has(typed(command));
    }
    this.activities = createUrbancodeDeployActivities(this.ports(this.installation, { TOKEN: 'a-token-of-the-test' }));
  }

  /** The package is on every host, checked and extracted. */
  stage(): void {
    for (const host of this.hosts.values()) {
      host.write(stagedPackage(PACKAGE.sha256), 'package 7.3.2.1');
      for (const name of ['install-server.sh', 'install.properties']) host.write(`${unpackedOf(PACKAGE.sha256).folder}/ibm-ucd-install/${name}`, '', 'ucd');
    }
  }

  on(name: string): UrbancodeDeployHost {
    return this.installation.hosts.find((host) => host.name === name)!;
  }
}

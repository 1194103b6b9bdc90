/** An Ops Manager installation of fake hosts, and its activities over them. */
import { createHash } from 'node:crypto';
import { createOpsManagerActivities } from '../../activities/ops-manager/activities.ts';
import type { OpsManagerActivities } from '../../activities/ops-manager/contract.ts';
import { rootCommands } from '../../src/products/ops-manager/root-commands.ts';
import { typed } from '../../src/upgrade/command.ts';
import type { LoadBalancer, OpsManagerHost, OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { DatabaseSighting } from '../../src/products/ops-manager/application-database.ts';
import { APPLICATION, FakeHost } from './fake-host.ts';
import { CLUSTER, World } from './fake-world.ts';

export const OWNER = { workflowId: 'upgrade/om-test', firstExecutionRunId: 'run-1' };
export const PACKAGE = { onHost: '/srv/mms.deb', sha256: createHash('sha256').update('package 4.4.18').digest('hex') };
const SSH = { user: 'ops', port: 22 };

export class FakeWorld extends World<FakeHost, OpsManagerActivities> {
  database: DatabaseSighting = { reached: 'yes', concerns: [], set: 'rs0', primary: 'yes', majority: 'yes', version: '4.4.1', featureCompatibility: '4.4', lagSeconds: 0, says: '' };
  readonly installation: OpsManagerInstallation;
  readonly activities: OpsManagerActivities;

  /** Three hosts that serve 4.4.13; om-1 holds a Backup Daemon, too. All are locked by this upgrade unless told otherwise. */
  constructor({ locked = true, loadBalancers = [{ none: 'a test' }] as readonly LoadBalancer[] } = {}) {
    super(OWNER);
    for (const name of ['om-1', 'om-2', 'om-3', 'lb-1']) this.hosts.set(name, new FakeHost(name, this.clock));
    const hosts = ['om-1', 'om-2', 'om-3'].map((name): OpsManagerHost => ({
      name, address: name, ssh: SSH, platform: 'debian', roles: name === 'om-1' ? ['application', 'backup-daemon'] : ['application'],
      url: `http://${name}:8080`, installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms',
    }));
    for (const { name } of hosts) {
      const host = this.host(name);
      host.write(PACKAGE.onHost, 'package 4.4.18', 'root:root', '644');
      host.processes.push({ pid: 10, args: APPLICATION, user: 'mongodb-mms', since: 0 });
      if (locked) host.lock = { ...CLUSTER, ...OWNER, stepNumber: 0 };
    }
    this.host('om-1').startDaemon();
    this.installation = {
      installation: 'om-test', product: 'ops-manager', hosts, loadBalancers,
      target: { version: '4.4.18', packages: { debian: PACKAGE }, newerThanKnown: false },
      applicationDatabase: { uri: { env: 'APPDB' }, backups: [] },
      policy: {
        approve: [], soak: '10s', proveReadOnly: false, health: { consecutive: 3, every: '5s', within: '15m' },
        backupDaemons: { stop: 'self-stop', for: '75m', attempts: 3, every: '2m', whenStuck: 'ask', settle: '3m' },
      },
    };
    for (const host of hosts) this.host(host.name).isListed = (command) => this.#listed(host).has(typed(command));
    const ports = this.ports(this.installation, { APPDB: 'mongodb://mms:hunter22@db-1,db-2/?replicaSet=rs0' });
    this.activities = createOpsManagerActivities({ ...ports, applicationDatabase: { look: async () => this.database } });
  }

  /** What is typed on the host as root, with the key where the host has it. */
  #listed(host: OpsManagerHost): ReadonlySet<string> {
    const key = /^ENC_KEY_PATH=(\/.*)$/m.exec(this.host(host.name).files.get('/opt/mongodb/mms/conf/mms.conf')?.content ?? '')?.[1];
    const varying = { firstExecutionRunId: OWNER.firstExecutionRunId, home: '/home/ops', key, pid: '77' };
    return new Set(rootCommands({ host, target: PACKAGE, version: '4.4.18', varying }).map(({ command }) => typed(command)));
  }

  on(name: string): OpsManagerHost {
    return this.installation.hosts.find((host) => host.name === name)!;
  }
}

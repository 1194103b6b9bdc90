/** The ports over fake hosts, and a way to run an activity as Temporal would. */
import { createHash } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createOpsManagerActivities } from '../../activities/ops-manager/activities.ts';
import type { OpsManagerActivities } from '../../activities/ops-manager/contract.ts';
import type { OpsManagerPorts } from '../../activities/ops-manager/ports.ts';
import { createSecrets } from '../../src/secrets/secrets.ts';
import { rootCommands } from '../../src/products/ops-manager/root-commands.ts';
import { typed } from '../../src/upgrade/command.ts';
import type { LoadBalancer, OpsManagerHost, OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { Attempt, Seen } from '../../src/upgrade/outcome.ts';
import type { DatabaseSighting } from '../../src/products/ops-manager/application-database.ts';
import { APPLICATION, FakeHost } from './fake-host.ts';

// Activities that throw on purpose would fill the test's output with warnings.
const QUIET = new DefaultLogger('ERROR');

export const OWNER = { workflowId: 'upgrade/om-test', firstExecutionRunId: 'run-1' };
const CLUSTER = { clusterId: 'cluster-1', namespace: 'default' };
export const PACKAGE = { onHost: '/srv/mms.deb', sha256: createHash('sha256').update('package 4.4.18').digest('hex') };
const SSH = { user: 'ops', port: 22 };

export class FakeWorld {
  readonly clock = { time: 1_000_000 };
  readonly hosts = new Map<string, FakeHost>();
  database: DatabaseSighting = { reached: 'yes', concerns: [], set: 'rs0', primary: 'yes', majority: 'yes', version: '4.4.1', featureCompatibility: '4.4', lagSeconds: 0, says: '' };
  runClosed: Seen = 'yes';
  readonly installation: OpsManagerInstallation;
  readonly activities: OpsManagerActivities;
  #step = 0;

  /** Three hosts that serve 4.4.13; om-1 holds a Backup Daemon, too. All are locked by this upgrade unless told otherwise. */
  constructor({ locked = true, loadBalancers = [{ none: 'a test' }] as readonly LoadBalancer[] } = {}) {
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
    this.activities = createOpsManagerActivities(this.#ports());
  }

  /** What is typed on the host as root, with the key where the host has it. */
  #listed(host: OpsManagerHost): ReadonlySet<string> {
    const key = /^ENC_KEY_PATH=(\/.*)$/m.exec(this.host(host.name).files.get('/opt/mongodb/mms/conf/mms.conf')?.content ?? '')?.[1];
    const varying = { firstExecutionRunId: OWNER.firstExecutionRunId, home: '/home/ops', key, pid: '77' };
    return new Set(rootCommands({ host, target: PACKAGE, version: '4.4.18', varying }).map(({ command }) => typed(command)));
  }

  host(name: string): FakeHost {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`there is no fake host ${name}`);
    return host;
  }

  on(name: string): OpsManagerHost {
    return this.installation.hosts.find((host) => host.name === name)!;
  }

  attempt(step: string, mode: Attempt['mode'] = 'act'): Attempt {
    this.#step += 1;
    return { token: `run-1/${step}#1`, owner: OWNER, stepNumber: this.#step, mode };
  }

  /** One Temporal attempt at an activity. */
  run<Name extends keyof OpsManagerActivities>(name: Name, input: Parameters<OpsManagerActivities[Name]>[0]): ReturnType<OpsManagerActivities[Name]> {
    return this.environment().run(this.activities[name] as never, input as never) as ReturnType<OpsManagerActivities[Name]>;
  }

  environment(heartbeatDetails?: unknown): MockActivityEnvironment {
    return new MockActivityEnvironment({ heartbeatDetails, scheduledTimestampMs: this.clock.time }, { logger: QUIET });
  }

  /** Runs it as the workflow does: again and again while it says that time cures it. Returns what it said meanwhile, too. */
  async await<Name extends keyof OpsManagerActivities>(name: Name, input: Parameters<OpsManagerActivities[Name]>[0]): Promise<{ result: Awaited<ReturnType<OpsManagerActivities[Name]>>; notNow: string[] }> {
    for (const notNow: string[] = []; ;) {
      try {
        return { result: await this.run(name, input) as Awaited<ReturnType<OpsManagerActivities[Name]>>, notNow };
      } catch (error) {
        if ((error as { type?: string }).type !== 'NotNow' || notNow.length > 200) throw error;
        notNow.push((error as Error).message);
        this.clock.time += 10_000;
      }
    }
  }

  #ports(): OpsManagerPorts {
    return {
      hosts: { session: ({ name }) => this.host(name), close: async () => {} },
      applicationDatabase: { look: async () => this.database },
      secrets: createSecrets({ folder: '/', env: { APPDB: 'mongodb://mms:hunter22@db-1,db-2/?replicaSet=rs0' } }),
      workerPath: (path) => path,
      cluster: CLUSTER,
      isRunClosed: async () => this.runClosed,
      checkInstallation: () => ({ installation: this.installation }),
      clock: {
        now: () => new Date(this.clock.time),
        pause: async (milliseconds, signal) => {
          signal?.throwIfAborted();
          this.clock.time += milliseconds;
        },
      },
    };
  }
}

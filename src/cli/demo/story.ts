/** What differs between the demos of the products: the simulation, its file, and what is told on the way. */
import type { Wait } from '../../upgrade/view.ts';
import type { Simulation } from '../../simulation/ground.ts';
import * as opsManagerFile from '../../simulation/installation-file.ts';
import { APPLICATION_HOSTS, DAEMON_HOST, FROM_VERSION, LOAD_BALANCER_HOST, startSimulatedInstallation, TO_VERSION } from '../../simulation/simulated-installation.ts';
import * as urbancodeFile from '../../simulation/urbancode-deploy/installation-file.ts';
import * as urbancode from '../../simulation/urbancode-deploy/servers.ts';

export interface Staged {
  readonly simulation: Simulation;
  /** The installation file, and the environment that its references need. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Story {
  /** The installation's name. */
  readonly installation: string;
  /** Hosts with the product, in the order in which they are shown. */
  readonly hosts: readonly string[];
  /** Where the worker is killed in the middle of an install. */
  readonly crashHost: string;
  readonly opening: string;
  readonly simulated: string;
  /** The one question that the demo provokes: how its id begins, why it is asked, and what `--yes` answers. */
  readonly question: { readonly begins: Wait['id']; readonly because: string; readonly answer: Wait['choices'][number] };
  begin(): Promise<Staged>;
}

/** Long enough to kill a worker and start it again meanwhile, in seconds. */
const INSTALL_SECONDS = 4;
/** Outlasts the 8 s that the demo's policy gives, and ends within the minute that the answer `wait` gives; in seconds. */
const JOB_SECONDS = 50;

export const STORIES = {
  'ops-manager': {
    installation: opsManagerFile.DEMO,
    hosts: [...APPLICATION_HOSTS, DAEMON_HOST],
    crashHost: APPLICATION_HOSTS[1], // the first one already has the story of the Backup Daemon
    opening: `Ops Manager goes from ${FROM_VERSION} to ${TO_VERSION} on four hosts, one at a time, and stays in service.`,
    simulated: `${[...APPLICATION_HOSTS, DAEMON_HOST].join(', ')} with Ops Manager on them, the load balancer ${LOAD_BALANCER_HOST}, the Application Database`,
    question: {
      begins: 'backup-daemons:', answer: 'stop',
      because: 'A Backup Daemon was to stop itself, but it is in the middle of a long backup job (simulated). What is right depends on the job, so Lockkeeper asks instead of guessing.',
    },
    begin: async () => {
      const simulation = await startSimulatedInstallation({ installSeconds: INSTALL_SECONDS, jobSeconds: JOB_SECONDS });
      return { simulation, file: opsManagerFile.writeInstallationFile(simulation), environment: { [opsManagerFile.DATABASE_VARIABLE]: `${simulation.databaseUri}&appName=lockkeeper` } };
    },
  },
  'urbancode-deploy': {
    installation: urbancodeFile.DEMO,
    hosts: [...urbancode.SERVERS, urbancode.STANDBY],
    crashHost: urbancode.SERVERS[0], // its installer changes the database: the one that must never run twice
    opening: `UrbanCode Deploy goes from ${urbancode.FROM_VERSION} to ${urbancode.TO_VERSION} on three servers and a standby. They share a database, so all are stopped before the first installer runs.`,
    simulated: `${[...urbancode.SERVERS, urbancode.STANDBY].join(', ')} with UrbanCode Deploy on them, its database, the load balancer ${urbancode.LOAD_BALANCER_HOST}`,
    question: {
      begins: 'drain:', answer: 'cancel',
      because: 'A deployment (simulated) still runs, and an upgrade would cut it off. Whose it is and how long it may take, only people know, so Lockkeeper asks instead of guessing.',
    },
    begin: async () => {
      const simulation = await urbancode.startSimulatedServers({ installSeconds: INSTALL_SECONDS });
      return { simulation, file: urbancodeFile.writeInstallationFile(simulation), environment: { [urbancodeFile.TOKEN_VARIABLE]: 'simulated-token' } };
    },
  },
} as const satisfies Readonly<Record<string, Story>>;
export type DemoProduct = keyof typeof STORIES;

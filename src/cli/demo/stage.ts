/** What the demo stands on: the simulation, a Temporal of its own with its UI, a worker, an installation file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Connected } from '../../temporal/connect.ts';
import { startDevServer, type DevServer } from '../../temporal/dev-server.ts';
import { findTemporalCli } from '../../temporal/find-program.ts';
import { isListening } from '../../temporal/free-port.ts';
import { startDemoWorker, type DemoWorker } from './processes.ts';
import type { DemoScreen } from './screen.ts';
import type { Simulation } from '../../simulation/ground.ts';
import type { Staged, Story } from './story.ts';

export interface Stage {
  readonly story: Story;
  readonly screen: DemoScreen;
  readonly yes: boolean;
  /** Aborted when the person stops the demo. */
  readonly signal: AbortSignal;
  /** What must be ended, however the demo ends. */
  readonly ends: (() => Promise<unknown>)[];
}

export interface Running extends Stage {
  readonly simulation: Simulation;
  readonly temporal: Connected;
  readonly server: DevServer;
  /** The installation file. */
  readonly file: string;
  readonly environment: NodeJS.ProcessEnv;
  worker: DemoWorker;
  readonly startWorker: () => DemoWorker;
}

export async function setUp(stage: Stage): Promise<Running> {
  const staged = await stage.story.begin(), { simulation, file } = staged;
  stage.ends.push(() => simulation.close());
  stage.signal.throwIfAborted();
  const environment = isolate(staged);
  await findTemporalCli({ say: (sentence) => { stage.screen.print(sentence); } }); // may take a minute: ports are chosen after it
  const server = await startDevServer(await usualPorts());
  stage.ends.push(() => server.stop());
  stage.signal.throwIfAborted();
  environment['TEMPORAL_ADDRESS'] = server.address;
  environment['TEMPORAL_NAMESPACE'] = server.namespace;
  const temporal = await connect({ address: server.address, namespace: server.namespace });
  stage.ends.unshift(() => temporal.close());
  const startWorker = (): DemoWorker => startDemoWorker(environment);
  const running: Running = {
    ...stage, simulation, temporal, server, environment, file, worker: startWorker(), startWorker,
  };
  stage.ends.unshift(() => running.worker.kill());
  await running.worker.ready;
  return running;
}

/**
 * The environment of the demo and its processes: none of the person's own Temporal, whose production server may be
 * configured on this machine. Changes this process's own environment too, which the Temporal client reads.
 */
function isolate({ simulation, environment }: Staged): NodeJS.ProcessEnv {
  for (const name of Object.keys(process.env).filter((each) => /^(TEMPORAL|LOCKKEEPER)_/.test(each) && each !== 'TEMPORAL_CLI_PATH')) {
    delete process.env[name];
  }
  const nothing = join(simulation.folder, 'temporal.toml');
  writeFileSync(nothing, '[profile.default]\n');
  process.env['TEMPORAL_CONFIG_FILE'] = nothing;
  return { ...process.env, LOCKKEEPER_FOLDER: simulation.folder, ...environment };
}

/** Temporal's usual ports where they are free: then the commands shown work in another terminal as they stand. */
async function usualPorts(): Promise<{ port?: number; uiPort?: number }> {
  const taken = await Promise.all([7233, 8233].map((port) => isListening(`127.0.0.1:${port}`)));
  return taken.includes(true) ? {} : { port: 7233, uiPort: 8233 };
}

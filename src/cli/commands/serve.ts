/** Commands that run something themselves: `worker`, `dev` and `demo`. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_ADDRESS } from '../../temporal/connect.ts';
import { EXIT, Stop } from '../exit.ts';
import { whereOf, withAddress, type Context, type TemporalOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

export function addWorker(program: Command, { terminal }: Context): void {
  withAddress(program.command('worker'))
    .description('do the work of upgrades: this is what connects to the hosts')
    .addHelpText('after', `
Relative paths and secrets of installation files are those of the worker: LOCKKEEPER_FOLDER says where paths start.
Stopping it is safe at any moment: commands on hosts go on, and the next worker takes over.

Examples:
  lockkeeper worker
  LOCKKEEPER_FOLDER=/srv/lockkeeper LOCKKEEPER_HEALTH_PORT=8088 lockkeeper worker`)
    .action(async (options: Omit<TemporalOptions, 'output'>) => {
      const worker = await startWorkerHere(options);
      terminal.print(`The worker is running (build ${worker.buildId}, task queue ${worker.taskQueue}). Ctrl-C stops it.`);
      await Promise.race([interrupted(), worker.ended]);
      await worker.stop();
    });
}

interface DevOptions { readonly port: number; readonly uiPort: number; readonly data: string }

export function addDev(program: Command, { terminal }: Context): void {
  program.command('dev')
    .description('Temporal, its UI and a worker in one process, on this machine; what it knows is kept on disk')
    .option('--port <port>', 'Temporal\'s port', portNumber, Number(DEFAULT_ADDRESS.split(':')[1]))
    .option('--ui-port <port>', 'port of Temporal\'s UI', portNumber, 8233)
    .option('--data <file>', 'where upgrades are kept', defaultData(terminal))
    .addHelpText('after', `
For trying out and for small sites: closed upgrades are kept for 30 days. Open upgrades go on when it is started again.

Example:
  lockkeeper dev`)
    .action((options: DevOptions) => dev(options, terminal));
}

const DEMOS = ['ops-manager', 'urbancode-deploy'] as const;

export function addDemo(program: Command, { terminal, exit }: Context): void {
  program.command('demo')
    .description('one whole upgrade on simulated hosts, on this machine; touches nothing else')
    .addOption(new Option('--product <product>', 'what is upgraded').choices(DEMOS).default(DEMOS[0]))
    .option('--yes', 'answer everything without a person')
    .action(async ({ yes = false, product }: { readonly yes?: boolean; readonly product: typeof DEMOS[number] }) => {
      const { runDemo } = await import('../demo/demo.ts');
      exit(await runDemo({ yes, product, terminal }));
    });
}

const KEPT_DAYS = 30;

/** Server first, worker second; the other way round at the end, so that no step reports to nobody. */
async function dev({ port, uiPort, data }: DevOptions, terminal: Terminal): Promise<void> {
  await mkdir(dirname(data), { recursive: true });
  const stop = interrupted().then(() => terminal.print('Stopping the worker and Temporal. Commands on hosts go on; open upgrades go on when it is started again.'));
  const { startDevServer } = await import('../../temporal/dev-server.ts');
  const server = await startDevServer({ dbFile: data, port, uiPort, retentionDays: KEPT_DAYS, say: (sentence) => terminal.complain(sentence) });
  try {
    const worker = await startWorkerHere({ address: server.address, namespace: server.namespace });
    terminal.print(`Temporal runs at ${server.address}, its UI at ${server.uiUrl ?? 'none'}, a worker too. Upgrades are kept in ${data}. Ctrl-C stops all.`);
    await Promise.race([stop, worker.ended, server.ended.then(() => { throw new Stop('Temporal\'s dev server has ended by itself.', EXIT.unreachable); })]);
    await worker.stop();
  } finally {
    await server.stop();
  }
}

/** Loaded only here: the worker's native parts take half a second that no other command needs. */
async function startWorkerHere(options: Omit<TemporalOptions, 'output'>) {
  const { startWorker } = await import('../../../worker/worker.ts');
  return startWorker({ where: whereOf(options) });
}

async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('Give a port between 1 and 65535.');
}

function defaultData({ environment }: Terminal): string {
  return join(environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'lockkeeper', 'temporal.db');
}

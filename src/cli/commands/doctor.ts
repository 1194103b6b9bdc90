/** `doctor`: what keeps upgrades from going on, and whose locks are on the hosts. */
import type { Command } from 'commander';
import type { Installation } from '../../upgrade/installation-urbancode.ts';
import { checkLocks, clearLock, hostsFromHere } from '../doctor/locks.ts';
import { checkTemporal } from '../doctor/temporal.ts';
import { wrong, type Check } from '../doctor/check.ts';
import { EXIT, Stop, type ExitCode } from '../exit.ts';
import { explain } from '../explain.ts';
import { printAs, whereOf, withTemporalOptions, type Context, type TemporalOptions } from '../options.ts';
import { checkLines } from '../render/checks.ts';
import { taskQueue, withTemporal, type Connected } from '../temporal.ts';
import { loadFile } from './file.ts';

interface DoctorOptions extends TemporalOptions { readonly clearLock?: string }

export function addDoctor(program: Command, context: Context): void {
  withTemporalOptions(program.command('doctor [file]'))
    .description('is Temporal ready, is a worker running, can every upgrade go on; with a file, whose locks are on its hosts')
    .option('--clear-lock <host>', 'remove the lock of one host of the file, whoever holds it; look first')
    .addHelpText('after', `
Looks at hosts by SSH from this machine, as a worker here would. Changes nothing but with --clear-lock.
A lock of an ended upgrade needs no clearing: the next start takes it over.

Examples:
  lockkeeper doctor
  lockkeeper doctor om-prod.yaml
  lockkeeper doctor om-prod.yaml --clear-lock om-2`)
    .action(async (file: string | undefined, options: DoctorOptions) => {
      const installation = file === undefined ? undefined : await installationIn(file, options, context);
      if (installation === null) return;
      if (options.clearLock !== undefined && installation === undefined) throw new Stop('--clear-lock needs the installation file, to know the host: lockkeeper doctor FILE --clear-lock HOST', EXIT.usage);
      const { checks, code } = await examine(installation, options, context);
      printAs(options, context.terminal, { json: () => checks, text: () => checkLines(checks, context.terminal).join('\n') });
      context.exit(code);
    });
}

async function installationIn(file: string, options: DoctorOptions, context: Context): Promise<Installation | null> {
  const installation = await loadFile(file, options, context);
  if (installation === null) return null;
  if (options.clearLock !== undefined && !installation.hosts.some(({ name }) => name === options.clearLock)) {
    throw new Stop(`${file} has no host "${options.clearLock}". Its hosts: ${installation.hosts.map(({ name }) => name).join(', ')}.`, EXIT.usage);
  }
  return installation;
}

interface Examined { readonly checks: readonly Check[]; readonly code: ExitCode }

/** Without Temporal the locks can still be shown; without a file Temporal is all there is to look at. */
async function examine(installation: Installation | undefined, options: DoctorOptions, { terminal }: Context): Promise<Examined> {
  const withLocks = async (temporal: Connected | null): Promise<readonly Check[]> =>
    installation === undefined ? [] : locks(installation, temporal, { clear: options.clearLock, environment: terminal.environment });
  try {
    return await withTemporal(whereOf(options), async (temporal) => {
      const checks = [...await checkTemporal(temporal, taskQueue(terminal.environment)), ...await withLocks(temporal)];
      return { checks, code: checks.every(({ verdict }) => verdict === 'ok') ? EXIT.done : EXIT.failed };
    });
  } catch (error) {
    const { sentence, code } = explain(error);
    if (installation === undefined || code !== EXIT.unreachable) throw error;
    return { checks: [wrong('Temporal', sentence), ...await withLocks(null)], code };
  }
}

async function locks(
  installation: Installation, temporal: Connected | null, how: { readonly clear: string | undefined; readonly environment: NodeJS.ProcessEnv },
): Promise<readonly Check[]> {
  const hosts = hostsFromHere(how.environment);
  try {
    const shown = await checkLocks(installation, hosts, temporal);
    const host = installation.hosts.find(({ name }) => name === how.clear);
    return host === undefined ? shown : [...shown, await clearLock(hosts.session(host), temporal)];
  } finally {
    await hosts.close();
  }
}

/** The command line as a whole: which commands there are, and how each ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { packageRoot } from '../temporal/package-root.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Context } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and says how it ended. Never throws. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  try {
    const program = commandLine(terminal);
    for (const add of await commandsFor(words)) add(program, { terminal, exit: (ended) => { code = ended; } });
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // it has printed what is wrong
    const { sentence, code: failed } = (await import('./explain.ts')).explain(error);
    terminal.complain(sentence);
    if (terminal.environment['LOCKKEEPER_DEBUG'] && error instanceof Error) terminal.complain(detailsOf(error));
    return failed;
  }
}

type Add = (program: Command, context: Context) => void;

/** In the order of the help. What a command works with is loaded for it alone: all of it takes twice as long as one's own. */
const COMMANDS: readonly (readonly [names: string, load: () => Promise<Add>])[] = [
  ['init', async () => (await import('./commands/init.ts')).addInit],
  ['validate', async () => (await import('./commands/file.ts')).addValidate],
  ['sudoers', async () => (await import('./commands/sudoers.ts')).addSudoers],
  ['plan', async () => (await import('./commands/start.ts')).addPlan],
  ['start', async () => (await import('./commands/start.ts')).addStart],
  ['list', async () => (await import('./commands/list.ts')).addList],
  ['status watch wait', async () => (await import('./commands/look.ts')).addLooks],
  ['approve answer hold resume abort', async () => (await import('./commands/messages.ts')).addMessages],
  ['report', async () => (await import('./commands/report.ts')).addReport],
  ['doctor', async () => (await import('./commands/doctor.ts')).addDoctor],
  ['worker', async () => (await import('./commands/serve.ts')).addWorker],
  ['dev', async () => (await import('./commands/serve.ts')).addDev],
  ['demo', async () => (await import('./commands/serve.ts')).addDemo],
];

/** The one that is typed; all for help, and for words that are none. */
async function commandsFor([first = '']: readonly string[]): Promise<readonly Add[]> {
  const typed = COMMANDS.filter(([names]) => names.split(' ').includes(first));
  return Promise.all((typed.length > 0 ? typed : COMMANDS).map(([, load]) => load()));
}

function commandLine(terminal: Terminal): Command {
  return new Command('lockkeeper')
    .description('Upgrades highly available server installations, one safe step at a time.')
    .version(ownVersion(), '--version', 'print which Lockkeeper this is')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), writeErr: (text) => terminal.complain(text.trimEnd()), getOutHelpWidth: () => terminal.columns, getErrHelpWidth: () => terminal.columns })
    .showSuggestionAfterError()
    .showHelpAfterError('(lockkeeper help COMMAND explains a command)')
    .addHelpText('after', `
ID is the installation's name, as in the file and in \`lockkeeper list\`.
Ends with: 0 done, 1 failed or aborted, 2 wrong command or file, 3 a person is waited for,
           4 Temporal cannot be reached, 5 recorded but no worker is running.

A first look, without any host of yours:
  lockkeeper demo`);
}

function detailsOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${detailsOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}

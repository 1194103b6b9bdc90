/** The command line as a whole: which commands there are, and how each ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { addDoctor } from './commands/doctor.ts';
import { addValidate } from './commands/file.ts';
import { addInit } from './commands/init.ts';
import { addList } from './commands/list.ts';
import { addLooks } from './commands/look.ts';
import { addMessages } from './commands/messages.ts';
import { addReport } from './commands/report.ts';
import { addDemo, addDev, addWorker } from './commands/serve.ts';
import { addPlan, addStart } from './commands/start.ts';
import { addSudoers } from './commands/sudoers.ts';
import { packageRoot } from '../temporal/package-root.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { explain } from './explain.ts';
import type { Context } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and says how it ended. Never throws. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  try {
    await commandLine({ terminal, exit: (ended) => { code = ended; } }).parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // it has printed what is wrong
    const { sentence, code: failed } = explain(error);
    terminal.complain(sentence);
    if (terminal.environment['LOCKKEEPER_DEBUG'] && error instanceof Error) terminal.complain(detailsOf(error));
    return failed;
  }
}

function commandLine(context: Context): Command {
  const { terminal } = context;
  const program = new Command('lockkeeper')
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
  addInit(program, context);
  addValidate(program, context);
  addSudoers(program, context);
  addPlan(program, context);
  addStart(program, context);
  addList(program, context);
  addLooks(program, context);
  addMessages(program, context);
  addReport(program, context);
  addDoctor(program, context);
  addWorker(program, context);
  addDev(program, context);
  addDemo(program, context);
  return program;
}

function detailsOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${detailsOf(error.cause)}` : '';
  return (error.stack ?? error.message) + cause;
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  return version;
}

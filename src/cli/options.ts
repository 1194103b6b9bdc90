/** Options that many commands share, and how their values become what the commands work with. */
import { hostname, userInfo } from 'node:os';
import { Argument, InvalidArgumentError, Option, type Command } from 'commander';
import ms from 'ms';
import type { ExitCode } from './exit.ts';
import type { Where } from './temporal.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets: where to print, and where to leave its exit code. */
export interface Context {
  readonly terminal: Terminal;
  readonly exit: (code: ExitCode) => void;
}

export interface OutputOption { readonly output: 'text' | 'json' }
export interface TemporalOptions extends OutputOption { readonly address?: string; readonly namespace?: string; readonly profile?: string }
export interface PersonOptions extends TemporalOptions { readonly by: string; readonly note?: string }

export function withOutput(command: Command): Command {
  return command.addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'));
}

export function withTemporalOptions(command: Command): Command {
  return withAddress(withOutput(command));
}

/** For commands that print no answer, and so have no format to choose. */
export function withAddress(command: Command): Command {
  return command
    .option('--address <host:port>', 'Temporal\'s address (default: TEMPORAL_ADDRESS, a profile, else localhost:7233)')
    .option('--namespace <name>', 'Temporal\'s namespace (default: TEMPORAL_NAMESPACE, a profile, else default)')
    .option('--profile <name>', 'profile of Temporal\'s configuration file (default: TEMPORAL_PROFILE)');
}

export function withPerson(command: Command): Command {
  return withTemporalOptions(command)
    .option('--by <name>', 'who says it; goes into the report', nonEmpty, ownName())
    .option('--note <text>', 'why; goes into the report', nonEmpty);
}

export function whereOf({ address, namespace, profile }: Omit<TemporalOptions, 'output'>): Where {
  return { address, namespace, profile };
}

/** Prints the value as JSON, or the text; both are made only when asked for. */
export function printAs({ output }: OutputOption, terminal: Terminal, show: { readonly json: () => unknown; readonly text: () => string }): void {
  terminal.print(output === 'json' ? JSON.stringify(show.json(), null, 2) : show.text());
}

export function durationText(text: string): string {
  const milliseconds: unknown = ms(text as ms.StringValue);
  if (typeof milliseconds === 'number' && milliseconds > 0) return text;
  throw new InvalidArgumentError('Give a duration such as 30m, 2h or 90s.');
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It may not be empty.');
  return text;
}

function ownName(): string {
  return `${userName()}@${hostname()}`;
}

/** A container may run as a user that has no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The argument `<id>`: the installation's name; the workflow's id is understood, too, since that is what Temporal shows. */
export function idArgument(): Argument {
  return new Argument('<id>', 'the installation\'s name').argParser((text: string) => {
    const name = text.replace(/^(upgrade|plan)\//, '');
    if (name.trim() === '') throw new InvalidArgumentError('Give the installation\'s name, as `lockkeeper list` shows it.');
    return name;
  });
}

/**
 * What to type on a host, as a value. Products build commands; `src/ssh` quotes and runs them; the plan shows them.
 * No command is ever a string put together from data: `argv` is quoted word by word where it meets a shell.
 */
export interface Command {
  /** Program and arguments, one word each. A script is `['sh', '-c', script, 'name', ...data]`: data only as arguments. */
  readonly argv: readonly string[];
  /** The user it must run as: 'login' without sudo, else through sudo. */
  readonly as: 'login' | 'root' | { readonly user: string };
}

export function asLogin(...argv: string[]): Command {
  return { argv, as: 'login' };
}

export function asRoot(...argv: string[]): Command {
  return { argv, as: 'root' };
}

/** Wraps one word so that a POSIX shell reads back exactly these bytes; words that need no quotes stay readable. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command as a person would type it, sudo included. Used in plans and questions, and checked word by word by people. */
export function typed(command: Command): string {
  const words = command.argv.map(quoted).join(' ');
  if (command.as === 'login') return words;
  return command.as === 'root' ? `sudo ${words}` : `sudo -H -u ${quoted(command.as.user)} ${words}`;
}

/** Where a command prints, as a value: tests give their own. */
import picocolors from 'picocolors';

type Colours = ReturnType<typeof picocolors.createColors>;

export interface Terminal {
  /** Prints lines to standard output. */
  print(text: string): void;
  /** Prints lines to standard error: what went wrong, or what is not part of the answer. */
  complain(text: string): void;
  /** The stream of the live view; null where the output is no terminal. */
  readonly live: NodeJS.WriteStream | null;
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
  readonly environment: NodeJS.ProcessEnv;
}

/** This process's terminal. Colours only where a person looks and NO_COLOR does not say otherwise. */
export function ownTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const dumb = env['TERM'] === 'dumb';
  return {
    print: (text) => void stdout.write(`${text}\n`),
    complain: (text) => void stderr.write(`${text}\n`),
    live: stdout.isTTY && !dumb ? stdout : null,
    get columns() { return stdout.columns > 0 ? stdout.columns : 80; }, // none without a terminal, 0 in one that has no size
    get rows() { return stdout.rows ?? 24; },
    colours: picocolors.createColors(Boolean(stdout.isTTY) && !dumb && !env['NO_COLOR']),
    environment: env,
  };
}

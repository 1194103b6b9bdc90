/** A terminal that remembers what was printed: 80 columns, no colours. */
import picocolors from 'picocolors';
import { runCli } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface Said { readonly code: number; readonly out: string; readonly err: string }

export class FakeTerminal implements Terminal {
  readonly live = null;
  readonly columns = 80;
  readonly rows = 24;
  readonly colours = picocolors.createColors(false);
  readonly environment: NodeJS.ProcessEnv;
  out = '';
  err = '';

  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.environment = environment;
  }

  readonly print = (text: string): void => { this.out += `${text}\n`; };
  readonly complain = (text: string): void => { this.err += `${text}\n`; };
}

/** Runs one command as a person would. */
export async function lockkeeper(...words: string[]): Promise<Said> {
  const terminal = new FakeTerminal();
  const code = await runCli(words, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

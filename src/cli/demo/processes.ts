/** The processes that the demo starts beside the simulation: this package's own CLI, as a person would call it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../main.js', import.meta.url));

export interface Ran { readonly code: number; readonly output: string }

/** Runs one command of the CLI to its end. */
export async function runCli(words: readonly string[], environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...words], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output: output.trimEnd() };
}

export interface DemoWorker {
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  /** The last lines of its log. */
  said(): string;
  /** SIGKILL: no time to say goodbye to anybody. */
  kill(): Promise<void>;
}

/** Starts `lockkeeper worker`. Its own process group: Ctrl-C is for the demo, which then ends its worker itself. */
export function startDemoWorker(environment: NodeJS.ProcessEnv, logFile: string): DemoWorker {
  const log = openSync(logFile, 'a');
  const child: ChildProcess = spawn(process.execPath, [CLI, 'worker'], { env: environment, stdio: ['ignore', log, log], detached: true });
  const ended = new Promise<void>((resolve) => { child.once('close', () => { resolve(); }); });
  const endWithUs = (): void => { child.kill('SIGKILL'); };
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));
  return {
    pid: child.pid ?? 0,
    ended,
    said: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n'),
    kill: async () => { child.kill('SIGKILL'); await ended; },
  };
}

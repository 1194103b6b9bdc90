/** The processes that the demo starts beside the simulation: this package's own CLI, as a person would call it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  /** Settles when it takes work; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  /** The last lines that it printed. */
  said(): string;
  /** SIGKILL: no time to say goodbye to anybody. */
  kill(): Promise<void>;
}

/** What `lockkeeper worker` prints when it takes work. */
const READY = 'The worker is running';
const LINES_KEPT = 8;

/** Starts `lockkeeper worker`. Its own process group: Ctrl-C is for the demo, which then ends its worker itself. */
export function startDemoWorker(environment: NodeJS.ProcessEnv): DemoWorker {
  const child = spawn(process.execPath, [CLI, 'worker'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let lines: string[] = [];
  const said = (): string => lines.join('\n');
  const ended = new Promise<void>((resolve) => { child.once('close', () => { resolve(); }); });
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        lines = [...lines, ...text.split('\n').filter(Boolean)].slice(-LINES_KEPT);
        if (text.includes(READY)) resolve();
      });
    }
    void ended.then(() => { reject(new Error(`the worker ended by itself:\n${said()}`)); });
  });
  ready.catch(() => undefined); // whoever waits for it hears of it; a killed worker is waited for by nobody
  const endWithUs = (): void => { child.kill('SIGKILL'); };
  process.once('exit', endWithUs);
  void ended.then(() => process.off('exit', endWithUs));
  return { pid: child.pid ?? 0, ready, ended, said, kill: async () => { child.kill('SIGKILL'); await ended; } };
}

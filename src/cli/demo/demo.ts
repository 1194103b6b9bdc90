/**
 * `lockkeeper demo`: one upgrade from beginning to end, on simulated hosts.
 *
 *   1. Start the simulation: hosts, load balancer, database (`src/simulation`), as the product's story says. Then what is real:
 *      Temporal's dev server with its UI, and `lockkeeper worker` as a process of its own.
 *   2. Write an installation file and start it as a person does: `lockkeeper start FILE`.
 *   3. Show the upgrade. Whatever it waits for, the person answers; with `--yes` the demo does. On the way something does
 *      not go by itself, and the upgrade asks what to do.
 *   4. When the install on one host runs, kill the worker and start it again.
 *   5. Show the report, and each host's own record: every package was installed once.
 *
 * Guarantees: listens on 127.0.0.1 only; never talks to a Temporal that it did not start; when it returns, however it
 * ends, its processes and its temporary folder are gone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { input } from '@inquirer/prompts';
import { follow } from '../follow.ts';
import type { Standing } from '../standing.ts';
import type { Terminal } from '../terminal.ts';
import type { Wait } from '../../upgrade/view.ts';
import { answerByItself, askPerson, type Words } from './answer.ts';
import { installBegun, whyNotOnce } from './crash.ts';
import { runCli } from './processes.ts';
import { demoScreen } from './screen.ts';
import { setUp, type Running, type Stage } from './stage.ts';
import { STORIES, type DemoProduct } from './story.ts';

/** How long nobody works on the upgrade after the kill, in milliseconds: long enough to be seen. */
const WITHOUT_WORKER = 1_500;

export interface DemoOptions {
  /** Answer everything without a person. */
  readonly yes: boolean;
  readonly product: DemoProduct;
  readonly terminal: Terminal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns 0 when the upgrade is done and every package was installed once; else 1, having said why. */
export async function runDemo({ yes, product, terminal }: DemoOptions): Promise<0 | 1> {
  const screen = demoScreen(terminal, yes);
  const interrupted = new AbortController();
  const interrupt = (): void => { interrupted.abort(); };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  const stage: Stage = { story: STORIES[product], screen, yes, signal: interrupted.signal, ends: [] };
  try {
    return await tell(stage);
  } catch (error) {
    const stopped = interrupted.signal.aborted || (error instanceof Error && error.name === 'ExitPromptError');
    screen.rest('keep');
    if (stopped) screen.say('You stopped the demo.');
    else terminal.complain(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await Promise.allSettled(stage.ends.map((end) => end()));
    screen.print('The simulated hosts, Temporal and the worker are gone; nothing is left running.');
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

async function tell(stage: Stage): Promise<0 | 1> {
  stage.screen.say(`Lockkeeper demo: ${stage.story.opening}`);
  const running = await setUp(stage);
  introduce(running);
  await type(running, ['start', running.file]);
  const over = new AbortController();
  const crash = crashDuringInstall(running, AbortSignal.any([stage.signal, over.signal]));
  try {
    // The crash has no end of its own: only what goes wrong with it ends the demo.
    const end = await Promise.race([untilClosed(running), crash.then(() => new Promise<never>(() => undefined))]);
    return await conclude(running, end);
  } finally {
    over.abort();
  }
}

function introduce({ story, screen, server, file }: Running): void {
  screen.print([
    '',
    `  Simulated   ${story.simulated}`,
    '  Real        Temporal, its UI, the worker, SSH, and every lockkeeper command',
    `  Watch it    ${server.uiUrl}/namespaces/${server.namespace}/workflows`,
    `  The file    ${file}`,
    ...(server.address.endsWith(':7233') ? [] : [`  Elsewhere   the commands shown below work in another terminal after: export TEMPORAL_ADDRESS=${server.address}`]),
  ].join('\n'));
  screen.say('An installation file says which hosts there are and what a person is asked about. Starting it looks at every host first, and changes nothing. Expected times are those of real hosts; here all of it takes some two minutes.');
}

/** Runs a command of the CLI and shows it with what it printed. Throws when it failed and was to be done. */
async function type({ screen, environment, signal }: Running, words: Words): Promise<void> {
  const { code, output } = await runCli(words, environment, signal);
  screen.print(`\n  $ lockkeeper ${words.join(' ')}\n${output.replace(/^/gm, '  ')}\n`);
  if (code !== 0) throw new Error(`"lockkeeper ${words.join(' ')}" ended with ${code}`);
}

type Closed = Extract<Standing, { kind: 'closed' }>;

/** Shows the upgrade until it is closed, and has answered what it waits for on the way. */
async function untilClosed(running: Running): Promise<Closed> {
  const { story, temporal, screen, signal } = running;
  for (;;) {
    const last = await follow(temporal, story.installation, {
      signal,
      show: (standing) => { screen.show(standing); return waitIn(standing) !== undefined || isStuck(standing); },
      away: () => { throw new Error('Temporal does not answer'); },
    });
    signal.throwIfAborted();
    if (last?.kind === 'closed') return last;
    if (last && isStuck(last)) throw new Error(`the upgrade cannot go on:\n${running.worker.said()}`);
    const wait = last && waitIn(last);
    if (wait) await answer(running, wait);
  }
}

/** A worker is there, but Temporal cannot get the upgrade's own code to run. */
function isStuck(standing: Standing): boolean {
  return standing.kind === 'unanswered' && standing.unanswered.why === 'stuck';
}

function waitIn(standing: Standing): Wait | undefined {
  return standing.kind === 'open' ? standing.view.waitingFor[0] : undefined;
}

async function answer(running: Running, wait: Wait): Promise<void> {
  const { story, screen, yes } = running;
  if (wait.id.startsWith(story.question.begins)) screen.say(story.question.because);
  const words = yes ? answerByItself(story, wait) : await personOrElsewhere(running, wait);
  if (words) await type(running, words);
}

/** The person's words; null when somebody answered elsewhere meanwhile: in the Temporal UI, from another terminal. */
async function personOrElsewhere({ story, screen, temporal, signal }: Running, wait: Wait): Promise<Words | null> {
  screen.rest('keep');
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const elsewhere = follow(temporal, story.installation, {
    signal: either, away: () => undefined,
    show: (standing) => standing.kind === 'open' && !standing.view.waitingFor.some(({ id }) => id === wait.id),
  }).then(() => null);
  const asked = askPerson(story, wait, either);
  try {
    const words = await Promise.race([asked, elsewhere]);
    if (words === null) screen.say('Answered from elsewhere.');
    return words;
  } finally {
    over.abort();
    await Promise.allSettled([asked, elsewhere]);
  }
}

/** Kills the worker when the install on the story's host runs. Rejects when a worker ends that nobody killed. */
async function crashDuringInstall(running: Running, signal: AbortSignal): Promise<void> {
  const { story: { crashHost }, screen, simulation } = running;
  const host = simulation.hosts.get(crashHost);
  if (!host) throw new Error(`the simulation has no ${crashHost}`);
  const first = running.worker;
  const begun = await Promise.race([installBegun(host, signal).then(() => true), first.ended.then(() => false)]);
  if (!begun) throw new Error(`the worker ended by itself:\n${first.said()}`);
  await first.kill();
  screen.say(`The install on ${crashHost} runs, and the demo has just killed its own worker (kill -9 ${first.pid}). Nobody is steering now; the install goes on, because it was started as a job of the host's own.`);
  await pause(WITHOUT_WORKER, undefined, { signal });
  running.worker = running.startWorker();
  screen.say(`A new worker is started (process ${running.worker.pid}). Temporal hands it the step; it finds the job on ${crashHost} and waits for it instead of installing again.`);
  await running.worker.ended;
  if (!signal.aborted) throw new Error(`the second worker ended by itself:\n${running.worker.said()}`);
}

async function conclude(running: Running, end: Closed): Promise<0 | 1> {
  const { story, screen, simulation, yes } = running;
  screen.rest('keep');
  await showReport(running);
  if (end.end !== 'done') {
    screen.say(`The upgrade ended as: ${end.end}. ${end.says}`);
    return 1;
  }
  const hosts = story.hosts.map((name) => simulation.hosts.get(name)).filter((host) => host !== undefined);
  const wrong = hosts.map(whyNotOnce).filter((why) => why !== null);
  screen.say('What the hosts themselves wrote down (each simulated host keeps a record of its installs):');
  screen.print(hosts.map((host) => `  ${host.name.padEnd(6)} ${host.installs().join(' | ')}`).join('\n'));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  screen.say(`Installed once on every host, on ${story.crashHost} too, where the worker was killed in the middle of it.`);
  if (!yes) await linger(running);
  return 0;
}

/** The report without the evidence of its steps (indented), which is several screens long. */
async function showReport({ story: { installation }, screen, environment, signal }: Running): Promise<void> {
  const { output } = await runCli(['report', installation], environment, signal);
  const lines = output.split('\n').filter((line, index, all) => !line.startsWith('   ') && !(line === '' && all[index - 1]?.startsWith('   ')));
  screen.print(`\n  $ lockkeeper report ${installation}\n${lines.join('\n').replace(/^/gm, '  ')}\n`);
  screen.say('Left out here: what was seen that proves each step. The report has that too.');
}

async function linger({ signal, server }: Running): Promise<void> {
  await input({ message: `The whole history is in the Temporal UI, ${server.uiUrl} - Enter ends the demo.` }, { signal });
}

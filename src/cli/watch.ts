/** Watching an upgrade: a live screen on a terminal, plain lines elsewhere. Ctrl-C ends the watching, never the upgrade. */
import type { Client } from '@temporalio/client';
import { EXIT, type ExitCode } from './exit.ts';
import { follow, type Follower } from './follow.ts';
import { lastLines, type Open } from './last-lines.ts';
import { standingJson } from './render/json.ts';
import { newLines } from './render/lines.ts';
import { liveArea } from './render/live-area.ts';
import { screen } from './render/screen.ts';
import { moment } from './render/text.ts';
import { exitCodeOf, waitsForPerson, type Standing } from './standing.ts';
import type { Connected } from './temporal.ts';
import type { Terminal } from './terminal.ts';

interface Onto { readonly terminal: Terminal; readonly json?: boolean }

/** Shows the upgrade until it is closed or the person presses Ctrl-C; the last state stays on the terminal. */
export async function watch(temporal: Connected, installation: string, { terminal, json = false }: Onto): Promise<ExitCode> {
  return whileListening(async (signal) => {
    const display = json ? jsonDisplay(terminal) : terminal.live ? liveDisplay(terminal, terminal.live) : lineDisplay(terminal, temporal.client, installation);
    let last: Standing | null = null;
    try {
      last = await follow(temporal, installation, { signal, ...display.follower });
    } finally {
      await display.end(last);
    }
    if (!signal.aborted) return last === null ? EXIT.done : exitCodeOf(last);
    terminal.complain(`You stopped watching; the upgrade of ${installation} goes on. Watch it again: lockkeeper watch ${installation}`);
    return last === null ? EXIT.done : exitCodeOf(last);
  });
}

/** Returns as soon as a person is waited for or the upgrade is closed. Ctrl-C ends the process as usual: no exit code of ours fits. */
export async function waitFor(temporal: Connected, installation: string, terminal: Terminal): Promise<Standing | null> {
  const over = new AbortController();
  try {
    return await follow(temporal, installation, { signal: over.signal, show: waitsForPerson, away: awayNotice(terminal) });
  } finally {
    over.abort(); // lets go of the long poll
  }
}

async function whileListening<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  // Not `once`: the live view's cursor keeper ends the process when it finds itself the last listener.
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(interrupted.signal);
  } finally {
    interrupted.abort(); // lets go of the long poll
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

interface Display {
  readonly follower: Omit<Follower, 'signal'>;
  /** Says what is left to say. `last` is the last standing, null when the following broke off. */
  readonly end: (last: Standing | null) => void | Promise<void>;
}

function liveDisplay(terminal: Terminal, stream: NodeJS.WriteStream): Display {
  const area = liveArea(stream);
  let last: Standing | null = null;
  let away: Date | null = null;
  const repaint = (): void => {
    if (last === null) return;
    const { columns, rows, colours } = terminal;
    const notice = away === null ? '' : `\n${colours.red(awaySentence(away))}`;
    area.paint(screen(last, { columns, rows: rows - 1, colours, now: new Date() }) + notice);
  };
  const ticking = setInterval(repaint, 1_000); // "for 3m 10s" goes on while nothing happens
  return {
    follower: {
      show: (standing) => {
        last = standing;
        away = null;
        repaint();
        return false;
      },
      away: (since) => {
        away = since;
        repaint();
      },
    },
    end: () => {
      clearInterval(ticking);
      area.clear();
      area.done();
      if (last !== null) terminal.print(screen(last, { columns: terminal.columns, colours: terminal.colours, now: new Date() }));
    },
  };
}

function lineDisplay(terminal: Terminal, client: Client, installation: string): Display {
  let before: Standing | null = null;
  let lastOpen: Open | null = null; // what was told before the worker went away is not told again
  return {
    follower: {
      show: (standing) => {
        if (standing.kind === 'closed') return true; // told at the end, after what was done until then
        if (standing.kind === 'open' && before?.kind === 'unanswered') terminal.print(`${installation}: a worker answers`);
        for (const line of newLines(standing.kind === 'open' ? lastOpen : before, standing)) terminal.print(line);
        before = standing;
        if (standing.kind === 'open') lastOpen = standing;
        return false;
      },
      away: awayNotice(terminal),
    },
    end: async (last) => {
      if (last?.kind !== 'closed') return;
      if (before !== null) for (const line of await lastLines(client, lastOpen, last)) terminal.print(line);
      for (const line of newLines(before, last)) terminal.print(line);
    },
  };
}

function jsonDisplay(terminal: Terminal): Display {
  let before = '';
  return {
    follower: {
      show: (standing) => {
        const line = JSON.stringify(standingJson(standing));
        if (line !== before) terminal.print(line);
        before = line;
        return false;
      },
      away: awayNotice(terminal),
    },
    end: () => undefined,
  };
}

/** Says once per outage that Temporal does not answer. */
function awayNotice(terminal: Terminal): (since: Date) => void {
  let told = 0;
  return (since) => {
    if (told === since.getTime()) return;
    told = since.getTime();
    terminal.complain(awaySentence(since));
  };
}

function awaySentence(since: Date): string {
  return `Temporal does not answer since ${moment(since.toISOString())}; trying again. The hosts are not touched meanwhile by anything new.`;
}

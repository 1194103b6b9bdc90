/** What the demo shows: its own sentences, and between them the upgrade as `watch` shows it. */
import { newLines } from '../render/lines.ts';
import { liveArea } from '../render/live-area.ts';
import { screen } from '../render/screen.ts';
import { wrap } from '../render/text.ts';
import type { Standing } from '../standing.ts';
import type { Terminal } from '../terminal.ts';

/** Longer lines tire the eye, however wide the terminal is. */
const WIDEST = 110;

export interface DemoScreen {
  /** A sentence of the demo, for the person; paragraphs are wrapped. */
  say(text: string): void;
  /** Lines as they are: commands and what they print. */
  print(text: string): void;
  show(standing: Standing): void;
  /** Ends the live view: its last state stays above what is printed next, or goes away. */
  rest(how: 'keep' | 'clear'): void;
}

/** A live view on a terminal where a person answers; plain lines elsewhere. */
export function demoScreen(terminal: Terminal, yes: boolean): DemoScreen {
  const { colours } = terminal;
  const width = (): number => Math.min(WIDEST, terminal.columns);
  const stage = terminal.live && !yes ? liveStage(terminal, terminal.live) : lineStage(terminal);
  return {
    say: (text) => { stage.above(['', ...wrap(text, width())].map((line) => colours.bold(line)).join('\n')); },
    print: (text) => { stage.above(text); },
    show: stage.show,
    rest: stage.rest,
  };
}

interface Stage { above(text: string): void; show(standing: Standing): void; rest(how: 'keep' | 'clear'): void }

function liveStage(terminal: Terminal, stream: NodeJS.WriteStream): Stage {
  const area = liveArea(stream);
  let last: Standing | null = null;
  let ticking: NodeJS.Timeout | undefined;
  const repaint = (): void => {
    const { columns, rows, colours } = terminal;
    if (last) area.paint(`\n${screen(last, { columns, rows: rows - 2, colours, now: new Date() })}`);
  };
  return {
    above: (text) => { area.clear(); terminal.print(text); repaint(); },
    show: (standing) => {
      last = standing;
      ticking ??= setInterval(repaint, 1_000); // "for 12s" goes on while nothing happens
      repaint();
    },
    rest: (how) => {
      clearInterval(ticking);
      ticking = undefined;
      last = null;
      if (how === 'clear') area.clear();
      area.done();
    },
  };
}

function lineStage(terminal: Terminal): Stage {
  let before: Standing | null = null;
  let lastOpen: Standing | null = null;
  return {
    above: (text) => { terminal.print(text); },
    show: (standing) => {
      // After a time without a worker only what is new since is shown.
      for (const line of newLines(standing.kind === 'open' ? lastOpen : before, standing)) terminal.print(`  ${line}`);
      if (standing.kind === 'open') lastOpen = standing;
      before = standing;
    },
    rest: () => undefined,
  };
}

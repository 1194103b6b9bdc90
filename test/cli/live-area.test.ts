/** What stands on a terminal after each painting. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { liveArea } from '../../src/cli/render/live-area.ts';

/** Lines of a terminal that knows what the live view uses: line breaks, cursor movements, erasing. */
class Lines {
  readonly stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
  readonly #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor() {
    this.stream.on('data', (chunk: Buffer) => { for (const [piece] of chunk.toString().matchAll(/\u001B\[[?\d;]*[A-Za-z]|[^\u001B]/gu)) this.#take(piece); });
  }

  async shown(): Promise<readonly string[]> {
    await new Promise((resolve) => setImmediate(resolve)); // the stream hands on what was written
    return this.#lines.slice(0, this.#lines.findLastIndex((line) => line !== '') + 1);
  }

  #take(piece: string): void {
    const [, count, verb] = /^\u001B\[(\d*)([A-Za-z])$/.exec(piece) ?? [];
    if (verb === 'A') this.#row -= Number(count || 1);
    else if (verb === 'B') this.#row += Number(count || 1);
    else if (verb === 'G') this.#column = 0;
    else if (verb === 'K') this.#lines[this.#row] = count === '2' ? '' : (this.#lines[this.#row] ?? '').slice(0, this.#column);
    else if (piece === '\n') [this.#row, this.#column] = [this.#row + 1, 0];
    else if (!piece.startsWith('\u001B')) this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column++) + piece;
    while (this.#lines.length <= this.#row) this.#lines.push('');
  }
}

describe('a live area', () => {
  it('shows all of the last text, however it grew or shrank', async () => {
    const terminal = new Lines();
    const area = liveArea(terminal.stream);
    for (const text of ['head\nstep 1\nanswer it so', 'head\nstep 1\nstep 2\nstep 3\nanswer it so', 'head\nanswer it so', 'done', 'head\nmore']) {
      area.paint(text);
      expect(await terminal.shown()).toEqual(text.split('\n'));
    }
  });

  it('makes room for what is printed next when it is cleared', async () => {
    const terminal = new Lines();
    const area = liveArea(terminal.stream);
    area.paint('one\ntwo');
    area.clear();
    terminal.stream.write('said\n');
    area.paint('one\ntwo\nthree');
    expect(await terminal.shown()).toEqual(['said', 'one', 'two', 'three']);
  });
});

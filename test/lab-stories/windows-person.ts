/**
 * A person at the lab's Windows node, who knows nothing but what `lockkeeper status` prints: types the lines of a question word
 * for word, and answers what the installer asks as the question says. A wrong line fails the story.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { DRIVE_C, UCD_ADDRESSES } from '../lab/urbancode.ts';
import type { UcdStory } from './urbancode-story.ts';

/** What the stand-in's installer asks, in its words, and where the question says the answer. */
const ASKED: readonly (readonly [RegExp, (notes: string) => string])[] = [
  [/Enter the directory where/, (notes) => /The directory is (\S+);/.exec(notes)?.[1] ?? ''],
  [/Do you want to upgrade the currently installed version/, (notes) => (notes.includes('yes, upgrade') ? 'Y' : 'n')],
  [/The database must be upgraded/, (notes) => (notes.includes('Yes to changes of the database') ? 'Y' : 'n')],
  [/press enter to continue/, (notes) => (notes.includes('so go on') ? '' : 'n')],
  [/press return to exit/, () => ''],
];

export interface Shown { readonly asks: string; readonly typed: readonly string[]; readonly notes: string }

export class WindowsPerson {
  readonly #story: UcdStory;

  constructor(story: UcdStory) {
    this.#story = story;
  }

  /** The question as it is printed. */
  async reads(id: string): Promise<Shown> {
    const asked = await this.#story.waitsFor(id);
    const screen = (await this.#story.lockkeeper('status', this.#story.name)).stdout;
    const [, rest = ''] = screen.split(`WAITING FOR A PERSON: question ${asked},`), [text = ''] = rest.split('WAITING FOR A PERSON');
    const found = (line: RegExp) => [...text.matchAll(line)].map(([, words = '']) => words);
    return { asks: text.split('\n').slice(1, 3).join(' '), typed: found(/^ {4}(?!lockkeeper )(\S.*)$/gm), notes: found(/^ {2}\| +(.*)$/gm).join(' ') };
  }

  /** Types the lines one after another in one window; returns what they print. Rejects when one fails. */
  async types({ typed, notes }: Pick<Shown, 'typed' | 'notes'>): Promise<string> {
    expect(typed).not.toEqual([]);
    const { identityFile, knownHostsFile, user } = this.#story.lab.keys;
    const window = spawn('ssh', ['-q', '-i', identityFile, '-o', `UserKnownHostsFile=${knownHostsFile}`, `${user}@${UCD_ADDRESSES['ucd-w']}`, typed.join(' && ')]);
    let screen = '', answered = 0;
    const read = (chunk: Buffer) => {
      screen += chunk.toString();
      for (const [question, answer] of ASKED) {
        const found = screen.slice(answered).search(question);
        if (found < 0) continue;
        answered = screen.length;
        window.stdin.write(`${answer(notes)}\r\n`);
      }
    };
    window.stdout.on('data', read);
    window.stderr.on('data', read);
    const code = await new Promise<number | null>((resolve, reject) => window.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`${typed.join(' && ')}: exit ${code}\n${screen}`);
    return screen.replaceAll('\r', '');
  }

  /** Does what the question shows, and says so. */
  async does(id: string): Promise<string> {
    const screen = await this.types(await this.reads(id));
    await this.#story.answer(id, 'done-by-hand');
    return screen;
  }

  /** Says that it is done, and has done nothing: it must be asked again, and shown again. */
  async claims(id: string): Promise<string> {
    const { typed } = await this.reads(id), asked = await this.#story.answer(id, 'done-by-hand');
    const next = asked.replace(/\d+$/, (number) => String(Number(number) + 1));
    expect((await this.reads(next)).typed).toEqual(typed);
    return next;
  }

  /** Brings the package, as the question says; what it does not say how to do is done with the means of a desktop. */
  async brings(id: string): Promise<void> {
    const { typed: [folder = '', checksum = ''], notes } = await this.reads(id);
    await this.types({ typed: [folder], notes });
    const place = `${DRIVE_C}/${/^mkdir [Cc]:\\(\S+)$/.exec(folder)?.[1]?.replaceAll('\\', '/')}`;
    const { file, sha256 } = this.#story.lab.package(this.#story.target);
    await this.#story.lab.sh('ucd-w', `cat >${place}/ucd.zip && chown ucd: ${place}/ucd.zip`, readFileSync(file));
    expect(notes).toContain(sha256);
    expect(await this.types({ typed: [checksum], notes })).toContain(sha256);
    await this.#story.lab.sh('ucd-w', `cd ${place} && unzip -q ucd.zip && chown -R ucd: .`);
    await this.#story.answer(id, 'done-by-hand');
  }
}

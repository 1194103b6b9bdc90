import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter((file) => file && existsSync(join(ROOT, file)));
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const ours = files.filter((file) => /^(src|workflows|activities|worker)\/.*\.ts$/.test(file));

describe('files', () => {
  it('are named for what they hold', () => {
    const words = (file: string) => basename(file).replace('ops-manager', 'product'); // its name, not ours
    expect(files.filter((file) => /(^|[-./])(utils?|helpers?|common|misc|managers?|services?)\.[a-z]+$/.test(words(file)))).toEqual([]);
    expect(ours.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(basename(file)))).toEqual([]);
  });

  it('can each be read in one sitting', () => {
    expect(ours.filter((file) => read(file).split('\n').length > 260)).toEqual([]);
  });

  it('name no folder of the machine they were written on, and leave nothing to do', () => {
    // Put together here, so that this file does not find itself.
    const traces = new RegExp([['/wo', 'rk/'], ['/to', 'ols/'], ['TO', 'DO'], ['FIX', 'ME']].map((parts) => parts.join('')).map((word) => `(?<![\\w-])${word}`).join('|'));
    const text = files.filter((file) => !/\.(png|gz|deb|db)$/.test(file) && file !== 'package-lock.json');
    expect(text.filter((file) => traces.test(read(file)))).toEqual([]);
  });

  it('swallow no error in silence', () => {
    expect(ours.filter((file) => /catch\s*(\([^)]*\))?\s*\{\s*\}/.test(read(file)))).toEqual([]);
  });

  it('have no default export', () => {
    expect(ours.filter((file) => /^export default/m.test(read(file)))).toEqual([]);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInstallation } from '../../src/installation/load.ts';
import { messageOf } from '../../src/installation/problems.ts';

const broken = join(import.meta.dirname, 'broken');
const examples = join(import.meta.dirname, '../../examples');

async function messages(file: string): Promise<string> {
  const loaded = await loadInstallation(file);
  return 'problems' in loaded ? loaded.problems.map((problem) => `${messageOf(problem)}\n`).join('') : 'valid\n';
}

describe('an installation file with mistakes', async () => {
  const files = (await readdir(broken)).filter((name) => !name.endsWith('.txt'));

  it.each(files)('has all of them told at once, each with its line, in the order of the file: %s', async (name) => {
    const expected = await readFile(join(broken, name.replace(/\.\w+$/, '.txt')), 'utf8');
    expect((await messages(join(broken, name))).replaceAll(`${broken}/`, '')).toBe(expected);
  });

  it('never repeats a secret that was written into it', async () => {
    for (const name of files) expect(await messages(join(broken, name))).not.toContain('hunter');
  });
});

describe('the examples', async () => {
  it.each(await readdir(examples))('are valid: %s', async (name) => {
    expect(await messages(join(examples, name))).toBe('valid\n');
  });
});

describe('a file that is no installation file', () => {
  let folder = '';
  beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'installation-')); });
  afterAll(async () => { await rm(folder, { recursive: true }); });

  const mb = 1024 * 1024;
  const bomb = 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n';
  it.each<[string, string | Buffer, string]>([
    ['empty', '', '1:1: is empty; expected an installation'],
    ['a comment only', '# nothing\n', '1:1: is empty; expected an installation'],
    ['a text', 'hello', '1:1: is no installation; expected a mapping that begins with installation and product'],
    ['a list', '- a\n', '1:1: is no installation; expected a mapping that begins with installation and product'],
    ['two documents', 'a: 1\n---\nb: 2\n', '2:1: holds a second document; write one installation per file'],
    ['not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), '1:1: is not text in UTF-8; save it as UTF-8'],
    ['too large', Buffer.alloc(mb + 1, 0x20), '1:1: is 1048577 bytes long, more than 1 MB; an installation file has a few KB'],
    ['an alias in its own anchor', 'a: &x [*x]\n', '1:1: is nested too deeply, or an alias stands inside its own anchor'],
    ['aliases that multiply', bomb, '1:1: uses so many aliases of aliases that they cannot be resolved'],
    ['an alias without anchor', 'a: *nobody\n', '1:4: this alias (*) has no anchor (&) before it'],
  ])('is refused in one sentence: %s', async (name, content, expected) => {
    const file = join(folder, name.replaceAll(' ', '-'));
    await writeFile(file, content);
    expect(await messages(file)).toBe(`${file}:${expected}\n`);
  });

  it('is refused in one sentence: brackets without end, wherever the parser gives up', async () => {
    const file = join(folder, 'brackets');
    await writeFile(file, '['.repeat(20_000));
    expect((await messages(file)).replace(/:\d+: /, ': ')).toBe(`${file}:1: is nested too deeply\n`);
  });

  it('is refused in one sentence: missing, or a folder', async () => {
    expect(await messages(join(folder, 'nobody.yaml'))).toBe(`${join(folder, 'nobody.yaml')}:1:1: there is no such file\n`);
    expect(await messages(folder)).toBe(`${folder}:1:1: is a folder; name an installation file in it\n`);
  });

  it('may begin with a byte order mark and end its lines as Windows does', async () => {
    const file = join(folder, 'windows.yaml');
    const text = await readFile(join(examples, 'ops-manager-minimal.yaml'), 'utf8');
    await writeFile(file, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    expect(await messages(file)).toBe('valid\n');
  });
});

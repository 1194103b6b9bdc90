/**
 * Reads an installation file, YAML or JSON (which YAML includes), and checks it. Every problem gets its line.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Installation } from '../upgrade/installation-urbancode.ts';
import { checkInstallation } from './check.ts';
import { inOrder } from './problems.ts';
import type { Problem } from './problems.ts';
import { readYaml } from './yaml-text.ts';

export type Loaded = { readonly installation: Installation } | { readonly problems: readonly Problem[] };

// Fifty hosts are 10 KB. More than 1 MB is another file by mistake.
const largestFile = 1024 * 1024;

/** The complete installation, or everything that is wrong with the file, in the file's order. Never throws. */
export async function loadInstallation(path: string): Promise<Loaded> {
  const read = await textOf(path);
  if ('refused' in read) return { problems: [{ path: [], says: read.refused, at: { file: path, line: 1, column: 1 } }] };
  const yaml = readYaml(read.text, path);
  if ('problems' in yaml) return { problems: yaml.problems };
  const checked = checkInstallation(yaml.value);
  const problems = [...yaml.duplicates, ...('problems' in checked ? checked.problems.map(yaml.located) : [])];
  return problems.length === 0 ? checked : { problems: toldOnce(inOrder(problems)) };
}

async function textOf(path: string): Promise<{ readonly text: string } | { readonly refused: string }> {
  try {
    const { size } = await stat(path);
    if (size > largestFile) return { refused: `is ${size} bytes long, more than 1 MB; an installation file has a few KB` };
    // A byte order mark is dropped, an invalid byte is an error.
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)) };
  } catch (error) {
    return { refused: whyUnreadable(error) };
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT': return 'there is no such file';
    case 'EISDIR': return 'is a folder; name an installation file in it';
    case 'EACCES': return 'may not be read by the user who runs Lockkeeper';
    case 'ERR_ENCODING_INVALID_ENCODED_DATA': return 'is not text in UTF-8; save it as UTF-8';
    default: return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What an anchor got wrong is wrong wherever its aliases stand, but is mended in one place. */
function toldOnce(problems: readonly Problem[]): readonly Problem[] {
  const isSame = (one: Problem, other: Problem) => one.says === other.says && one.at?.line === other.at?.line
    && one.at?.column === other.at?.column && one.path.at(-1) === other.path.at(-1);
  return problems.filter((problem, index) => problems.findIndex((other) => isSame(other, problem)) === index);
}

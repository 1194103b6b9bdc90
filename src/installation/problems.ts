/** What is wrong with an installation file, as values; `messageOf` makes the line that a person reads. */

export type Path = readonly (string | number)[];

/** Where in the text, counted from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  /** The part of the file it is about, from the top: ['hosts', 1, 'platform']. Empty: the file as a whole. */
  readonly path: Path;
  /** What was found and what is allowed, in one sentence. Never holds a secret's value. */
  readonly says: string;
  /** Points at the key itself, not at its value: the key is the mistake. */
  readonly aboutKey?: boolean | undefined;
  /** Absent when there is no text, as inside the workflow. */
  readonly at?: Position | undefined;
}

/** ['hosts', 1, 'ssh', 'port'] → "hosts[1].ssh.port". */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? shownPart(part) : `${text}.${shownPart(part)}`;
  }, '');
}

/** A key as it may be shown: one that is no plain word may be text, even a secret, that lost its way. */
export function shownPart<Part extends string | number>(part: Part): Part | '…' {
  return typeof part === 'number' || /^[\w.-]{1,100}$/.test(part) ? part : '…';
}

/** "om.yaml:12:5: hosts[1].ssh.port: found …; expected …" in one line, as compilers write it, so that editors can jump there. */
export function messageOf(problem: Problem): string {
  const { at, path, says } = problem;
  const where = at === undefined ? '' : `${at.file}:${at.line}:${at.column}: `;
  const what = path.length === 0 ? '' : `${pathText(path)}: `;
  return where + what + says;
}

/** From the first line to the last, as people go through a file. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));
}

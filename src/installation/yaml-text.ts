/**
 * YAML text as a value that remembers its lines. Anchors, aliases and merge keys (<<) work; several documents in one
 * file, tags that make objects and repeated keys do not. JSON is YAML.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLError, YAMLMap } from 'yaml';
import { inOrder, shownPart } from './problems.ts';
import type { Problem } from './problems.ts';

export type YamlRead = { readonly problems: readonly Problem[] } | {
  readonly value: unknown;
  /** Keys that stand twice in one mapping: an error, but not one that hides the others. */
  readonly duplicates: readonly Problem[];
  /** The same problem with the line it is on: of the value, else of the key, else of what it is missing from. */
  readonly located: (problem: Problem) => Problem;
};

export function readYaml(text: string, file: string): YamlRead {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refused = (says: string, offset = 0): YamlRead => ({ problems: [{ path: [], says, at: at(offset) }] });
  try {
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
    const [document, second] = 'empty' in documents ? [] : documents;
    if (document === undefined || document.contents === null) return refused('is empty; expected an installation');
    if (second !== undefined) return refused('holds a second document; write one installation per file', second.range[0]);
    const errors = [...document.errors, ...document.warnings];
    const mistakes = firstOfEachLine(errors.map((error) => ({ path: [], says: sentenceFor(error, text), at: at(error.pos[0]) })));
    if (errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { problems: mistakes };
    const lost = aliasesWithoutAnchor(document).map((offset) => ({ path: [], says: 'this alias (*) has no anchor (&) before it', at: at(offset) }));
    if (lost.length > 0) return { problems: inOrder([...mistakes, ...lost]) };
    return {
      value: document.toJS() as unknown,
      duplicates: mistakes,
      located: (problem) => ({ ...problem, path: problem.path.map(shownPart), at: at(offsetOf(document, problem)) }),
    };
  } catch (error) {
    // The parser's own limits: nesting deeper than the stack, aliases of aliases that multiply.
    return refused(error instanceof RangeError ? 'is nested too deeply' : 'uses so many aliases of aliases that they cannot be resolved');
  }
}

/** What follows on the same line is most often a consequence. */
function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  const sorted = inOrder(problems);
  return sorted.filter((problem, index) => problem.at?.line !== sorted[index - 1]?.at?.line);
}

/** The parser's words for the usual mistakes are about its grammar, and some quote the text, which may be a secret. */
function sentenceFor(error: YAMLError, text: string): string {
  switch (error.code) {
    case 'DUPLICATE_KEY': return `the key ${shownPart(text.slice(error.pos[0]).split(/[:\s]/, 1)[0]?.replaceAll(/["']/g, '') ?? '')} stands twice in one mapping; keep one of them`;
    case 'RESOURCE_EXHAUSTION': return 'is nested too deeply';
    case 'TAB_AS_INDENT': return 'a tab indents this line; YAML allows only blanks';
    case 'BAD_INDENT': return 'this line is indented less or more than the lines it belongs to';
    case 'MISSING_CHAR': return 'a closing quote, bracket, comma or colon is missing here';
    case 'BLOCK_AS_IMPLICIT_KEY': return 'a mapping begins inside a value here; put it on a line of its own, or the value in quotes';
    case 'MULTILINE_IMPLICIT_KEY': return 'a key ends without its colon here';
    case 'BAD_SCALAR_START': return 'this character has a meaning of its own in YAML; put the value in quotes';
    case 'TAG_RESOLVE_FAILED': return 'this tag (!) is not known; leave it out';
    case 'BAD_ALIAS': return 'this alias (*) or anchor (&) is not written as YAML wants it';
    case 'BAD_DQ_ESCAPE': return 'this backslash is no escape that YAML knows; double it, or use single quotes';
    default: return `is not YAML here (${error.code})`;
  }
}

function aliasesWithoutAnchor(document: Document): readonly number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) offsets.push(alias.range?.[0] ?? 0);
    },
  });
  return offsets;
}

/** How far into the text the problem is. The path is followed as far as it goes; what is missing is where it is missing from. */
function offsetOf(document: Document, { path, aboutKey }: Problem): number {
  let here: unknown = document.contents;
  let offset = 0;
  for (const [depth, part] of path.entries()) {
    const step = stepInto(document, here, part);
    if (step === undefined) return offset;
    here = step.value;
    const isLast = depth === path.length - 1;
    const toValue = isLast && aboutKey !== true && startOfScalar(step.value) !== undefined;
    offset = (toValue ? startOfScalar(step.value) : step.offset) ?? offset;
  }
  return offset;
}

interface Step { readonly offset: number | undefined; readonly value: unknown }

function stepInto(document: Document, from: unknown, part: string | number): Step | undefined {
  const node = isAlias(from) ? from.resolve(document) : from;
  if (isSeq(node) && typeof part === 'number') {
    const value = node.items[part];
    return value === undefined ? undefined : { offset: startOf(value), value };
  }
  if (!isMap(node)) return undefined;
  const pair = pairOf(node, part);
  if (pair !== undefined) return { offset: startOf(pair.key), value: pair.value };
  return merged(document, node).map((source) => stepInto(document, source, part)).find((step) => step !== undefined);
}

/** When a key stands twice, the last one is the value. */
function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.findLast((pair) => isScalar(pair.key) && keyOf(pair.key) === String(key));
}

/** The merge key (<<) is a symbol. */
function keyOf({ value }: Scalar): string {
  return typeof value === 'symbol' ? value.description ?? '' : String(value);
}

function merged(document: Document, map: YAMLMap): readonly unknown[] {
  const sources: unknown = pairOf(map, '<<')?.value;
  const node = isAlias(sources) ? sources.resolve(document) : sources;
  return isSeq(node) ? node.items : node === undefined ? [] : [node];
}

function startOfScalar(node: unknown): number | undefined {
  return isScalar(node) && node.value !== null ? node.range?.[0] : undefined;
}

function startOf(node: unknown): number | undefined {
  return isPair(node) ? startOf(node.key) : (node as Node | undefined)?.range?.[0];
}

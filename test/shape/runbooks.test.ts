/** How runbooks meet errors: read from their syntax, so that comments and texts do not count. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesIn, ROOT } from './sources.ts';

interface Found { readonly file: string; readonly node: ts.Node; readonly source: ts.SourceFile }

/** Every piece of syntax in workflow code. */
function* everything(): Iterable<Found> {
  for (const file of filesIn('workflows', /\.ts$/)) {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2022, true);
    const below = function* (node: ts.Node): Iterable<Found> {
      yield { file, node, source };
      for (const child of node.getChildren(source)) yield* below(child);
    };
    yield* below(source);
  }
}

const shown = ({ file, node, source }: Found) => `${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`;
const found = (is: (found: Found) => boolean) => [...everything()].filter(is).map(shown);

const isCall = (node: ts.Node, method: string): node is ts.CallExpression =>
  ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === method;

/** Asks the one function, or lets the error go on. */
const asks = (text: string) => /\bwhatHappened\(error\b|\bthrow error;/.test(text);

describe('a runbook', () => {
  it('has no `finally`: continue-as-new and cancellation pass through it, and it would act on them', () => {
    expect(found(({ node }) => (ts.isTryStatement(node) && node.finallyBlock !== undefined) || isCall(node, 'finally'))).toEqual([]);
  });

  it('asks the one function what an error means wherever it catches one, or lets it go on', () => {
    const deaf = found(({ node, source, file }) => {
      if (file === 'workflows/payload-converter.ts') return false; // reads bytes; no step's error comes there
      if (ts.isCatchClause(node)) return !asks(node.block.getText(source));
      // The upgrade's own cancellation, which is a promise that rejects.
      if (isCall(node, 'catch')) return !/\.cancelRequested$/.test((node.expression as ts.PropertyAccessExpression).expression.getText(source)) && !asks(node.getText(source));
      return false;
    });
    expect(deaf).toEqual([]);
  });
});

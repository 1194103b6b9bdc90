/** What doctor found, a sentence each; what is wrong stands out. */
import type { Check } from '../doctor/check.ts';
import type { Terminal } from '../terminal.ts';
import { wrap } from './text.ts';

export function checkLines(checks: readonly Check[], { columns, colours }: Pick<Terminal, 'columns' | 'colours'>): readonly string[] {
  const paint = { ok: colours.green, wrong: colours.red, unknown: colours.yellow } as const;
  return checks.flatMap(({ subject, verdict, says }) => {
    const [first = '', ...rest] = wrap(`${subject}: ${says}`, columns, ' '.repeat(9));
    return [paint[verdict](verdict.padEnd(9)) + first.trimStart(), ...rest];
  });
}

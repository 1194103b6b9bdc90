import { expect, it } from 'vitest';
import { typedAnswer } from '../../src/upgrade/answers.ts';

it('a choice is shown by what its question says that it does, and by the usual words where that says nothing', () => {
  const wait = { id: 'stop:ucd-1:1', kind: 'question', asks: '', choices: ['stop', 'abort'], means: { stop: 'Signal the server' }, evidence: '', since: '' } as const;
  expect(typedAnswer('ucd', wait).map(({ means }) => means)).toEqual(['Signal the server', 'Abort the upgrade']);
  expect(typedAnswer('ucd', { ...wait, means: undefined }).map(({ means }) => means)).toEqual(['Stop it all the same, as the vendor\'s guide says', 'Abort the upgrade']);
});

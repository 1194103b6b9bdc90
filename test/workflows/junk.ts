/** What anybody may send, with the Temporal UI or `temporal`, where a JSON object was expected. */
export const JUNK: readonly (readonly [string, readonly unknown[]])[] = [
  ['nothing at all', []],
  ['null', [null]],
  ['true', [true]],
  ['zero', [0]],
  ['a negative number', [-1.5]],
  ['an empty text', ['']],
  ['a text', ['om-1']],
  ['the JSON of an object as text', ['{"by":"anna","gate":"start"}']],
  ['an empty list', [[]]],
  ['a list with the object', [[{ by: 'anna', gate: 'start' }]]],
  ['an empty object', [{}]],
  ['two arguments', [null, { by: 'anna', gate: 'start' }]],
  ['by is a number', [{ by: 7, gate: 'start', question: 'q:1', choice: 'retry' }]],
  ['by is blank', [{ by: '  ', gate: 'start', question: 'q:1', choice: 'retry' }]],
  ['by is null', [{ by: null, gate: 'start', question: 'q:1', choice: 'retry' }]],
  ['by is a list', [{ by: ['anna'], gate: 'start', question: 'q:1', choice: 'retry' }]],
  ['by is an object', [{ by: { toString: 'anna' }, gate: 'start', question: 'q:1', choice: 'retry' }]],
  ['keys in capitals', [{ BY: 'anna', GATE: 'start' }]],
  ['another message\'s keys', [{ name: 'approve', payload: { by: 'anna' } }]],
  ['a prototype', [JSON.parse('{"__proto__":{"by":"anna"},"constructor":{"by":"anna"}}')]],
  ['deeply nested', [Array.from({ length: 200 }).reduce<object>((inner) => ({ inner }), {})]],
  ['a hundred kilobytes', [{ text: 'x'.repeat(100_000) }]],
  ['bytes', [new Uint8Array([0, 255, 254, 10])]],
];

/** Well formed, but about nothing that is there. */
export const MISFITS = {
  approve: [
    ['a gate that does not exist', { gate: 'host:om-9', by: 'anna' }, 'There is no gate "host:om-9"'],
    ['a gate that the policy does not have', { gate: 'finish', by: 'anna' }, 'There is no gate "finish"'],
    ['a gate named like a property of every object', { gate: 'constructor', by: 'anna' }, 'There is no gate "constructor"'],
    ['a gate with a name of 100 kB', { gate: 'g'.repeat(100_000), by: 'anna' }, 'There is no gate "ggg'],
    ['a gate that is a number', { gate: 1, by: 'anna' }, '"gate" is missing'],
  ],
  answer: [
    ['a question that was never asked', { question: 'stop:om-1:1', choice: 'retry', by: 'anna' }, '"stop:om-1:1" is not asked (any more)'],
    ['a gate taken for a question', { question: 'start', choice: 'retry', by: 'anna' }, '"start" is not asked (any more)'],
    ['a choice that does not exist', { question: 'stop:om-1:1', choice: 'skip', by: 'anna' }, '"skip" is no choice'],
    ['a time that is no duration', { question: 'stop:om-1:1', choice: 'wait', for: '-5m', by: 'anna' }, '"for" is no duration'],
    ['a time without end', { question: 'stop:om-1:1', choice: 'wait', for: '999999999h', by: 'anna' }, '"for" is no duration'],
    ['a time that is a number', { question: 'stop:om-1:1', choice: 'wait', for: 30, by: 'anna' }, '"for" is no duration'],
  ],
  resume: [['nothing is held', { by: 'anna' }, 'Nothing is held.']],
} as const;

import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { readPrinted } from '../../src/products/ops-manager/database-answers.ts';
import { answersFile } from './scripted-set.ts';

const script = readFileSync(new URL('../../docs/look-at-appdb.js', import.meta.url), 'utf8');

/** Runs it with what MongoDB's shell gives to scripts, over a server with these answers; what it prints. */
function ran(answers: Readonly<Record<string, unknown>>): string {
  const printed: string[] = [];
  const runCommand = (command: object): unknown => {
    const [name = ''] = Object.keys(command);
    if (!(name in answers)) throw new Error(`no such command: '${name}'`);
    return answers[name];
  };
  const connect = () => ({ getSiblingDB: () => ({ runCommand }) });
  runInContext(script, createContext({ connect, EJSON: BSON.EJSON, print: (text: string) => printed.push(text) }));
  return printed.join('\n');
}

describe('the script for MongoDB\'s shell', () => {
  it.each(['4.0-arbiter', '4.2-delayed-hidden-arbiter', '8.0-two-sites'])('prints what Lockkeeper reads, of a server that answers as %s', (name) => {
    expect(readPrinted(ran(BSON.EJSON.parse(answersFile(name)) as Record<string, unknown>))).toEqual(readPrinted(answersFile(name)));
  });

  it('goes on where its user may not ask', () => {
    const { hello, buildInfo } = BSON.EJSON.parse(answersFile('8.0-two-sites')) as Record<string, unknown>;
    expect(readPrinted(ran({ hello, buildInfo }))).toMatchObject({ version: '8.0.4', hasPrimary: true, status: undefined, config: undefined });
  });
});

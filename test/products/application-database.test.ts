import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeDatabase, neverAsked, notReached, sight, whyDatabaseForbids } from '../../src/products/ops-manager/application-database.ts';
import { readAnswers, readPrinted } from '../../src/products/ops-manager/database-answers.ts';

/** Answers of servers, as a site's command prints them: written after the manual of each release, not recorded on one. */
const printed = (name: string) => readFileSync(new URL(`application-database/${name}.json`, import.meta.url), 'utf8');
const seen = (name: string) => sight(readPrinted(printed(name))!);
const worth = (findings: ReturnType<typeof judgeDatabase>) => findings.filter(({ verdict }) => verdict !== 'ok').map(({ verdict, says }) => `${verdict}: ${says}`);

/** A set of three in good health, with changes to its members by index. */
type Change = { readonly status?: object; readonly config?: object };
function changed(changes: Readonly<Record<number, Change>>, answers: object = {}) {
  const all = JSON.parse(printed('4.4-three')) as { replSetGetStatus: { members: object[] }; replSetGetConfig: { config: { members: object[] } } };
  for (const [index, { status, config }] of Object.entries(changes)) {
    Object.assign(all.replSetGetStatus.members[Number(index)]!, status);
    Object.assign(all.replSetGetConfig.config.members[Number(index)]!, config);
  }
  return sight(readAnswers({ ...all, ...answers })!);
}
const verdicts = (sighting: ReturnType<typeof sight>, target = '4.4.18') => judgeDatabase(sighting, target).filter(({ verdict }) => verdict !== 'ok');
const DOWN: Change = { status: { state: 8, health: 0, optimeDate: { $date: '1970-01-01T00:00:00Z' } } };
const PRIMARY = 1, FIRST = 0, THIRD = 2;

describe('an Application Database', () => {
  it('in good health is no reason to stop', () => {
    expect(verdicts(changed({}))).toEqual([]);
    expect(whyDatabaseForbids(changed({}))).toBeNull();
  });

  it.each<[string, string, object, string, readonly string[]]>([
    ['4.0-arbiter', '4.4.18', { version: '4.0.28', featureCompatibility: '4.0', lagSeconds: 1 }, '3 of 3 voting members are up, 2 are needed.',
      ['warning: The loss of one more member stalls writes that wait for a majority: 2 members with data must confirm them, 2 can (arbiters and delayed members do not count).']],
    ['4.2-delayed-hidden-arbiter', '5.0.9', { version: '4.2.24', lagSeconds: 2 }, '5 of 5 voting members are up, 3 are needed.',
      ['warning: The loss of one more member stalls writes that wait for a majority: 3 members with data must confirm them, 3 can (arbiters and delayed members do not count).']],
    ['4.4-three', '4.4.18', { version: '4.4.29', lagSeconds: 1 }, '3 of 3 voting members are up, 2 are needed.', []],
    ['5.0-delayed', '7.0.4', { version: '5.0.31', lagSeconds: 0 }, '3 of 3 voting members are up, 2 are needed.',
      ['warning: The loss of one more member stalls writes that wait for a majority: 2 members with data must confirm them, 2 can (arbiters and delayed members do not count).']],
    ['6.0-arbiter-one-down', '8.0.1', { version: '6.0.20', majority: 'yes' }, '2 of 3 voting members are up, 2 are needed; down: db-2.example:27017.',
      ['warning: No other member could become primary now: if the primary fails, every host stops. Members need to be up, with data and a priority above 0.',
        'warning: Writes that wait for a majority stall now: 2 members with data must confirm them, 1 can (arbiters and delayed members do not count).']],
    ['7.0-hidden-lags', '8.0.1', { version: '7.0.16', lagSeconds: 900 }, '3 of 3 voting members are up, 2 are needed.',
      ['warning: A member lags 900 s behind the primary: let it catch up before you approve.']],
    ['8.0-two-sites', '8.0.1', { version: '8.0.4', lagSeconds: 2 }, '3 of 3 voting members are up, 2 are needed.', []],
  ])('of the release and shape %s is read and judged right', (name, target, values, says, findings) => {
    expect(seen(name)).toMatchObject({ reached: 'yes', set: 'om-appdb', primary: 'yes', majority: 'yes', says, ...values });
    expect(worth(judgeDatabase(seen(name), target))).toEqual(findings);
    expect(whyDatabaseForbids(seen(name))).toBeNull();
  });

  it('without a primary lets no host go down, nor one that has lost its majority', () => {
    expect(whyDatabaseForbids(seen('6.0-no-primary'))).toBe('The Application Database has no primary.');
    const alone = changed({ [FIRST]: DOWN, [THIRD]: DOWN });
    expect(whyDatabaseForbids(alone)).toMatch(/lost its majority: 1 of 3 voting members are up, 2 are needed; down: db-1\.example:27017, db-3\.example:27017\./);
    for (const none of [seen('6.0-no-primary'), alone]) expect(judgeDatabase(none, '6.0.1').filter(({ verdict }) => verdict === 'refused')).toHaveLength(1);
  });

  it('counts the votes of those that have one, in every state that may vote', () => {
    expect(changed({ [FIRST]: { config: { votes: 0, priority: 0 } }, [THIRD]: DOWN })).toMatchObject({ majority: 'no', says: expect.stringContaining('1 of 2') as string });
    for (const [state, majority] of [[3, 'yes'], [5, 'yes'], [7, 'yes'], [9, 'yes'], [0, 'no'], [4, 'no'], [6, 'no'], [10, 'no']]) {
      expect(changed({ [FIRST]: { status: { state } }, [THIRD]: DOWN }).majority, `state ${state}`).toBe(majority);
    }
  });

  it('that lags is warned of where a failover or a majority write would wait: hidden members too, not delayed ones, not those without a vote', () => {
    const late = { status: { optimeDate: { $date: '2026-11-21T11:00:00Z' } } };
    expect(verdicts(changed({ [THIRD]: late }))).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('3600 s') as string }]);
    expect(changed({ [THIRD]: { ...late, config: { hidden: true, priority: 0 } } }).lagSeconds).toBe(3_600);
    for (const config of [{ slaveDelay: 3600 }, { slaveDelay: { $numberLong: '3600' } }, { secondaryDelaySecs: 3600 }, { votes: 0, priority: 0 }]) {
      expect(changed({ [THIRD]: { ...late, config } }).lagSeconds, JSON.stringify(config)).toBe(0);
    }
    expect(changed({ [PRIMARY]: { status: { state: 2 } } }).lagSeconds, 'without a primary').toBeUndefined();
  });

  it('that has no member to spare is warned of', () => {
    expect(verdicts(changed({ [THIRD]: DOWN }))).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('one more member stalls') as string }]);
    const others = { config: { priority: 0 } };
    expect(verdicts(changed({ [FIRST]: others, [THIRD]: others }))).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('No other member could become primary') as string }]);
  });

  it('asks of arbiters no confirmation of writes, so a set may have fewer to confirm than a majority', () => {
    const arbiter = { status: { state: 7 }, config: { arbiterOnly: true, priority: 0 } };
    expect(changed({ [FIRST]: arbiter, [THIRD]: arbiter }).concerns).toEqual([
      expect.stringContaining('No other member could become primary') as string,
      expect.stringContaining('The loss of one more member stalls writes that wait for a majority: 1 member with data must confirm them, 1 can') as string,
    ]);
  });

  it('that does not know a command leaves its question to a person; a primary that answers has its majority', () => {
    const unknown = changed({}, { replSetGetStatus: undefined, replSetGetConfig: { ok: 0, errmsg: 'not authorized' }, getParameter: undefined });
    expect(unknown.majority).toBe('yes');
    expect(verdicts(unknown).map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  });

  it('whose members cannot all be read is not counted', () => {
    expect(changed({ [FIRST]: { status: { state: 'PRIMARY' } } }).says).toBe('The members could not be counted.');
    expect(changed({ [FIRST]: { config: { host: 7 } } }).says).toBe('The members could not be counted.');
  });

  it('that cannot be reached is unknown at the gate and a reason before a stop', () => {
    const lost = notReached('timed out', 'through om-1');
    expect(worth(judgeDatabase(lost, '4.4.18'))).toEqual([expect.stringMatching(/^unknown: It cannot be asked through om-1: timed out\. See for yourself .* No host is taken down before it can be asked/)]);
    expect(whyDatabaseForbids(lost)).toBe('The Application Database cannot be asked through om-1: timed out.');
  });

  it('that is never asked, by the word of the file, is unknown at every gate and stops nothing', () => {
    const never = neverAsked('the database team does not let us');
    expect(worth(judgeDatabase(never, '4.4.18'))).toEqual([expect.stringMatching(/^unknown: It is not asked.*the database team does not let us.*every further gate/)]);
    expect(whyDatabaseForbids(never)).toBeNull();
  });

  it('says how it was asked', () => {
    const [first] = judgeDatabase({ ...changed({}), how: 'by the command on om-1' }, '4.4.18');
    expect(first?.says).toBe('Replica set om-appdb, asked by the command on om-1, has a primary and its majority. 3 of 3 voting members are up, 2 are needed.');
  });

  it('that is too old for the target is refused where the vendor says so, else warned of', () => {
    const of = (version: string) => changed({}, { buildInfo: { version }, getParameter: { featureCompatibilityVersion: { version: version.slice(0, 3) } } });
    expect(verdicts(of('5.0.1'), '8.0.1')).toMatchObject([{ verdict: 'refused', says: expect.stringContaining('6.0') as string }]);
    expect(verdicts(of('4.0.1'), '5.0.9')).toMatchObject([{ verdict: 'warning' }]);
    expect(verdicts(changed({}), '9.0.0')).toMatchObject([{ verdict: 'unknown' }]);
  });

  it('whose own upgrade was not finished, or which is no replica set, is warned of', () => {
    expect(verdicts(changed({}, { getParameter: { featureCompatibilityVersion: { version: '4.2' } } }))).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('4.2') as string }]);
    const single = changed({}, { hello: { isWritablePrimary: true, ok: 1 }, replSetGetStatus: undefined, replSetGetConfig: undefined });
    expect(verdicts(single)).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('not a replica set') as string }, { verdict: 'unknown' }]);
  });
});

describe('what a command printed', () => {
  it('holds the older greeting where the server does not know the newer one', () => {
    const answers = JSON.parse(printed('4.0-arbiter')) as object;
    expect(readAnswers({ hello: { ok: 0, errmsg: 'no such command: \'hello\'' }, ...answers })).toEqual(readAnswers(answers));
  });

  it('is found among other lines', () => {
    expect(readPrinted(`Current Mongosh Log ID: 6\n${printed('4.4-three')}\nbye\n`)).toEqual(readPrinted(printed('4.4-three')));
  });

  it('may hold dates as text and numbers as extended JSON writes them', () => {
    const plain = printed('4.0-arbiter').replace(/\{"\$date": \{"\$numberLong": "(\d+)"\}\}/g, (_, at: string) => JSON.stringify(new Date(Number(at))));
    expect(plain).not.toBe(printed('4.0-arbiter'));
    expect(readPrinted(plain)).toEqual(readPrinted(printed('4.0-arbiter')));
  });

  it.each(['', 'Error: connect ECONNREFUSED', '{', '{}', '[]', '{"hello":{"setName":"a","ok":1}}', '{"hello":{"ok":0},"buildInfo":{"version":"4.4.1"}}', '{"buildInfo":{"version":"4.4.1"}}', '{ hello: 1 }', 'null'])('is nothing when it is %j', (text) => {
    expect(readPrinted(text)).toBeNull();
  });
});

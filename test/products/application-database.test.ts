import { describe, expect, it } from 'vitest';
import { judgeDatabase, notReached, sight, whyDatabaseForbids, type DatabaseDocuments } from '../../src/products/ops-manager/application-database.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 21, 12, 0, seconds));
const PRIMARY = { name: 'db-1:27017', state: 1, health: 1, optimeDate: at(50) };
const SECOND = { name: 'db-2:27017', state: 2, health: 1, optimeDate: at(49) };
const THIRD = { name: 'db-3:27017', state: 2, health: 1, optimeDate: at(48) };
const DOWN = { state: 8, health: 0 };
const CONFIG = { members: ['db-1:27017', 'db-2:27017', 'db-3:27017'].map((host) => ({ host, votes: 1 })) };

const documents = (changes: Partial<DatabaseDocuments> = {}): DatabaseDocuments => ({
  hello: { setName: 'rs0', primary: 'db-1:27017', isWritablePrimary: true }, version: '4.4.29', featureCompatibility: '4.4',
  status: { members: [PRIMARY, SECOND, THIRD] }, config: CONFIG, ...changes,
});
const verdicts = (changes: Partial<DatabaseDocuments>, target = '4.4.18') => judgeDatabase(sight(documents(changes)), target).filter(({ verdict }) => verdict !== 'ok');

describe('an Application Database', () => {
  it('in good health is no reason to stop', () => {
    expect(verdicts({})).toEqual([]);
    expect(whyDatabaseForbids(sight(documents()))).toBeNull();
  });

  it.each<[string, Partial<DatabaseDocuments>, RegExp]>([
    ['without a primary', { hello: { setName: 'rs0' }, status: { members: [{ ...PRIMARY, state: 2 }, SECOND, THIRD] } }, /no primary/],
    ['without its majority', { status: { members: [PRIMARY, { ...SECOND, ...DOWN }, { ...THIRD, ...DOWN }] } }, /1 of 3 voting members are up, 2 are needed/],
    ['whose living members do not vote', { status: { members: [PRIMARY, SECOND, { ...THIRD, ...DOWN }] }, config: { members: [{ host: 'db-1:27017', votes: 1 }, { host: 'db-2:27017', votes: 0 }, { host: 'db-3:27017', votes: 1 }] } }, /1 of 2 voting members/],
  ])('%s lets no host go down', (_, changes, says) => {
    expect(whyDatabaseForbids(sight(documents(changes)))).toMatch(says);
    expect(verdicts(changes).filter(({ verdict }) => verdict === 'refused')).toMatchObject([{ says: expect.stringMatching(says) }]);
  });

  it('keeps its majority with one of three members down, and with an arbiter', () => {
    expect(sight(documents({ status: { members: [PRIMARY, SECOND, { ...THIRD, ...DOWN }] } })).majority).toBe('yes');
    expect(sight(documents({ status: { members: [PRIMARY, { name: 'db-2:27017', state: 7, health: 1 }, { ...THIRD, ...DOWN }] } })).majority).toBe('yes');
  });

  it('that lags is warned of; a member that is delayed on purpose is left out', () => {
    const late = { ...THIRD, optimeDate: new Date(at(50).getTime() - 3_600_000) };
    expect(verdicts({ status: { members: [PRIMARY, SECOND, late] } })).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('3600 s') }]);
    for (const delay of [{ secondaryDelaySecs: 3600 }, { slaveDelay: 3600 }]) {
      const config = { members: [...CONFIG.members.slice(0, 2), { host: 'db-3:27017', votes: 1, ...delay }] };
      expect(verdicts({ status: { members: [PRIMARY, SECOND, late] }, config })).toEqual([]);
    }
  });

  it('that does not know a command leaves its question to a person; a primary that answers has its majority', () => {
    const changes = { status: undefined, config: undefined, featureCompatibility: undefined };
    expect(sight(documents(changes)).majority).toBe('yes');
    expect(verdicts(changes).map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  });

  it('that cannot be reached is unknown at the gate and a reason before a stop', () => {
    expect(judgeDatabase(notReached('timed out'), '4.4.18')).toMatchObject([{ verdict: 'unknown' }]);
    expect(whyDatabaseForbids(notReached('timed out'))).toContain('timed out');
  });

  it('that is too old for the target is refused where the vendor says so, else warned of', () => {
    expect(verdicts({ version: '5.0.1', featureCompatibility: '5.0' }, '8.0.1')).toMatchObject([{ verdict: 'refused', says: expect.stringContaining('6.0') }]);
    expect(verdicts({ version: '4.0.1', featureCompatibility: '4.0' }, '5.0.9')).toMatchObject([{ verdict: 'warning' }]);
    expect(verdicts({}, '9.0.0')).toMatchObject([{ verdict: 'unknown' }]);
  });

  it('whose own upgrade was not finished, or which is no replica set, is warned of', () => {
    expect(verdicts({ featureCompatibility: '4.2' })).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('4.2') }]);
    expect(verdicts({ hello: { isWritablePrimary: true }, status: undefined, config: undefined })).toMatchObject([{ verdict: 'warning', says: expect.stringContaining('not a replica set') }, { verdict: 'unknown' }]);
  });
});

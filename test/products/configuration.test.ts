import { describe, expect, it } from 'vitest';
import { databaseIdentity, identityOfUri, keyPath, newKeys, sameDatabase } from '../../src/products/ops-manager/configuration.ts';

describe('the Application Database in conf-mms.properties', () => {
  it('is known by set and members, in any order, with default ports, and never by its password', () => {
    const a = databaseIdentity('mongo.mongoUri=mongodb://mms:p%40ss@db-2,DB-1:27017/?replicaSet=rs0&ssl=true\n');
    const b = databaseIdentity('# edited\nmongo.mongoUri = mongodb://other:secret@db-1:27017,db-2:27017/admin?authSource=admin&replicaSet=rs0\n');
    expect(a).toEqual({ set: 'rs0', members: ['db-1:27017', 'db-2:27017'] });
    expect(sameDatabase(a!, b!)).toBe(true);
    expect(JSON.stringify([a, b])).not.toMatch(/mms|p%40ss|secret/);
  });

  it.each([
    ['mongodb://db-1,db-2/?replicaSet=rs0', 'mongodb://db-1,db-3/?replicaSet=rs0'],
    ['mongodb://db-1/?replicaSet=rs0', 'mongodb://db-1/?replicaSet=rs1'],
    ['mongodb://db-1:27017', 'mongodb://db-1:27018'],
  ])('%s is not %s', (a, b) => {
    expect(sameDatabase(identityOfUri(a)!, identityOfUri(b)!)).toBe(false);
  });

  it('survives a user part with an @ that was not escaped', () => {
    expect(identityOfUri('mongodb://mms:p@ss@db-1/?replicaSet=rs0')?.members).toEqual(['db-1:27017']);
  });

  it('is nothing when the setting is missing or no connection string', () => {
    expect(databaseIdentity('mms.centralUrl=http://x\n')).toBeNull();
    expect(identityOfUri('[redacted]')).toBeNull();
  });
});

describe('a new release\'s configuration file', () => {
  it('is compared by keys: what it adds is named, values are not', () => {
    expect(newKeys('a=1\nb=2\n', '# new\na=9\nb=2\nmms.beta=true\n')).toEqual(['mms.beta']);
  });
});

describe('the shared key', () => {
  it.each([
    ['ENC_KEY_PATH=/srv/keys/gen.key', '/srv/keys/gen.key'], ['export ENC_KEY_PATH="/srv/gen.key"', '/srv/gen.key'],
    ['# ENC_KEY_PATH=/old\nBASE_PORT=8080', null], ['ENC_KEY_PATH=/a\nENC_KEY_PATH=/b', '/b'],
    ['ENC_KEY_PATH=${HOME}/.mongodb-mms/gen.key', 'unknown'], ['ENC_KEY_PATH=gen.key', 'unknown'],
  ])('is where %j says: %s', (text, path) => {
    expect(keyPath(text)).toBe(path);
  });
});

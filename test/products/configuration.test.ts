import { describe, expect, it } from 'vitest';
import { centralUrl, databaseIdentity, identityOfUri, keyPath, newKeys, ownPort, sameDatabase } from '../../src/products/ops-manager/configuration.ts';

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

describe('where a host serves', () => {
  it.each([
    ['', '', { scheme: 'http', port: 8080 }], ['', 'BASE_PORT=9090\n', { scheme: 'http', port: 9090 }],
    ['mms.https.PEMKeyFile=/etc/om.pem\n', 'BASE_PORT=9090\n', { scheme: 'https', port: 8443 }],
    ['mms.https.PEMKeyFile=/etc/om.pem\n', 'BASE_SSL_PORT="9443"\n', { scheme: 'https', port: 9443 }], ['', 'BASE_PORT=$PORT\n', { scheme: 'http', port: 8080 }],
  ])('is read from %j and %j', (properties, settings, served) => {
    expect(ownPort(properties, settings)).toEqual(served);
  });

  it.each([['mms.centralUrl=https://om.example:8443/\n', 'https://om.example:8443'], ['mms.centralUrl=\n', null], ['mms.centralUrl=om.example\n', null], ['', null]])('people\'s way is read from %j', (properties, url) => {
    expect(centralUrl(properties)).toBe(url);
  });
});

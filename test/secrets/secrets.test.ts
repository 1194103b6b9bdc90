import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSecrets, redact, workerPath } from '../../src/secrets/secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const secrets = createSecrets({ folder, env: { HOME: folder, OPS_SUDO: 'hunter22', SHORT: 'abc', LINES: 'two\n\n' } });

describe('a secret', () => {
  it('is read from the environment, or from a file without the newline that ends it', async () => {
    writeFileSync(join(folder, 'password'), 'from a file \r\n');
    expect(await secrets.resolve({ env: 'OPS_SUDO' })).toBe('hunter22');
    expect(await secrets.resolve({ file: 'password' })).toBe('from a file ');
    expect(await secrets.resolve({ file: '~/password' })).toBe('from a file ');
    expect(await secrets.resolve({ env: 'LINES' })).toBe('two\n');
  });

  it.each([
    [{ env: 'MISSING' }, /environment variable MISSING is not set on the worker/],
    [{ file: 'missing' }, /missing cannot be read on the worker \(ENOENT\)/],
    [{ env: 'SHORT' }, /SHORT has fewer than 4 characters/],
  ])('that cannot be had says what to set: %o', async (reference, says) => {
    await expect(secrets.resolve(reference)).rejects.toMatchObject({ name: 'Refused', says: expect.stringMatching(says) as string });
  });

  it('is blacked out wherever it turns up from then on', async () => {
    const fresh = createSecrets({ folder, env: { PW: 'a b/c' } });
    expect(fresh.redact('x a b/c y')).toBe('x a b/c y');
    await fresh.resolve({ env: 'PW' });
    expect(fresh.redact('x a b/c y, a%20b%2Fc')).toBe('x [redacted] y, [redacted]');
  });
});

describe('a connection string', () => {
  it('keeps only its password secret, so that its hosts can be compared', async () => {
    const fresh = createSecrets({ folder, env: { URI: 'mongodb://om:p%40ss%2Fword@h1:27017,h2/?replicaSet=rs0', BARE: 'mongodb://h1,h2/db' } });
    await fresh.resolve({ env: 'URI' });
    await fresh.resolve({ env: 'BARE' });
    expect(fresh.redact('mongo.mongoUri=mongodb://om:p%40ss%2Fword@h1:27017,h2/?replicaSet=rs0')).toBe('mongo.mongoUri=mongodb://om:[redacted]@h1:27017,h2/?replicaSet=rs0');
    expect(fresh.redact('mongodb://h1,h2/db and p@ss/word or p%40ss%2Fword')).toBe('mongodb://h1,h2/db and [redacted] or [redacted]');
  });
});

describe('a connection string with a certificate', () => {
  it('hides the password of its key, too, and nothing else', async () => {
    const uri = 'mongodb://h1/?tls=true&tlsCertificateKeyFile=/etc/client.pem&tlsCertificateKeyFilePassword=k%2Fey22&replicaSet=rs0';
    const secrets = createSecrets({ folder: '/', env: { URI: uri } });
    await secrets.resolve({ env: 'URI' });
    expect(secrets.redact(`${uri} k/ey22`)).toBe('mongodb://h1/?tls=true&tlsCertificateKeyFile=/etc/client.pem&tlsCertificateKeyFilePassword=[redacted]&replicaSet=rs0 [redacted]');
  });
});

describe('redaction', () => {
  it('of a long line without a break does not keep the worker from everything else', () => {
    const line = 'x'.repeat(2_000_000); // a quadratic search takes an hour
    expect(redact(`${line} https://u:hunter@h`, [])).toBe(`${line} https://u:[redacted]@h`);
  });

  it('leaves no rest of a secret that holds another', () => {
    expect(redact('secret-and-more secret', ['secret', 'secret-and-more'])).toBe('[redacted] [redacted]');
  });

  it.each([
    ['mongodb://user:pa:ss@h1,h2/admin', 'mongodb://user:[redacted]@h1,h2/admin'],
    ['uri=mongodb+srv://u%40x:p%40ss@h/db?a=b', 'uri=mongodb+srv://u%40x:[redacted]@h/db?a=b'],
    ['https://host:8443/path', 'https://host:8443/path'],
    ['ops@om-1: mail@example', 'ops@om-1: mail@example'],
  ])('blacks out the password of a connection string: %s', (text, clean) => {
    expect(redact(text, [])).toBe(clean);
  });
});

it('paths are the worker\'s: home for ~, its folder for relative ones', () => {
  const places = { folder: '/worker', env: { HOME: '/home/ops' } };
  expect(['~/.ssh/id', 'keys/id', '/etc/id'].map((path) => workerPath(path, places))).toEqual(['/home/ops/.ssh/id', '/worker/keys/id', '/etc/id']);
});

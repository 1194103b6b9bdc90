import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint, keysFor, keyType, lookupName, parseKnownHosts } from '../../src/ssh/known-hosts.ts';

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ5dh4Y1S2zGnYjYtqMrWbKqN1Y0m5nD3o2b9yq1mXcA';
const hashed = (name: string): string => {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};
const lines = (text: string, name: string): readonly number[] => keysFor(parseKnownHosts(text), name).map((key) => key.line);

describe('known_hosts', () => {
  it.each([
    ['om-1', 'om-1', true],
    ['om-1', 'om-10', false],
    ['OM-1.Example', 'om-1.example', true],
    ['om-2,om-1,10.0.0.1', '10.0.0.1', true],
    ['*.example', 'om-1.example', true],
    ['*.example', 'example', false],
    ['om-?', 'om-1', true],
    ['om-?', 'om-12', false],
    ['*.example,!om-1.example', 'om-1.example', false],
    ['*.example,!om-1.example', 'om-2.example', true],
    ['!om-1', 'om-2', false],
    ['[om-1]:2222', '[om-1]:2222', true],
    ['[om-1]:2222', 'om-1', false],
    ['om-1', '[om-1]:2222', false],
    ['[*]:2222', '[om-1]:2222', true],
    ['om.1', 'om-1', false],
  ])('lets the names %s fit %s: %s', (names, name, fits) => {
    expect(lines(`${names} ssh-ed25519 ${KEY}`, name)).toEqual(fits ? [1] : []);
  });

  it('finds hashed names, with and without a port, and no other', () => {
    const text = `${hashed('om-1')} ssh-ed25519 ${KEY}\n${hashed('[om-1]:2222')} ssh-ed25519 ${KEY}`;
    expect(lines(text, 'om-1')).toEqual([1]);
    expect(lines(text, '[om-1]:2222')).toEqual([2]);
    expect(lines(text, 'om-2')).toEqual([]);
    expect(lines('|1|broken ssh-ed25519 AAAA', 'om-1')).toEqual([]);
  });

  it('keeps every key type of a host, counts lines from 1 and passes over comments, authorities and broken lines', () => {
    const text = [
      '# om-1 ssh-rsa AAAA', '', `om-1 ssh-rsa ${KEY}`, `@cert-authority om-1 ssh-ed25519 ${KEY}`, 'om-1 ssh-ed25519',
      `  om-1   ecdsa-sha2-nistp256\t${KEY} a comment`, `@revoked om-1 ssh-ed25519 ${KEY}`, `@unheard-of om-1 ssh-ed25519 ${KEY}`,
    ].join('\r\n');
    const found = keysFor(parseKnownHosts(text), 'om-1');
    expect(found.map(({ line, type, revoked }) => [line, type, revoked])).toEqual([
      [3, 'ssh-rsa', false], [6, 'ecdsa-sha2-nistp256', false], [7, 'ssh-ed25519', true],
    ]);
  });

  it('looks up the alias as it is, else the address, with its port when that is not 22', () => {
    expect(lookupName({ address: 'OM-1', port: 22 })).toBe('om-1');
    expect(lookupName({ address: '10.0.0.1', port: 2222 })).toBe('[10.0.0.1]:2222');
    expect(lookupName({ address: '10.0.0.1', port: 2222, alias: 'om-1.example' })).toBe('om-1.example');
  });

  it('names a key by its type and fingerprint as ssh-keygen does', () => {
    const key = Buffer.from(KEY, 'base64');
    expect(keyType(key)).toBe('ssh-ed25519');
    expect(fingerprint(key)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(keyType(Buffer.alloc(2))).toBe('unknown');
  });
});

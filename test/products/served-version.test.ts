import { describe, expect, it } from 'vitest';
import { servedVersion, writesRefused } from '../../src/products/ops-manager/served-version.ts';

describe('the version that a host serves', () => {
  it('is read from its header, whatever its case', () => {
    expect(servedVersion({ 'X-MongoDB-Service-Version': 'gitHash=abc; versionString=4.4.18.100.20220101T0101Z' })).toBe('4.4.18');
    expect(servedVersion({ 'x-mongodb-service-version': 'versionString=6.0.5;gitHash=1' })).toBe('6.0.5');
  });

  it('is nothing without the header or with one that cannot be read', () => {
    expect(servedVersion({})).toBeNull();
    expect(servedVersion({ 'X-MongoDB-Service-Version': 'gitHash=4.4.18' })).toBeNull();
  });
});

describe('the write that changes nothing', () => {
  const body = JSON.stringify({ error: 405, errorCode: 'WRITES_NOT_ALLOWED_DURING_APP_UPGRADES' });
  it.each([[405, body, 'yes'], [404, '{}', 'no'], [405, '{}', 'unknown'], [401, '{}', 'unknown'], [200, '', 'unknown'], [503, body, 'unknown']] as const)('answered %i says "refused": see %s', (status, text, seen) => {
    expect(writesRefused(status, text)).toBe(seen);
  });
});

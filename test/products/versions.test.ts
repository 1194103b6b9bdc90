import { describe, expect, it } from 'vitest';
import { applicationDatabaseFor, compareReleases, judgePath, releaseOf, releasesAfter } from '../../src/products/ops-manager/versions.ts';

describe('a release', () => {
  it.each([
    ['4.4.18', '4.4.18'], ['4.4.18.100.20220101T0101Z-1', '4.4.18'], ['1:6.0.5-1', '6.0.5'], ['8.2.11', '8.2.11'],
    ['4.4', null], ['', null], ['v4.4.18', null],
  ])('is read from %s as %s', (text, release) => {
    expect(releaseOf(text)).toBe(release);
  });

  it('is compared by numbers, not by letters', () => {
    expect(compareReleases('4.4.9', '4.4.18')).toBeLessThan(0);
    expect(compareReleases('10.0.0', '9.9.9')).toBeGreaterThan(0);
    expect(compareReleases('4.4.18', '4.4.18')).toBe(0);
  });
});

describe('an upgrade path', () => {
  it.each([
    ['4.2.0', '4.2.25'], ['4.2.24', '4.4.18'], ['4.4.1', '4.4.18'], ['4.4.13', '5.0.9'], ['5.0.0', '6.0.5'], ['6.0.5', '7.0.1'], ['7.0.1', '8.0.0'],
  ])('from %s to %s is allowed', (from, to) => {
    expect(judgePath(from, to, false)).toMatchObject({ allowed: true });
  });

  it.each([
    ['4.4.18', '4.4.13', /downgrade/], ['4.4.18', '4.4.18', /nothing to upgrade/], ['4.0.12', '4.2.25', /Upgrade Mode/],
    ['4.2.23', '4.4.18', /4\.2\.24 or later/], ['4.4.12', '5.0.9', /4\.4\.13 or later/],
    ['4.4.13', '6.0.5', /skips 5\.0/], ['4.2.24', '8.0.0', /skips 4\.4/], ['4.4.18', '4.6.1', /not a release/],
    ['8.0.1', '9.0.0', /newerThanKnown/], ['7.0.1', '9.0.0', /newerThanKnown/],
  ])('from %s to %s is refused with the way out', (from, to, why) => {
    const judged = judgePath(from, to, false);
    expect(judged).toMatchObject({ allowed: false, why: expect.stringMatching(why) });
  });

  it('to a release newer than the table is taken at a person\'s word, but still not past a major', () => {
    expect(judgePath('8.0.1', '9.0.0', true)).toMatchObject({ allowed: true, notes: [expect.stringContaining('newer than')] });
    expect(judgePath('7.0.1', '9.0.0', true)).toMatchObject({ allowed: false, why: expect.stringContaining('8.0') });
    expect(judgePath('9.0.0', '9.0.1', true)).toMatchObject({ allowed: true });
  });

  it('through releases that could turn API writes back on is warned of', () => {
    expect(judgePath('4.4.1', '4.4.18', false)).toMatchObject({ notes: [expect.stringContaining('API writes')] });
    expect(judgePath('4.4.13', '4.4.18', false)).toEqual({ allowed: true, notes: [] });
  });

  it('asks for an Application Database that its target works with', () => {
    expect(applicationDatabaseFor('8.0.1')).toEqual({ atLeast: '6.0', documented: true });
    expect(applicationDatabaseFor('9.0.0')).toBeNull();
  });
});

describe('the releases after one', () => {
  it.each([
    ['4.4.13', 'a later 4.4, or 5.0'], ['4.4.1', 'a later 4.4; 5.0 is entered from 4.4.13 or later'], ['4.2.10', 'a later 4.2; 4.4 is entered from 4.2.24 or later'],
    ['8.0.3', 'a later 8.0'], ['9.1.0', 'not known to Lockkeeper, whose table begins with 4.2 and ends with 8.0'],
  ])('%s are: %s', (from, says) => {
    expect(releasesAfter(from)).toBe(says);
  });
});

import { describe, expect, it } from 'vitest';
import { compareReleases, hasAppData, hasFrontEnds, hasMaintenanceMode, javaFor, judgePath, needsAgentcommUri, readMark, relaysStandAlone, releaseOf, releasesAfter, whyNotDatabase } from '../../../src/products/urbancode-deploy/versions.ts';

it.each([
  ['7.3.2.1', '7.3.2.1'], ['7.3.2.1.1161889', '7.3.2.1'], ['7.3.2', '7.3.2.0'], [' 6.1.0.4.560214\n', '6.1.0.4'], ['07.03.2.1', '7.3.2.1'], ['7.3', null], ['dev', null], ['', null],
])('reads %j as %s', (text, release) => { expect(releaseOf(text)).toBe(release); });

it.each([
  ['#Sun Nov 22 01:16:59 UTC 2026\ninstalled.version=7.3.2.1.1161889\n', '7.3.2.1'], ['installed.version = 6.2.7.1\r\n', '6.2.7.1'],
  ['installed.version=\n', null], ['other.installed.version=7.0.0.0\n', null], ['installed.version=7.3\n', null], ['', null],
])('reads the mark %j as %s', (text, release) => { expect(readMark(text)).toBe(release); });

it('compares as numbers, four of them', () => {
  expect(['7.3.10.0', '7.3.2.1', '7.3.2.0', '10.0.0.0', '6.9.9.9'].sort(compareReleases)).toEqual(['6.9.9.9', '7.3.2.0', '7.3.2.1', '7.3.10.0', '10.0.0.0']);
});

describe('a path', () => {
  it.each([
    ['6.1.0.4', '7.2.3.7'], ['6.2.7.1', '7.2.2.0'], ['6.0.0.0', '7.0.5.2'], ['7.0.5.2', '7.3.2.1'], ['7.3.2.1', '7.3.2.8'], ['6.1.0.4', '7.1.0.0'],
  ])('from %s to %s is allowed', (from, to) => { expect(judgePath(from, to, false).allowed).toBe(true); });

  it.each<[string, string, string]>([
    ['7.3.2.1', '7.0.5.2', 'there is no downgrade, although the installer would not object'],
    ['7.3.2.1', '7.3.2.1', 'there is nothing to upgrade'],
    ['6.2.7.1', '7.3.2.1', 'upgrade to a release of 7.0, 7.1, 7.2 first; or, where the vendor\'s support agreed'],
    ['6.0.1.0', '7.2.2.0', '7.2 is entered from 6.1.0.0 or later'],
    ['7.3.2.1', '8.2.0.0', 'set target.newerThanKnown: true'],
    ['6.2.7.1', '6.9.0.0', 'is not among the releases that Lockkeeper knows'],
  ])('from %s to %s is refused with the way out', (from, to, why) => {
    const judged = judgePath(from, to, false);
    expect(judged.allowed ? '' : judged.why).toContain(why);
  });

  it.each([['6.2.7.1', '7.3.2.1'], ['7.3.2.1', '8.2.0.0']])('from %s to %s is allowed by the file\'s word, and said', (from, to) => {
    const judged = judgePath(from, to, true);
    expect(judged.allowed ? judged.notes.join(' ') : '').toContain('the file says to go on');
  });

  it('downwards or to the same is allowed by no word', () => {
    expect([judgePath('7.3.2.1', '7.3.2.0', true).allowed, judgePath('7.3.2.1', '7.3.2.1', true).allowed]).toEqual([false, false]);
  });

  it('names relays, agents and keys that must be seen to, where it passes the release that asks for it', () => {
    const notes = (from: string, to: string): string => { const judged = judgePath(from, to, true); return judged.allowed ? judged.notes.join(' ') : ''; };
    expect(notes('6.2.3.0', '7.0.5.2')).toContain('relays must be upgraded together');
    expect(notes('6.2.4.0', '7.0.5.2')).toBe('');
    expect(notes('7.1.0.0', '7.3.2.1')).toMatch(/JMS agents.*3DES/);
  });
});

it.each([
  ['7.0.5.2', 'a later 7.0, 7.1, 7.2 or 7.3'], ['6.0.1.0', 'a later 6.0, 6.1, 6.2 or 7.0'], ['6.2.7.1', 'a later 6.2, 7.0, 7.1 or 7.2'], ['7.3.2.1', 'a later 7.3'], ['8.1.0.0', 'a later 8.1'],
])('after %s may come %s, by the same table', (from, says) => { expect(releasesAfter(from)).toBe(says); });

it('knows what came with which release', () => {
  expect([hasAppData('6.1.1.4'), hasAppData('6.1.1.5'), relaysStandAlone('6.2.3.9'), relaysStandAlone('6.2.4.0'), needsAgentcommUri('6.2.7.1'), needsAgentcommUri('7.0.0.0'), hasMaintenanceMode('7.0.2.9'), hasMaintenanceMode('7.0.3.0'), hasFrontEnds('7.0.3.0')])
    .toEqual([false, true, false, true, false, true, false, true, true]);
});

it.each([['6.1.0.4', 6, 6], ['6.2.2.0', 8, 8], ['7.3.2.1', 8, 11], ['8.1.0.0', 11, 11], ['8.2.1.0', 17, 17]])('Java for %s is at least %i, warned of below %i', (release, atLeast, warnBelow) => {
  expect(javaFor(release)).toEqual({ atLeast, warnBelow });
});

it.each<[string, string, RegExp | 'unknown' | null]>([
  ['mysql', '7.3.2.1', null], ['Oracle', '7.3.2.1', null], ['sqlserver', '7.3.2.1', null], ['derby', '6.2.0.0', /cannot serve several servers/],
  ['postgres', '6.2.7.1', null], ['postgresql', '7.0.0.0', /ended with 7.0/], ['postgresql', '8.1.0.0', 'unknown'], ['h2', '7.3.2.1', 'unknown'],
])('the database %s for %s', (database, to, why) => {
  const said = whyNotDatabase(database, to);
  if (why instanceof RegExp) expect(said).toMatch(why);
  else expect(said).toBe(why);
});

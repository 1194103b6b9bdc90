/**
 * Turns what zod found into sentences. A schema's message is what is allowed; found and allowed together make the
 * sentence. In a union the branch that the writer meant is described, not the sum of all that could have been.
 */
import type { z } from 'zod';
import { nearest } from './did-you-mean.ts';
import { shownPart } from './problems.ts';
import type { Path, Problem } from './problems.ts';
import { isSecretPlace, secretIn } from './open-secrets.ts';

type Issue = z.core.$ZodIssue;

export function problemsOf(issues: readonly Issue[], above: Path = []): readonly Problem[] {
  return issues.flatMap((issue) => describe(issue, [...above, ...issue.path.map(plainPart)]));
}

function describe(issue: Issue, path: Path): readonly Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], aboutKey: true, says: unknownKey(key, issue.message) }));
    case 'invalid_key':
      return [{ path, aboutKey: true, says: `this key is not allowed here; expected ${issue.issues[0]?.message ?? 'a name'}` }];
    case 'invalid_union': {
      const meant = meantBranch(issue);
      return meant === undefined ? [mismatch(issue, path)] : problemsOf(meant, path);
    }
    default:
      return [mismatch(issue, path)];
  }
}

function mismatch(issue: Issue, path: Path): Problem {
  if (issue.input === undefined) return { path, says: `is missing; expected ${issue.message}` };
  const words = issue.code === 'invalid_value' ? issue.values.filter((value) => typeof value === 'string') : [];
  const hint = typeof issue.input === 'string' ? nearest(issue.input, words) : undefined;
  const meant = hint === undefined ? '' : `; did you mean "${hint}"?`;
  return { path, says: `found ${found(issue.input, path)}; expected ${issue.message}${meant}` };
}

function unknownKey(key: string, allowed: string): string {
  const meant = nearest(key, allowed.split(', '));
  return meant === undefined ? `unknown key; expected one of ${allowed}` : `unknown key; did you mean "${meant}"? Expected one of ${allowed}`;
}

/** What stands there, short, and never where a secret belongs or what looks like one. */
function found(input: unknown, path: Path): string {
  if (input === null) return 'nothing';
  if (isSecretPlace(path)) return 'something else, not shown here';
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list';
  if (typeof input === 'object') {
    const keys = Object.keys(input);
    return keys.length === 0 ? 'an empty mapping' : `a mapping with the keys ${keys.slice(0, 8).map((key) => shownPart(key)).join(', ')}`;
  }
  if (typeof input === 'number') return `the number ${input}`;
  if (typeof input !== 'string') return String(input);
  const secret = secretIn(input);
  return secret === undefined ? JSON.stringify(cut(input)) : `${secret}, not shown here`;
}

function cut(text: string): string {
  const enough = 60;
  return text.length <= enough ? text : `${text.slice(0, enough - 1)}…`;
}

/** The one branch that fits best what is there; undefined when none stands out. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const ranked = issue.errors.map((branch) => ({ branch, misfit: misfit(branch) })).sort((a, b) => a.misfit - b.misfit);
  const [best, second] = ranked;
  return best === undefined || best.misfit === Infinity || best.misfit === second?.misfit ? undefined : best.branch;
}

/** Keys that the branch misses, and keys that it does not know, which weigh a little more: people forget more than they invent. */
function misfit(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => {
    if (issue.path.length === 0) return sum + (issue.code === 'unrecognized_keys' ? issue.keys.length * 1.01 : Infinity);
    return sum + (issue.path.length === 1 && issue.input === undefined ? 1 : 0);
  }, 0);
}

function plainPart(part: PropertyKey): string | number {
  return typeof part === 'symbol' ? String(part) : part;
}

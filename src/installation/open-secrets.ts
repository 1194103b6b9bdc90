/** What looks like a secret itself, not like a reference to one, is refused wherever it stands and never printed. */
import type { Path, Problem } from './problems.ts';

// The keys that hold references, and the names people give to secrets. What was found below them is never printed.
const secretKeys = /^(uri|token|passphrase|publickey|privatekey)$|passw|secret/i;

export function isSecretPlace(path: Path): boolean {
  return path.some((part) => typeof part === 'string' && secretKeys.test(part));
}

// A password that is a shell variable ($PW, `cat f`) or the way programs name a file (file:, env:) is a reference too.
const signs: readonly (readonly [RegExp, string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:(?![$`])[^\s@/]+@/i, 'a URL with a password'],
  [/https?:\/\/(?![$`])[^\s/@]+@/i, 'a URL with a login'],
  [/(^|\s)--?pass(word|wd|phrase)?[= ]\s*(?!["']?([$`-]|(file|env|fd):|stdin))\S/i, 'a password'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
];

/** What kind of secret a text seems to hold, in words; undefined when none is seen. */
export function secretIn(text: string): string | undefined {
  return signs.find(([sign]) => sign.test(text))?.[1];
}

/** Every text of the value that shows a secret, wherever it stands. The sentence does not repeat it. */
export function openSecrets(value: unknown, path: Path = []): readonly Problem[] {
  if (typeof value === 'string') {
    const secret = isSecretPlace(path) ? undefined : secretIn(value);
    return secret === undefined ? [] : [{
      path,
      says: `holds ${secret}, not shown here; take it out: secrets are given as { env: NAME } or { file: path } where this file asks for one, and a command can read a file on its host`,
    }];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry, index) => openSecrets(entry, [...path, index]));
  return Object.entries(value).flatMap(([key, entry]) => openSecrets(entry, [...path, key]));
}

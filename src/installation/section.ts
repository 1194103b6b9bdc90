/**
 * The two ways in which the file's schema is put together. In every schema of this room an error message is not a
 * sentence but *what is allowed* ("a whole number from 1 to 65535"); `describe-issue.ts` makes the sentence around it.
 */
import { z } from 'zod';

/** A mapping with exactly these keys. For unknown keys the message is the list of those that are allowed. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const allowed = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? allowed : `a mapping with the keys ${allowed}`),
  });
}

/** One of a few words. */
export function oneWordOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return z.enum(words, { error: words.length === 1 ? words[0] : `one of ${words.join(', ')}` });
}

/** A list with at least one entry. */
export function listOf<Entry extends z.ZodType>(entry: Entry, what: string) {
  return z.array(entry, { error: what }).min(1, { error: what });
}

/** The known word that a mistyped one was probably meant to be, if one is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = plain(word);
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceBetween(typed, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  // A third of the letters wrong is still a typing mistake; more is another word. A word that was only begun counts too.
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(typed.length / 3))) return best.candidate;
  return typed.length < 3 ? undefined : known.find((candidate) => plain(candidate).startsWith(typed));
}

/** "known_hosts-file" and "knownHostsFile" are one word. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Letters to insert, delete or replace (Levenshtein), row by row. */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, letter] of [...a].entries()) {
    const next = [line + 1];
    for (const [column, other] of [...b].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

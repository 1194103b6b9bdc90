/** Paths on a host, as words. */

/** A folder without the slash at its end. */
export function trimmed(folder: string): string {
  return folder.replace(/\/+$/, '');
}

/** A path as find's patterns match it and nothing else. */
export function asPattern(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&');
}

/** A text as an extended regular expression that matches it and nothing else. */
export function asRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

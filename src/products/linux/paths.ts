/** Paths on a host, as words. */

/** A folder without the slash at its end. */
export function trimmed(folder: string): string {
  return folder.replace(/\/+$/, '');
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

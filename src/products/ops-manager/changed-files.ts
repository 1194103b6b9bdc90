/** Reads `dpkg -V` and `rpm -V`, which print alike. */

export interface ChangedFile { readonly path: string; readonly what: 'changed' | 'missing'; readonly configuration: boolean }

/**
 * "S.5....T.  c /etc/file" for a changed configuration file, "missing     /path" for a lost one. The third letter tells of
 * the contents ("?" when they could not be read); files that only changed owner, mode or time are left out.
 */
export function parseChangedFiles(listing: string): readonly ChangedFile[] {
  return listing.split('\n').flatMap((line) => {
    const [, flags, kind, path] = /^(missing|[.?0-9A-Za-z]{9})\s+(?:([a-z])\s+)?(\/.*?)(?: \(.*\))?$/.exec(line) ?? [];
    if (flags === undefined || path === undefined || !(flags === 'missing' || /[5?]/.test(flags.charAt(2)))) return [];
    return [{ path, what: flags === 'missing' ? 'missing' as const : 'changed' as const, configuration: kind === 'c' }];
  });
}

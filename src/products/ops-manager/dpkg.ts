/** Reads what dpkg and its relatives print. */

export interface PackageState {
  /** The package's own version: "4.4.18.100.20220101T0101Z-1". */
  readonly version: string;
  readonly architecture: string;
  /** `installed`: whole. `unfinished`: unpacked or half configured; an install was interrupted. `absent`: not there. */
  readonly state: 'installed' | 'unfinished' | 'absent';
}

/** Reads `dpkg-query -W` with version, status and architecture by tabs; null when the line is none. */
export function parsePackageState(line: string): PackageState | null {
  const [version, status, architecture] = line.trim().split('\t');
  if (version === undefined || status === undefined || architecture === undefined) return null;
  const letter = status.charAt(1);
  const state = letter === 'i' ? 'installed' : letter === 'n' || letter === 'c' ? 'absent' : 'unfinished';
  return { version, architecture, state };
}

/** `dpkg-query` says so, on stderr, when the package was never there. */
export function isNotInstalled(stderr: string): boolean {
  return /no packages found matching/.test(stderr);
}

export interface PackageFile { readonly name: string; readonly version: string; readonly architecture: string }

/** Reads the control fields of a package: `dpkg-deb -f FILE Package Version Architecture`, or a control file. */
export function parseControl(text: string): PackageFile | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(\\S+)`, 'm').exec(text)?.[1];
  const name = field('Package'), version = field('Version'), architecture = field('Architecture');
  return name && version && architecture ? { name, version, architecture } : null;
}

export interface ChangedFile { readonly path: string; readonly what: 'changed' | 'missing'; readonly configuration: boolean }

/** Reads `dpkg -V`: "??5?????? c /etc/file" for a changed configuration file, "missing     /path" for a lost one. */
export function parseChangedFiles(listing: string): readonly ChangedFile[] {
  return listing.split('\n').flatMap((line) => {
    const found = /^(missing|[.?0-9A-Za-z]{9})\s+(?:([a-z])\s+)?(\/.*?)(?: \(.*\))?$/.exec(line);
    if (!found?.[3]) return [];
    return [{ path: found[3], what: found[1] === 'missing' ? 'missing' as const : 'changed' as const, configuration: found[2] === 'c' }];
  });
}

/** dpkg did nothing because another package manager was at work. */
export function isLockedOut(output: string): boolean {
  return /dpkg: error: (?:dpkg (?:frontend|database) (?:lock )?(?:was|is) locked by another process|parsing file .* locked)/.test(output);
}

/** Whether the boot links of a runlevel start the service: "S01mongodb-mms-backup-daemon". */
export function isStartedAtBoot(links: string, service: string): boolean {
  return links.split('\n').some((link) => /^S\d\d/.test(link) && link.slice(3).trim() === service);
}

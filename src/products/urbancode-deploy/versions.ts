/** Releases of UrbanCode Deploy: how they are written, which upgrades are allowed, what each needs. */
export type PathJudgement =
  | { readonly allowed: false; readonly why: string }
  | { readonly allowed: true; readonly notes: readonly string[] };

/** Four numbers out of "7.3.2.1", "7.3.2.1.1161889" or "7.3.2" (then the fourth is 0); null when there are none. */
export function releaseOf(text: string): string | null {
  const found = /^(\d+)\.(\d+)\.(\d+)(?:\.(\d+))?(?![\d])/.exec(text.trim());
  return found ? [found[1], found[2], found[3], found[4] ?? '0'].map(Number).join('.') : null;
}

/** Negative when a is older than b, zero when they are the same release. */
export function compareReleases(a: string, b: string): number {
  const left = a.split('.').map(Number), right = b.split('.').map(Number);
  for (const at of [0, 1, 2, 3]) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What a release brought or took; each is asked of a release as four numbers. */
const since = (first: string) => (release: string): boolean => compareReleases(release, first) >= 0;
/** The application data has a place of its own; before, it is below the install dir. (Guide, step 6.) */
export const hasAppData = since('6.1.1.5');
/** Until then relays must be upgraded together with the servers. (Vendor's page "Upgrading the server": 6.1 to 6.2.3.0.) */
export const relaysStandAlone = since('6.2.4.0');
/** An unattended installer needs agentcomm.uri. */
export const needsAgentcommUri = since('7.0.0.0');
export const hasMaintenanceMode = since('7.0.3.0');
export const hasFrontEnds = since('7.0.3.0');

/** Releases of Ops Manager: how they are written, which upgrade paths the vendor supports. */

/** major.minor.patch out of "4.4.18", "4.4.18.100.20220101T0101Z-1" or "1:4.4.18-1"; null when there is none. */
export function releaseOf(text: string): string | null {
  return /^(?:\d+:)?(\d+\.\d+\.\d+)(?![\d])/.exec(text.trim())?.[1] ?? null;
}

/** Negative when a is older than b, zero when they are the same release. Both as major.minor.patch. */
export function compareReleases(a: string, b: string): number {
  const left = a.split('.').map(Number), right = b.split('.').map(Number);
  for (const at of [0, 1, 2]) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The vendor's major release: "4.4" of "4.4.18". */
export function majorOf(release: string): string {
  return release.split('.').slice(0, 2).join('.');
}

interface Major {
  readonly major: string;
  /** The oldest release from which the next major may be entered. */
  readonly leaveFrom?: string;
  /** The oldest Application Database it works with. `documented`: older ones are refused; else only warned of. */
  readonly applicationDatabase: { readonly atLeast: string; readonly documented: boolean };
}

/**
 * One major at a time, in this order. Sources: the vendor's upgrade tutorial (paths; 8.0 does not start on an Application Database below
 * 6.0) and release notes (4.2.24, 4.4.13). The other Application Database versions are deduced, so they only warn.
 */
const MAJORS: readonly Major[] = [
  { major: '4.2', leaveFrom: '4.2.24', applicationDatabase: { atLeast: '3.6', documented: false } },
  { major: '4.4', leaveFrom: '4.4.13', applicationDatabase: { atLeast: '4.0', documented: false } },
  { major: '5.0', applicationDatabase: { atLeast: '4.2', documented: false } },
  { major: '6.0', applicationDatabase: { atLeast: '4.2', documented: false } },
  { major: '7.0', applicationDatabase: { atLeast: '5.0', documented: false } },
  { major: '8.0', applicationDatabase: { atLeast: '6.0', documented: true } },
];
const NEWEST = MAJORS[MAJORS.length - 1]!;

/** Why the path is refused, as a sentence, and what to know about one that is allowed. */
export type PathJudgement =
  | { readonly allowed: false; readonly why: string }
  | { readonly allowed: true; readonly notes: readonly string[] };

/** May Ops Manager go from one release to the other in one upgrade? Both as major.minor.patch. */
export function judgePath(from: string, to: string, newerThanKnown: boolean): PathJudgement {
  const refuse = (why: string): PathJudgement => ({ allowed: false, why });
  const direction = compareReleases(to, from);
  if (direction < 0) return refuse(`${to} is older than ${from}, which runs: Ops Manager has no downgrade; the only way back is the backup of the Application Database.`);
  if (direction === 0) return refuse(`The hosts already run ${to}: there is nothing to upgrade.`);
  if (compareReleases(from, '4.2.0') < 0) return refuse(`${from} knows no Upgrade Mode, which begins with 4.2: upgrade to 4.2 by the vendor's guide with a full stop first.`);
  return judgeMajors(from, to, newerThanKnown);
}

function judgeMajors(from: string, to: string, newerThanKnown: boolean): PathJudgement {
  const refuse = (why: string): PathJudgement => ({ allowed: false, why });
  const at = MAJORS.findIndex(({ major }) => major === majorOf(from));
  const target = MAJORS.findIndex(({ major }) => major === majorOf(to));
  const newer = compareReleases(`${majorOf(to)}.0`, `${NEWEST.major}.0`) > 0;
  if (majorOf(from) === majorOf(to)) {
    return newer && !newerThanKnown ? refuse(unknownRelease(to)) : { allowed: true, notes: notesOn(from, to) };
  }
  if (newer) {
    if (!newerThanKnown) return refuse(unknownRelease(to));
    return at === MAJORS.length - 1 || at < 0 && compareReleases(from, `${NEWEST.major}.0`) > 0
      ? { allowed: true, notes: [`${to} is newer than the releases that Lockkeeper knows; the file says to go on.`] }
      : refuse(`From ${from} the next release is ${MAJORS[at + 1]?.major ?? 'not known'}, not ${majorOf(to)}: upgrade to ${MAJORS[at + 1]?.major ?? 'it'} first.`);
  }
  if (at < 0) return refuse(`${from} is not a release that Lockkeeper knows; it knows ${MAJORS.map(({ major }) => major).join(', ')}.`);
  if (target < 0) return refuse(`${to} is not a release that Lockkeeper knows; it knows ${MAJORS.map(({ major }) => major).join(', ')}.`);
  const next = MAJORS[at + 1]!;
  if (target > at + 1) return refuse(`From ${from} to ${to} skips ${next.major}: majors are upgraded one at a time, so upgrade to ${next.major} first.`);
  const leaveFrom = MAJORS[at]!.leaveFrom;
  if (leaveFrom && compareReleases(from, leaveFrom) < 0) {
    return refuse(`${majorOf(to)} is entered from ${leaveFrom} or later, and ${from} runs: upgrade to ${leaveFrom} or later first.`);
  }
  return { allowed: true, notes: notesOn(from, to) };
}

function unknownRelease(to: string): string {
  return `${to} is newer than ${NEWEST.major}, the newest release that Lockkeeper knows: read its release notes, then set target.newerThanKnown: true to go on.`;
}

function notesOn(from: string, to: string): readonly string[] {
  const below = [...new Set([from, to])].filter((release) => majorOf(release) === '4.4' && compareReleases(release, '4.4.13') < 0);
  return below.length === 0 ? []
    : [`Releases below 4.4.13 (here ${below.join(' and ')}) could turn API writes back on during an upgrade: keep automation that writes away from Ops Manager until it is over.`];
}

/** The oldest Application Database that the release works with; null for a release that is not in the table. */
export function applicationDatabaseFor(release: string): { readonly atLeast: string; readonly documented: boolean } | null {
  return MAJORS.find(({ major }) => major === majorOf(release))?.applicationDatabase ?? null;
}

/** Which releases may follow, in words for a person who has to choose one: "a later 4.4, or 5.0". */
export function releasesAfter(from: string): string {
  const at = MAJORS.findIndex(({ major }) => major === majorOf(from));
  if (at < 0) return `not known to Lockkeeper, whose table begins with ${MAJORS[0]!.major} and ends with ${NEWEST.major}`;
  const { major, leaveFrom } = MAJORS[at]!, next = MAJORS[at + 1]?.major;
  if (next === undefined) return `a later ${major}`;
  return leaveFrom && compareReleases(from, leaveFrom) < 0 ? `a later ${major}; ${next} is entered from ${leaveFrom} or later` : `a later ${major}, or ${next}`;
}

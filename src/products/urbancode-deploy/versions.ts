/** Releases of UrbanCode Deploy: how they are written, which upgrades are allowed, what each needs. */
export type PathJudgement =
  | { readonly allowed: false; readonly why: string }
  | { readonly allowed: true; readonly notes: readonly string[] };

/** Four numbers out of "7.3.2.1", "7.3.2.1.1161889" or "7.3.2" (then the fourth is 0); null when there are none. */
export function releaseOf(text: string): string | null {
  const found = /^(\d+)\.(\d+)\.(\d+)(?:\.(\d+))?(?![\d])/.exec(text.trim());
  return found ? [found[1], found[2], found[3], found[4] ?? '0'].map(Number).join('.') : null;
}

/** The release in a version mark, which is a properties file; null when it names none: cut off, or not a mark. */
export function readMark(text: string): string | null {
  const written = /^\s*installed\.version\s*[=:]\s*(\S+)\s*$/m.exec(text)?.[1];
  return written === undefined ? null : releaseOf(written);
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

interface Major {
  readonly major: string;
  /** The oldest release from which this one is entered in one upgrade. `documented`: the vendor's page says so; else it is deduced from its neighbours. */
  readonly enteredFrom: { readonly release: string; readonly documented: boolean };
}

/**
 * Sources: the vendor's pages "Upgrading the server", of 6.2.5 and 7.0.2 (from 6.0), of 7.2.2 (from 6.1) and of 7.3.2 (from 7.0,
 * "contact support for all other versions"). For 8 they name no oldest release any more: it is not in the table.
 */
const MAJORS: readonly Major[] = [
  { major: '6.0', enteredFrom: { release: '6.0.0.0', documented: true } },
  { major: '6.1', enteredFrom: { release: '6.0.0.0', documented: true } },
  { major: '6.2', enteredFrom: { release: '6.0.0.0', documented: true } },
  { major: '7.0', enteredFrom: { release: '6.0.0.0', documented: true } },
  { major: '7.1', enteredFrom: { release: '6.1.0.0', documented: false } },
  { major: '7.2', enteredFrom: { release: '6.1.0.0', documented: true } },
  { major: '7.3', enteredFrom: { release: '7.0.0.0', documented: true } },
];
const NEWEST = MAJORS[MAJORS.length - 1]!;

const majorOf = (release: string): string => release.split('.').slice(0, 2).join('.');

/** May an installation go from one release to the other in one upgrade? `newerThanKnown`: the file's word that what the table does not hold may be tried. */
export function judgePath(from: string, to: string, newerThanKnown: boolean): PathJudgement {
  const refuse = (why: string): PathJudgement => ({ allowed: false, why });
  const direction = compareReleases(to, from);
  if (direction < 0) return refuse(`${to} is older than ${from}, which is installed: there is no downgrade, although the installer would not object; the only way back is the backup.`);
  if (direction === 0) return refuse(`The hosts already run ${to}: there is nothing to upgrade.`);
  const target = MAJORS.find(({ major }) => major === majorOf(to));
  if (target === undefined) {
    if (!newerThanKnown) return refuse(`${to} is not among the releases that Lockkeeper knows, which end with ${NEWEST.major}: read its upgrade notes, then set target.newerThanKnown: true to go on.`);
    return { allowed: true, notes: [`${to} is not among the releases that Lockkeeper knows; the file says to go on.`, ...notesOn(from, to)] };
  }
  const { release: oldest, documented } = target.enteredFrom;
  if (compareReleases(from, oldest) >= 0) return { allowed: true, notes: [...(documented ? [] : [`That ${target.major} may be entered from ${majorOf(from)} is deduced from the vendor's pages of its neighbours.`]), ...notesOn(from, to)] };
  if (!newerThanKnown) return refuse(`${target.major} is entered from ${oldest} or later, and ${from} is installed: upgrade to ${stepBetween(from, to)} first; or, where the vendor's support agreed to one step, set target.newerThanKnown: true.`);
  return { allowed: true, notes: [`The vendor supports ${target.major} from ${oldest} on, and ${from} is installed: the file says to go on.`, ...notesOn(from, to)] };
}

/** What may be installed next on a release, for people: "a later 7.0, 7.1, 7.2 or 7.3". */
export function releasesAfter(from: string): string {
  const next = MAJORS.filter(({ major, enteredFrom }) => compareReleases(`${major}.0.0`, `${majorOf(from)}.0.0`) > 0 && compareReleases(from, enteredFrom.release) >= 0);
  const all = [`a later ${majorOf(from)}`, ...next.map(({ major }) => major)], last = all.pop();
  return all.length === 0 ? last ?? '' : `${all.join(', ')} or ${last}`;
}

/** Majors that may be entered from the one and left for the other, for people. */
function stepBetween(from: string, to: string): string {
  const entered = MAJORS.find(({ major }) => major === majorOf(to))?.enteredFrom.release ?? to;
  const steps = MAJORS.filter(({ major, enteredFrom }) => compareReleases(`${major}.0.0`, entered) >= 0 && compareReleases(`${major}.0.0`, `${majorOf(to)}.0.0`) < 0 && compareReleases(from, enteredFrom.release) >= 0);
  return steps.length === 0 ? 'a release between them, step by step' : `a release of ${steps.map(({ major }) => major).join(', ')}`;
}

/** What people must do besides, or should know. */
function notesOn(from: string, to: string): readonly string[] {
  const crosses = (release: string): boolean => compareReleases(from, release) < 0 && compareReleases(to, release) >= 0;
  return [
    ...(relaysStandAlone(from) ? [] : [`Below 6.2.4 relays must be upgraded together with the servers: agents behind a relay may stay away until it is upgraded, too.`]),
    ...(crosses('7.2.0.0') ? ['From about 7.2 on servers take no JMS agents any more (deduced from the ports that the vendor lists): migrate them to web agents before, which 7.0.1 and later can.'] : []),
    ...(crosses('7.3.0.0') ? ['7.3 does not read keys encrypted with 3DES: rotate and delete them before (vendor, "Upgrading the server").'] : []),
  ];
}

/** The oldest Java of a release: with less it is refused, with less than `warnBelow` only warned of. */
export interface JavaNeeds { readonly atLeast: number; readonly warnBelow: number }

/**
 * Sources: "Upgrading the server" of 6.2.3 and 7.0.2 (8 from 6.2.2 on), of 7.0.5 and 7.1.0 (8 on one page, 11 on another), of 8.1
 * (11) and 8.2 (17). Below 6.2.2 the installer itself asks for 6; 11 for 7.3 and 8.0 is deduced, so it only warns.
 */
const JAVA: readonly (JavaNeeds & { readonly from: string })[] = [
  { from: '8.2.0.0', atLeast: 17, warnBelow: 17 },
  { from: '8.1.0.0', atLeast: 11, warnBelow: 11 },
  { from: '7.0.5.0', atLeast: 8, warnBelow: 11 },
  { from: '6.2.2.0', atLeast: 8, warnBelow: 8 },
  { from: '0.0.0.0', atLeast: 6, warnBelow: 6 },
];

export function javaFor(release: string): JavaNeeds {
  const { atLeast, warnBelow } = JAVA.find(({ from }) => compareReleases(release, from) >= 0) ?? JAVA[JAVA.length - 1]!;
  return { atLeast, warnBelow };
}

/** Databases that servers of any release share, as the product names them in its properties. */
const SHARED_DATABASES = ['mysql', 'mariadb', 'oracle', 'sqlserver', 'db2', 'db2zos'];

/**
 * Why a database cannot go on with the release, as a sentence; `unknown` for one that Lockkeeper does not know; null when it
 * can. PostgreSQL ended with 7.0, and whether 8 takes it again is not in this table; Derby is for one server only (vendor: evaluation).
 */
export function whyNotDatabase(database: string, to: string): string | 'unknown' | null {
  const kind = database.toLowerCase();
  if (kind.includes('derby')) return 'Derby cannot serve several servers: move the installation to another database first.';
  if (kind.includes('postgres')) return compareReleases(to, '7.0.0.0') < 0 ? null : compareReleases(to, '8.0.0.0') < 0 ? `PostgreSQL is no database of ${to} (it ended with 7.0): move the installation to another one first.` : 'unknown';
  return SHARED_DATABASES.some((known) => kind.startsWith(known)) ? null : 'unknown';
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

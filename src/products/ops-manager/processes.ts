/**
 * Reads a host's process list: which of Ops Manager's processes live.
 *
 * The names of the services never show in the list. The application and the Backup Daemon are JVMs told apart by their
 * application id and main class; helpers of a start carry the same ids with other classes; a script at work on a
 * service names it together with a verb. "Nothing found" counts only from a list that holds what must be there.
 */
import type { Seen } from '../../upgrade/outcome.ts';
import { VENDOR_NAMES, type ServiceNames } from '../../upgrade/service-names.ts';
import { canSee, isReader, programName, shownProcess, type Process } from '../linux/processes.ts';
import { mayCome, unitSays, type Unit } from '../linux/units.ts';

export type Part = 'application' | 'daemon';
/** `main` serves; `migration` and `helper` belong to a start; `script` is a start or stop at work. */
export type Place = 'main' | 'migration' | 'helper' | 'script';
export interface Sighting { readonly part: Part; readonly place: Place; readonly process: Process }

const APP_IDS: Readonly<Record<string, Part>> = { '-Dapp-id=mms': 'application', '-Dapp-id=bgrid': 'daemon' };
const MAIN: Readonly<Record<Part, string>> = {
  application: 'com.xgen.svc.core.ServerMain',
  daemon: 'com.xgen.svc.brs.grid.Daemon',
};
const MIGRATION = 'com.xgen.svc.common.migration.MigrationRunner';
const VERBS = new Set(['start', 'stop', 'restart', 'start_mms', 'stop_mms', 'start_backup_daemon', 'stop_backup_daemon']);
/** What the process is to Ops Manager, or null when nothing; the vendor's names count beside the site's own. */
export function sightingOf(process: Process, own: ServiceNames = VENDOR_NAMES): Sighting | null {
  const services: Readonly<Record<string, Part>> = Object.fromEntries([VENDOR_NAMES, own].flatMap((names) => [[names.application, 'application'], [names.backupDaemon, 'daemon']]));
  const words = process.args.split(/\s+/);
  const part = words.map((word) => APP_IDS[word]).find((found) => found !== undefined);
  if (part) {
    const place = words.includes(MAIN[part]) ? 'main' : words.includes(MIGRATION) ? 'migration' : 'helper';
    return { part, place, process };
  }
  if (isReader(words)) return null;
  for (const [at, word] of words.entries()) {
    const served = services[programName(word)];
    if (!served) continue;
    if (VERBS.has(words[at + 1] ?? '')) return { part: served, place: 'script', process };
    // Daemons of old releases carry the service's name themselves.
    if (served === 'daemon' && at === 0) return { part: served, place: 'main', process };
  }
  return null;
}

function sightings(processes: readonly Process[], part: Part, names: ServiceNames | undefined): readonly Sighting[] {
  return processes.flatMap((process) => {
    const sighting = sightingOf(process, names);
    return sighting?.part === part ? [sighting] : [];
  });
}

export interface PartSighting {
  readonly running: Seen;
  readonly process?: Process | undefined;
  /** It certainly has no process, but systemd may start one any moment. */
  readonly comes?: boolean | undefined;
  /** Everything of this part that lives, helpers and scripts too. */
  readonly all: readonly Sighting[];
  readonly why: string;
}

/**
 * Whether a part of Ops Manager runs. `no` only when the list can be trusted and holds neither its process, nor a
 * helper, nor a script at work on it, nor a process of the product that its pid file names, and no unit is about to start it.
 */
export function lookFor(part: Part, seen: { readonly processes: readonly Process[]; readonly pidFile: number | null; readonly runAs: string; readonly installDir: string; readonly names?: ServiceNames; readonly unit?: Unit | null }): PartSighting {
  const all = sightings(seen.processes, part, seen.names);
  const name = part === 'application' ? 'The application' : 'The Backup Daemon';
  const main = all.find((sighting) => sighting.place === 'main');
  if (main) return { running: 'yes', process: main.process, all, why: `${name} runs as process ${main.process.pid}.` };
  if (!canSee(seen.processes)) return { running: 'unknown', all, why: 'The process list is not complete: process 1 is not in it.' };
  const named = seen.processes.find((process) => process.pid === seen.pidFile);
  if (named && (named.user === seen.runAs || named.args.includes(`${seen.installDir}/`))) {
    return { running: 'yes', process: named, all, why: `${name}'s pid file names the live process ${named.pid}.` };
  }
  const other = all[0];
  if (other) {
    return { running: 'unknown', process: other.process, all, why: `${name} has no process of its own, but ${other.place === 'script' ? 'a script' : 'a helper'} of it is at work: process ${other.process.pid}.` };
  }
  if (seen.unit && mayCome(seen.unit)) return { running: 'unknown', comes: true, all, why: `${name} has no process, but systemd is not done with it: ${unitSays(seen.unit)}` };
  return { running: 'no', all, why: `${name} has no process.` };
}

/** Of a JVM's hundred words a person needs the program, the application id and the main class. */
export function shown(process: Process): string {
  return shownProcess(process, (word) => word.startsWith('-Dapp-id='));
}

/**
 * Where systemd is PID 1, services are its units: looked at before anything is typed, because nothing else tells whether a
 * start goes through it, whether it will start again what was stopped, and why a start that it accepted has failed.
 */
import { commandsFor, type OpsManagerCommands } from '../../src/products/ops-manager/commands.ts';
import { tail } from '../../src/products/ops-manager/logs.ts';
import { namesOf } from '../../src/upgrade/service-names.ts';
import type { PartSighting } from '../../src/products/ops-manager/processes.ts';
import { isBooted, journal, lastStart, mayCome, restarts, showFiles, unitSays, type Unit } from '../../src/products/linux/units.ts';
import { NO_UNITS, ownerOf, readUnits, showUnits, type Service, type Units } from '../../src/products/ops-manager/systemd.ts';
import type { HostAtWork } from './host-at-work.ts';

/** `unknown`: systemd is there and gave no answer that can be read. Without systemd there are no units. */
export async function lookAtUnits(at: HostAtWork): Promise<Units | 'unknown'> {
  const booted = await at.look(isBooted);
  if (booted.code === undefined) return 'unknown';
  if (booted.code !== 0) return NO_UNITS;
  const names = namesOf(at.host);
  return readUnits(await at.look(showUnits(names)), names);
}

/** What to type now. Where systemd gave no answer, `service` finds the unit by itself. */
export function commandsWith(at: HostAtWork, units: Units | 'unknown'): OpsManagerCommands {
  return units === 'unknown' ? at.commands : commandsFor(at.host, units);
}

/** What the unit's journal holds of its last start; nothing where there is no unit or no journal. */
export async function journalOf(at: HostAtWork, unit: Unit | null): Promise<string> {
  if (unit === null) return '';
  const { code, stdout } = await at.look(journal(unit));
  return code === 0 ? lastStart(stdout, unit) : '';
}

/** How the unit ended and what it said meanwhile: why a start came to nothing. Nothing where there is no unit. */
export async function unitAndJournal(at: HostAtWork, service: Service): Promise<string> {
  const unit = ownerOf(service, await lookAtUnits(at));
  return unit === null ? '' : `${unitSays(unit)}\n${tail(await journalOf(at, unit), 12)}`;
}

/** Why something still runs, or may, after its unit was stopped; nothing where systemd has no part in it. */
export async function whyStillThere(at: HostAtWork, unit: Unit | null, { running }: PartSighting): Promise<string> {
  if (unit === null || running === 'no') return '';
  if (running === 'yes' && !mayCome(unit)) return `${unitSays(unit)} What runs was started behind its back, and systemctl does not stop it: stop it the way it was started.`;
  const again = restarts(unit, (await at.look(showFiles(unit.name))).stdout);
  return again === null ? unitSays(unit) : `${unitSays(unit)} It has ${again}: what is stopped behind systemd's back comes again.`;
}

/** Ops Manager's two services where systemd is PID 1: which of them it has a unit of. */
import type { Command } from '../../upgrade/command.ts';
import type { ServiceNames } from '../../upgrade/service-names.ts';
import type { Printed } from '../linux/printed.ts';
import { readUnits as readAny, showUnits as showAny, unitOf, type Unit } from '../linux/units.ts';

export type Service = 'application' | 'backupDaemon';
export const SERVICES = ['application', 'backupDaemon'] as const satisfies readonly Service[];

/** The services that systemd has a unit of; null where it has none. */
export type Units = Readonly<Record<Service, Unit | null>>;
export const NO_UNITS: Units = { application: null, backupDaemon: null };

/** The unit that owns a service; null where there is none, and where systemd gave no answer. */
export function ownerOf(service: Service, units: Units | 'unknown'): Unit | null {
  return units === 'unknown' ? null : units[service];
}

const unitsOf = ({ application, backupDaemon }: ServiceNames): readonly [string, string] => [unitOf(application), unitOf(backupDaemon)];

export function showUnits(names: ServiceNames): Command {
  return showAny(...unitsOf(names));
}

/** `unknown` when it cannot be read. */
export function readUnits(printed: Pick<Printed, 'code' | 'stdout'>, names: ServiceNames): Units | 'unknown' {
  const units = readAny(printed, ...unitsOf(names));
  return units === 'unknown' ? 'unknown' : { application: units[0] ?? null, backupDaemon: units[1] ?? null };
}

/**
 * Units where systemd is PID 1: what is asked of it, what it answers, and what is typed. Read on systemd 252; the properties
 * are those of 219 (RHEL 7), too.
 */
import { asLogin, asRoot, type Command } from '../../upgrade/command.ts';
import type { Seen } from '../../upgrade/outcome.ts';
import type { Printed } from './printed.ts';

/** There exactly where systemd is PID 1: sd_booted(3). */
export const BOOTED = '/run/systemd/system';
export const isBooted: Command = asLogin('ls', '-1d', BOOTED);

/** A unit as `systemctl show` printed it. */
export interface Unit {
  readonly name: string;
  /** `loaded`, or why systemd cannot use it: `masked`, `error`, `bad-setting`. */
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  /** How it ended last: `success`, `exit-code`, `timeout`, `start-limit-hit`. */
  readonly result: string;
  readonly type: string;
  readonly restart: string;
  readonly dropIns: readonly string[];
  readonly atBoot: string;
  /** Whether what goes on running after a stop is killed, and after how many seconds; null: never by time. */
  readonly kills: boolean;
  readonly stopLimit: number | null;
  readonly startLimit: number | null;
  /** When its last start began, in seconds of the host's monotonic clock; null when it was never started. */
  readonly began: number | null;
}

const PROPERTIES = [
  'Id', 'LoadState', 'ActiveState', 'SubState', 'Result', 'Type', 'Restart', 'DropInPaths', 'UnitFileState', 'KillMode', 'SendSIGKILL',
  'GuessMainPID', 'PIDFile', 'TimeoutStartUSec', 'TimeoutStopUSec', 'InactiveExitTimestampMonotonic',
];

export function unitOf(service: string): string {
  return `${service}.service`;
}

/** Asks for units by their names, with their endings. */
export function showUnits(...units: readonly string[]): Command {
  return asLogin('systemctl', 'show', '-p', PROPERTIES.join(','), ...units);
}

/** Shows the unit's file and its drop-ins, each below its path. */
export function showFiles(unit: string): Command {
  return asLogin('systemctl', 'cat', unit);
}

/** One for each that was asked for, null where systemd has none. `unknown` when it cannot be read: a unit that systemd does not have is told of, too. */
export function readUnits({ code, stdout }: Pick<Printed, 'code' | 'stdout'>, ...units: readonly string[]): readonly (Unit | null)[] | 'unknown' {
  const shown = stdout.trim().split(/\n\n+/).map(fields);
  if (code !== 0 || shown.length !== units.length || shown.some((unit) => !unit.get('LoadState'))) return 'unknown';
  // A unit may go by an alias: then Id is its own name, and the order tells which was asked for.
  return units.map((name, at) => readUnit(shown[at] ?? new Map(), name));
}

function fields(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function readUnit(shown: ReadonlyMap<string, string>, name: string): Unit | null {
  const of = (property: string): string => shown.get(property) ?? '';
  if (of('LoadState') === 'not-found') return null;
  const began = Number(of('InactiveExitTimestampMonotonic')) / 1_000_000;
  return {
    name, load: of('LoadState'), active: of('ActiveState'), sub: of('SubState'), result: of('Result'), type: of('Type'), restart: of('Restart'),
    dropIns: of('DropInPaths').split(' ').filter((path) => path !== ''), atBoot: of('UnitFileState'),
    // KillMode=process spares all but the unit's main process. Of one that forks, systemd knows it only by these.
    kills: of('SendSIGKILL') !== 'no' && (['control-group', 'mixed'].includes(of('KillMode'))
      || (of('KillMode') === 'process' && (of('Type') !== 'forking' || of('GuessMainPID') === 'yes' || of('PIDFile') !== ''))),
    stopLimit: seconds(of('TimeoutStopUSec')), startLimit: seconds(of('TimeoutStartUSec')), began: began > 0 ? began : null,
  };
}

const SPANS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3_600, d: 86_400, w: 604_800, month: 2_629_800, y: 31_557_600 };

/** "1h 11min" in seconds; null for "infinity" and what is no span of time. */
function seconds(span: string): number | null {
  const parts = span.split(' ').map((part) => /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(part));
  if (parts.some((part) => part === null || SPANS[part[2] ?? ''] === undefined)) return null;
  return parts.reduce((sum, part) => sum + Number(part?.[1]) * (SPANS[part?.[2] ?? ''] ?? 0), 0);
}

/** `Restart=` and the file that says so; null where nothing is started again. `files` is what `showFiles` printed, if it could. */
export function restarts({ restart, dropIns }: Unit, files: string): string | null {
  if (restart === 'no' || restart === '') return null;
  let path: string | undefined, by: string | undefined;
  for (const line of files.split('\n')) {
    path = /^# (\/\S+)$/.exec(line)?.[1] ?? path;
    if (/^\s*Restart\s*=/.test(line)) by = path;
  }
  const where = by ?? (dropIns.length > 0 ? dropIns.join(', ') : undefined);
  return `Restart=${restart}${where === undefined ? '' : ` (${where})`}`;
}

/** As a person reads it: "mongodb-mms.service is failed (exit-code)". */
export function unitSays({ name, active, sub, result }: Unit): string {
  return `${name} is ${active} (${active === 'failed' ? result : sub}).`;
}

/** Its process may be there any moment although the list does not show it: systemd starts it, stops it or believes that it runs. */
export function mayCome({ active, sub }: Pick<Unit, 'active' | 'sub'>): boolean {
  return !(active === 'inactive' || active === 'failed' || (active === 'active' && sub === 'exited'));
}

/** `unknown` where only other units tell; null where the boot links do, because the unit was made from an init script. */
export function unitAtBoot({ atBoot }: Pick<Unit, 'atBoot'>): Seen | null {
  if (atBoot === 'generated') return null;
  if (atBoot === 'enabled' || atBoot === 'enabled-runtime') return 'yes';
  return atBoot === 'disabled' || atBoot.startsWith('masked') ? 'no' : 'unknown';
}

/** As much of a unit as decides what is typed. */
export interface Owner { readonly name: string; readonly sub?: string | undefined }

/**
 * Starts through systemd. A unit made from an init script stays "active (exited)" when its process has ended, and starting
 * what is active does nothing: it is started anew.
 */
export function startUnit({ name, sub }: Owner): Command {
  return asRoot('systemctl', sub === 'exited' ? 'restart' : 'start', name);
}

export function stopUnit({ name }: Owner): Command {
  return asRoot('systemctl', 'stop', name);
}

export function setAtBoot({ name }: Owner, is: 'yes' | 'no'): Command {
  return asRoot('systemctl', is === 'yes' ? 'enable' : 'disable', name);
}

/** The end of the unit's journal since the host booted, with systemd's own lines about it. */
export function journal({ name }: Owner): Command {
  return asRoot('journalctl', '-u', name, '-b', '-n', '400', '--no-pager', '-o', 'short-monotonic');
}

/** What the journal holds of the last start, without times and names. */
export function lastStart(journal: string, { began }: Pick<Unit, 'began'>): string {
  return journal.split('\n').flatMap((line) => {
    const entry = /^\[\s*(\d+\.\d+)\] \S+ [^:]*: (.*)$/.exec(line);
    return entry !== null && began !== null && Number(entry[1]) >= began ? [entry[2] ?? ''] : [];
  }).join('\n');
}

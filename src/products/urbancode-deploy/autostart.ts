/**
 * Who could start a server by itself while installers run: systemd, boot links, cron, monit.
 *
 * Each kind has one look, which lists what is switched on; one way to switch all of it off; one way to put it back. So "off"
 * is proven by a look that lists nothing, and "as before" by one that lists what was noted. What is typed depends on the
 * installation file alone, never on what was found: so sudo can be given exactly these commands.
 */
import { asLogin, asRoot, type Command } from '../../upgrade/command.ts';
import type { Autostart } from '../../upgrade/urbancode-facts.ts';
import { asRegex, trimmed } from '../linux/paths.ts';
import { troubles, type Printed } from '../linux/printed.ts';
import { setAtBoot, unitOf } from '../linux/units.ts';
import type { TypedOn } from './commands.ts';
import { layoutOf } from './layout.ts';
import { LINKS_OFF, LINKS_ON, LOOK_AT_LINKS, LOOK_AT_MONIT, LOOK_AT_TABLES, MONIT_OFF, MONIT_ON, TABLES_OFF, TABLES_ON } from './autostart-scripts.ts';

export interface Starter {
  readonly kind: Autostart['kind'];
  readonly look: Command;
  /** What is switched on; `unknown` when that could not be seen. */
  read(printed: Printed): readonly Autostart[] | 'unknown';
  /** Safe to repeat; nothing where nothing is on. */
  readonly switchOff: readonly Command[];
  /** Undoes what `switchOff` did, and nothing else; `was` is what the look listed before it. */
  putBack(was: readonly Autostart[]): readonly Command[];
  /** All that `putBack` may type, whatever was found. */
  readonly everyPutBack: readonly Command[];
}

/** Every kind on a Linux host. */
export function startersOf(host: TypedOn): readonly Starter[] {
  return [systemd(host), sysv(host), cron(host), monit(host)];
}

/** Services that the file's own commands name: "ucd" of "sudo systemctl start ucd.service", "service ucd start", "/etc/init.d/ucd start". */
export function ownServices({ service }: Pick<TypedOn, 'service'>): readonly string[] {
  if (service === undefined || !('start' in service)) return [];
  const named = /(?:systemctl(?:\s+-\S+)*\s+(?:start|restart)(?:\s+-\S+)*\s+|(?:^|[\s/])(?:rc-)?service\s+|\/etc\/(?:rc\.d\/)?init\.d\/)([A-Za-z0-9][A-Za-z0-9_.@-]*)/g;
  return [...new Set([...service.start.matchAll(named)].map(([, name = '']) => name.replace(/\.service$/, '')))];
}

// systemd: units in its memory, which are all that it would start by itself.

export const UNITS_THAT_START: Command = asLogin('systemctl', 'show', '--no-pager', '-p', 'Id,ActiveState,UnitFileState,Restart,ExecStart,TriggeredBy', '*.service');

function systemd(host: TypedOn): Starter {
  const own = ownServices(host).map(unitOf);
  return {
    kind: 'systemd',
    look: UNITS_THAT_START,
    read: (printed) => readUnits(printed, { script: layoutOf(host).script, own }),
    switchOff: own.map((name) => setAtBoot({ name }, 'no')),
    putBack: (was) => own.filter((name) => was.some((one) => one.kind === 'systemd' && one.own && one.unit === name)).map((name) => setAtBoot({ name }, 'yes')),
    everyPutBack: own.map((name) => setAtBoot({ name }, 'yes')),
  };
}

function readUnits({ code, stdout, stderr }: Printed, { script, own }: { readonly script: string; readonly own: readonly string[] }): readonly Autostart[] | 'unknown' {
  if (/not been booted with systemd|systemctl: (command )?not found|systemctl: No such file/i.test(stderr) || code === 127) return [];
  if (code !== 0) return 'unknown';
  return stdout.trim().split(/\n\n+/).flatMap((text): readonly Autostart[] => {
    const of = (property: string): string => new RegExp(`^${property}=(.*)$`, 'm').exec(text)?.[1] ?? '';
    const unit = of('Id'), isOwn = own.includes(unit), atBoot = of('UnitFileState').startsWith('enabled');
    const starts = of('ExecStart').split(/[\s;="']+/).includes(script);
    const triggers = of('TriggeredBy').split(' ').filter((name) => name !== '');
    // The own service does what it is told; all that it may do by itself is to start at boot, or when something triggers it.
    if (isOwn) return atBoot || triggers.length > 0 ? [{ kind: 'systemd', unit, own: triggers.length === 0, triggers }] : [];
    return starts ? [{ kind: 'systemd', unit, own: false, triggers }] : [];
  });
}

/**
 * What a person must do before an upgrade, as a sentence; null when Lockkeeper can switch it off. A unit that nobody named is
 * how the site starts its server (guide: "Always use service scripts"), or somebody who would start it meanwhile.
 */
export function whyNotSwitchedOff(host: string, one: Autostart): string | null {
  if (one.kind !== 'systemd' || one.own) return null;
  const [trigger] = one.triggers;
  if (trigger !== undefined) return `${trigger} on ${host} starts ${one.unit}, and that the server: stop it until the upgrade is over (sudo systemctl disable --now ${one.triggers.join(' ')}).`;
  return `${one.unit} on ${host} starts the server, and the file does not name it: write service: { start: sudo systemctl start ${one.unit}, stop: sudo systemctl stop ${one.unit} } for ${host}, or disable the unit if it is not used.`;
}

/** How a script names this install dir: its whole path, or all that begins with it and a slash; not its neighbour server-2. */
function wordsOf({ installDir }: TypedOn): string {
  return `${asRegex(trimmed(installDir))}([^A-Za-z0-9._-]|$)`;
}

// Boot links, of the scripts that name this install dir and its bin/server.

function sysv(host: TypedOn): Starter {
  const script = (text: string): Command => asRoot('sh', '-c', text, 'lockkeeper-links', wordsOf(host));
  return {
    kind: 'sysv',
    look: script(LOOK_AT_LINKS),
    read: ({ code, stdout, stderr }) => code !== 0 || troubles(stderr).length > 0 ? 'unknown' : linesOf(stdout).map((link) => ({ kind: 'sysv', link })),
    switchOff: [script(LINKS_OFF)],
    ...puttingBack('sysv', asRoot('sh', '-c', LINKS_ON, 'lockkeeper-links')),
  };
}

// Cron tables, in /etc and of users.

function cron(host: TypedOn): Starter {
  const script = (text: string): Command => asRoot('sh', '-c', text, 'lockkeeper-cron', cronPattern(host), wordsOf(host), `${LINE}${BY_INIT}`, STARTS);
  return {
    kind: 'cron',
    look: script(LOOK_AT_TABLES),
    // grep ends with 1 where it finds nothing.
    read: ({ code, stdout, stderr }) => code !== 0 || troubles(stderr).length > 0 ? 'unknown' : linesOf(stdout).flatMap((line) => {
      const found = /^(\/[^:]+):(.*)$/.exec(line);
      return found ? [{ kind: 'cron' as const, file: found[1]!, line: found[2]! }] : [];
    }),
    switchOff: [script(TABLES_OFF)],
    ...puttingBack('cron', asRoot('sh', '-c', TABLES_ON, 'lockkeeper-cron')),
  };
}

/** The beginning of a line that is no comment. */
const LINE = '^[[:space:]]*[^#[:space:]].*';
const BY_INIT = '(service[[:space:]]+|invoke-rc[.]d[[:space:]]+|init[.]d/)';
const STARTS = '[[:space:]]+(start|restart|run)([^A-Za-z0-9_-]|$)';

/** Lines that are no comment and start the server by its script, or the file's own service by its name. */
function cronPattern(host: TypedOn): string {
  const ways = [
    `${asRegex(layoutOf(host).script)}["']?${STARTS}`,
    ...ownServices(host).map(asRegex).flatMap((name) => [
      `systemctl[[:space:]].*(start|restart)[[:space:]]+${name}([.]service)?([^A-Za-z0-9_.@-]|$)`,
      `${BY_INIT}${name}${STARTS}`,
    ]),
  ];
  return `${LINE}(${ways.join('|')})`;
}

// monit: checks that name this install dir and may start something.

function monit(host: TypedOn): Starter {
  const script = (text: string): Command => asRoot('sh', '-c', text, 'lockkeeper-monit', `${trimmed(host.installDir)}/`);
  return {
    kind: 'monit',
    look: script(LOOK_AT_MONIT),
    read: readMonit,
    switchOff: [script(MONIT_OFF)],
    ...puttingBack('monit', asRoot('sh', '-c', MONIT_ON, 'lockkeeper-monit')),
  };
}

/** The names of the checks one a line, an empty line, and `monit -B status`. */
function readMonit({ code, stdout, stderr }: Printed): readonly Autostart[] | 'unknown' {
  const [names = '', ...status] = stdout.split('\n\n');
  const checks = linesOf(names);
  if (code !== 0 || troubles(stderr).some((line) => !/daemon is not running/i.test(line))) return 'unknown';
  if (checks.length === 0 || /daemon is not running/i.test(stdout + stderr)) return [];
  const states = new Map([...status.join('\n\n').matchAll(/^\w[\w ]* '([^']+)'\n((?: +.*\n?)*)/gm)].map(([, name, block]) => [name!, / status +(.*) pending/.exec(block ?? '') ? 'pending' : /monitoring status +(.*\S)/.exec(block ?? '')?.[1] ?? '']));
  const seen = checks.map((check) => ({ check, state: states.get(check) }));
  if (seen.some(({ state }) => state === undefined || state === '' || state === 'pending')) return 'unknown';
  return seen.filter(({ state }) => !/^not monitored/i.test(state ?? '')).map(({ check }) => ({ kind: 'monit', check }));
}

/** By a mark that was left where it was switched off. */
function puttingBack(kind: Autostart['kind'], command: Command): Pick<Starter, 'putBack' | 'everyPutBack'> {
  return { putBack: (was) => was.some((one) => one.kind === kind) ? [command] : [], everyPutBack: [command] };
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** As a person reads it. */
export function autostartShown(one: Autostart): string {
  switch (one.kind) {
    case 'systemd': return `systemd: ${one.unit}${one.triggers.length > 0 ? `, triggered by ${one.triggers.join(', ')}` : one.own ? ', at boot' : ''}`;
    case 'sysv': return `boot link ${one.link}`;
    case 'cron': return `cron: ${one.file}: ${one.line.trim()}`;
    case 'monit': return `monit: check ${one.check}`;
  }
}

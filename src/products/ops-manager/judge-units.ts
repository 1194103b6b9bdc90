/** Judges the units of a host before anything is typed: would systemd do what an upgrade asks of it, and nothing else? Pure. */
import type { Seen } from '../../upgrade/outcome.ts';
import type { Finding, Verdict } from '../../upgrade/plan.ts';
import { mayCome, restarts, unitSays, type Unit } from '../linux/units.ts';
import { SERVICES, type Service, type Units } from './systemd.ts';

export interface UnitsSighting {
  readonly host: string;
  readonly units: Units;
  /** What `systemctl cat` printed of each unit. */
  readonly files: Readonly<Partial<Record<Service, string>>>;
  readonly running: Readonly<Record<Service, Seen>>;
  /** Services that the upgrade starts. */
  readonly needed: readonly Service[];
  /** Services that the site starts and stops by commands of its own. */
  readonly own: readonly Service[];
}

/** As long as a Backup Daemon may take to end its job: the vendor's operator allows 4,200 s, a daemon's own limit is 65 minutes. */
const DAEMON_NEEDS = 65 * 60;

const NAMES: Readonly<Record<Service, string>> = { application: 'Ops Manager', backupDaemon: 'The Backup Daemon' };

export function judgeUnits(seen: UnitsSighting): readonly Finding[] {
  const owning = SERVICES.flatMap((service) => seen.units[service] ?? []);
  if (owning.length === 0) return [];
  const findings = SERVICES.flatMap((service) => {
    const unit = seen.units[service];
    return unit === null ? [] : judge(seen, service, unit);
  });
  return findings.length > 0 ? findings : [finding(seen.host, 'ok', `systemd starts and stops ${owning.map(({ name }) => name).join(' and ')}.`)];
}

function finding(host: string, verdict: Verdict, says: string): Finding {
  return { host, subject: 'systemd', verdict, says };
}

function judge({ host, files, running, needed, own }: UnitsSighting, service: Service, unit: Unit): readonly Finding[] {
  const { name } = unit, runs = running[service] === 'yes';
  const says = (verdict: Verdict, text: string): Finding => finding(host, verdict, text);
  const again = restarts(unit, files[service] ?? '');
  return [
    ...(unit.load !== 'loaded' && needed.includes(service) && !own.includes(service) ? [says('refused',
      `systemd on ${host} cannot start ${name} (${unit.load}): see systemctl status ${name}, and bring it in order first.`)] : []),
    // A daemon has a second way to be stopped: its init script.
    ...(runs && !mayCome(unit) && unit.sub !== 'exited' && !own.includes(service) ? [says(service === 'application' ? 'refused' : 'warning',
      `${NAMES[service]} runs on ${host}, but not through ${name}: ${unitSays(unit)} systemctl would not stop it. Stop it the way it was started, then: sudo systemctl start ${name}; or write commands of yours into service in the file.`)] : []),
    ...(again === null ? [] : [says('warning',
      `${name} on ${host} has ${again}: systemd starts again what ends by itself${service === 'backupDaemon' ? ', and so a daemon that stops itself in Upgrade Mode' : ''}. It is stopped through systemd, and stays down then.`)]),
    ...(service === 'backupDaemon' && (runs || needed.includes(service)) && unit.kills && unit.stopLimit !== null && unit.stopLimit < DAEMON_NEEDS ? [says('refused',
      `systemd kills a Backup Daemon that is in a job ${unit.stopLimit} s after it was told to stop (${name} on ${host}), and a job may need 65 minutes: ${dropIn(name, 'TimeoutStopSec=70min')}`)] : []),
    ...(service === 'application' && unit.startLimit !== null && ['forking', 'oneshot', 'notify', 'dbus'].includes(unit.type) ? [says('warning',
      `systemd ends a start of ${name} on ${host} that takes longer than ${unit.startLimit} s, a migration in it too: ${dropIn(name, 'TimeoutStartSec=infinity')}`)] : []),
  ];
}

/** How a person gives a unit another setting. */
function dropIn(unit: string, setting: string): string {
  return `put [Service] ${setting} into /etc/systemd/system/${unit}.d/lockkeeper.conf, then: sudo systemctl daemon-reload.`;
}

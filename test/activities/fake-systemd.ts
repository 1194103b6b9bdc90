/** Gives a fake host a systemd with units of both services: it answers `systemctl` and `journalctl`, and starts and stops by them. */
import { APPLICATION, type FakeHost } from './fake-host.ts';

export interface FakeUnit { active: string; sub: string; result: string; restart: string; atBoot: string; dropIn: string }
export type FakeUnits = Record<'mongodb-mms' | 'mongodb-mms-backup-daemon', FakeUnit>;

const UNIT: FakeUnit = { active: 'active', sub: 'running', result: 'success', restart: 'no', atBoot: 'enabled', dropIn: '' };
const STOPPED = { active: 'inactive', sub: 'dead' };

/** The application runs by its unit; the daemon's unit is stopped and disabled at boot. */
export function withSystemd(host: FakeHost): { readonly units: FakeUnits; journal: string } {
  const units: FakeUnits = { 'mongodb-mms': { ...UNIT }, 'mongodb-mms-backup-daemon': { ...UNIT, ...STOPPED, atBoot: 'disabled' } };
  const systemd = { units, journal: '' };
  const parts = { 'mongodb-mms': 'ServerMain', 'mongodb-mms-backup-daemon': 'grid.Daemon' };
  host.looks.set('ls -1d /run/systemd/system', () => ({}));
  host.looks.set('systemctl show', () => ({ stdout: Object.entries(units).map(([name, unit]) => shown(name, unit)).join('\n\n') }));
  host.looks.set('sudo journalctl', () => ({ stdout: systemd.journal }));
  for (const name of Object.keys(parts) as (keyof FakeUnits)[]) {
    const unit = units[name], typed = (verb: string) => `sudo systemctl ${verb} ${name}.service`;
    host.looks.set(`systemctl cat ${name}.service`, () => ({ stdout: unit.dropIn && `# ${unit.dropIn}\n[Service]\nRestart=${unit.restart}\n` }));
    host.effects.set(typed('stop'), () => {
      // What was started behind its back is none of its business.
      if (unit.active === 'active') host.end(parts[name]);
      Object.assign(unit, STOPPED);
      return { code: 0 };
    });
    host.effects.set(typed('start'), () => {
      if (name === 'mongodb-mms') host.begin(APPLICATION);
      else host.startDaemon();
      Object.assign(unit, { active: 'active', sub: 'running' });
      return { code: 0 };
    });
    for (const is of ['enable', 'disable'] as const) host.effects.set(typed(is), () => { unit.atBoot = `${is}d`; return { code: 0 }; });
  }
  return systemd;
}

function shown(name: string, { active, sub, result, restart, atBoot, dropIn }: FakeUnit): string {
  return [
    `Id=${name}.service`, 'LoadState=loaded', `ActiveState=${active}`, `SubState=${sub}`, `Result=${result}`, 'Type=simple', `Restart=${restart}`,
    `DropInPaths=${dropIn}`, `UnitFileState=${atBoot}`, 'KillMode=control-group', 'SendSIGKILL=no', 'TimeoutStartUSec=1min 30s', 'TimeoutStopUSec=1min 30s',
    'InactiveExitTimestampMonotonic=100000000',
  ].join('\n');
}

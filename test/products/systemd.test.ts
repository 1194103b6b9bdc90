import { describe, expect, it } from 'vitest';
import { commandsFor } from '../../src/products/ops-manager/commands.ts';
import { judgeUnits, type UnitsSighting } from '../../src/products/ops-manager/judge-units.ts';
import { stages } from '../../src/products/ops-manager/logs.ts';
import { VENDOR_NAMES } from '../../src/upgrade/service-names.ts';
import { lookFor } from '../../src/products/ops-manager/processes.ts';
import { rootCommands } from '../../src/products/ops-manager/root-commands.ts';
import { lastStart, mayCome, restarts, unitAtBoot, unitSays, type Unit } from '../../src/products/linux/units.ts';
import { NO_UNITS, readUnits, showUnits, type Units } from '../../src/products/ops-manager/systemd.ts';
import { typed } from '../../src/upgrade/command.ts';
import { recorded } from './recorded.ts';

const HOST = { name: 'om-3', platform: 'rhel', installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms' } as const;
function unitsOf(file: string): Units {
  const units = readUnits({ code: 0, stdout: recorded(file) }, VENDOR_NAMES);
  if (units === 'unknown') throw new Error(`${file} cannot be read`);
  return units;
}
const running = unitsOf('systemctl-show-running.txt'), failed = unitsOf('systemctl-show-failed.txt');
const restarting = unitsOf('systemctl-show-auto-restart.txt'), generated = unitsOf('systemctl-show-generated.txt');
const application = (units: Units): Unit => units.application!;

describe('what systemctl shows', () => {
  it('is read for both services, in whatever order it comes', () => {
    expect(running).toMatchObject({
      application: { name: 'mongodb-mms.service', active: 'active', sub: 'running', restart: 'no', kills: true, stopLimit: 90, startLimit: 90, dropIns: [] },
      backupDaemon: { name: 'mongodb-mms-backup-daemon.service', active: 'inactive', kills: false, stopLimit: 4_260, began: null },
    });
    expect(generated).toMatchObject({ application: { active: 'active', sub: 'exited', kills: false, startLimit: 300 }, backupDaemon: null });
  });

  it.each([
    ['systemd did not answer', { code: 1, stdout: '' }], ['nothing was printed', { code: 0, stdout: '' }],
    ['one service is missing', { code: 0, stdout: 'Id=mongodb-mms.service\nLoadState=loaded\n' }],
  ])('is unknown when %s', (_when, printed) => {
    expect(readUnits(printed, VENDOR_NAMES)).toBe('unknown');
  });

  it('is asked without sudo, of the services as the site names them', () => {
    expect(typed(showUnits({ application: 'om', backupDaemon: 'om-backup' }))).toMatch(/^systemctl show -p Id,LoadState,\S+ om\.service om-backup\.service$/);
  });

  it('tells how a unit stands, why it failed, and what it does at boot', () => {
    expect(unitSays(application(failed))).toBe('mongodb-mms.service is failed (exit-code).');
    expect(unitSays(application(restarting))).toBe('mongodb-mms.service is activating (auto-restart).');
    expect([application(running), running.backupDaemon!, application(generated)].map(unitAtBoot)).toEqual(['yes', 'no', null]);
    expect(unitAtBoot({ atBoot: 'static' })).toBe('unknown');
    expect(unitAtBoot({ atBoot: 'masked' })).toBe('no');
  });

  it('names the drop-in that lets systemd start it again', () => {
    expect(restarts(application(running), recorded('systemctl-cat.txt'))).toBeNull();
    expect(restarts(application(restarting), recorded('systemctl-cat-drop-in.txt'))).toBe('Restart=always (/etc/systemd/system/mongodb-mms.service.d/restart.conf)');
    expect(restarts(application(restarting), '')).toBe('Restart=always (/etc/systemd/system/mongodb-mms.service.d/restart.conf)');
  });
});

describe('a process that is not in the list', () => {
  const seen = (unit: Unit | null) => lookFor('application', { processes: [{ pid: 1, parent: 0, user: 'root', age: 9, args: '/sbin/init' }], pidFile: null, runAs: 'mongodb-mms', installDir: '/opt/mongodb/mms', unit });

  it.each([['failed', failed], ['from an init script, and its process gone', generated]])('is gone where its unit is %s', (_how, units) => {
    expect(seen(application(units)).running).toBe('no');
  });

  it.each([['systemd waits before it starts it again', application(restarting)], ['systemd starts it now', { ...application(running), active: 'activating', sub: 'start' }], ['systemd stops it', { ...application(running), active: 'deactivating', sub: 'stop' }]])('is unknown while %s', (_why, unit) => {
    expect(mayCome(unit)).toBe(true);
    expect(seen(unit)).toMatchObject({ running: 'unknown', comes: true, why: expect.stringContaining('systemd is not done with it') as string });
  });
});

describe('the journal', () => {
  it('shows the last start alone, without times and names', () => {
    const said = lastStart(recorded('journal-failed-start.txt'), application(failed));
    expect(said.split('\n')).toEqual([
      'Started mongodb-mms.service - Ops Manager (a stand-in for tests).', 'Preflight check failed. Could not read the configuration.',
      'mongodb-mms.service: Main process exited, code=exited, status=1/FAILURE', "mongodb-mms.service: Failed with result 'exit-code'.",
    ]);
    expect(stages(lastStart(recorded('journal-failed-start.txt'), application(running)))).toContain('Starting Ops Manager server');
  });

  it('says nothing of a unit that was never started', () => {
    expect(lastStart(recorded('journal-failed-start.txt'), { began: null })).toBe('');
  });
});

describe('what is typed where systemd has a unit', () => {
  it('goes through the unit; the init script stays the second way to stop a daemon', () => {
    const commands = commandsFor(HOST, running);
    expect([commands.application.start, commands.application.stop, commands.backupDaemon.start, commands.backupDaemon.stop.service, commands.backupDaemon.stop['init-script']].map(typed)).toEqual([
      'sudo systemctl start mongodb-mms.service', 'sudo systemctl stop mongodb-mms.service',
      'sudo systemctl start mongodb-mms-backup-daemon.service', 'sudo systemctl stop mongodb-mms-backup-daemon.service', 'sudo /etc/init.d/mongodb-mms-backup-daemon stop',
    ]);
  });

  it('starts anew what systemd believes to run though its process is gone', () => {
    expect(typed(commandsFor(HOST, generated).application.start)).toBe('sudo systemctl restart mongodb-mms.service');
  });

  it('stays the platform\'s where there is no unit, and the site\'s own where it wrote commands', () => {
    expect(typed(commandsFor(HOST, NO_UNITS).application.stop)).toBe('sudo service mongodb-mms stop');
    expect(typed(commandsFor(HOST, generated).backupDaemon.start)).toBe('sudo service mongodb-mms-backup-daemon start');
    expect(typed(commandsFor({ ...HOST, service: { start: 'om up', stop: 'om down' } }, running).application.stop)).toBe("sh -c 'om down'");
    const tree = { ...HOST, platform: 'linux', installDir: '/srv/mms', runAs: 'mms' } as const;
    expect(typed(commandsFor(tree, running).application.stop)).toBe('sudo systemctl stop mongodb-mms.service');
    expect(typed(commandsFor(tree, NO_UNITS).application.stop)).toBe('sudo -H -u mms /srv/mms/bin/mongodb-mms stop');
  });

  it('is all that preflight asks sudo about', () => {
    const host = { ...HOST, address: 'om-3', roles: ['application'], url: 'http://om-3:8080', ssh: { user: 'ops', port: 22 } } as const;
    const needed = (units: Units) => rootCommands({ host, target: undefined, version: '4.4.18', units, varying: { firstExecutionRunId: 'r', home: '/home/ops', pid: '1' } }).map(({ command }) => typed(command));
    expect(needed(NO_UNITS).filter((line) => /systemctl|journalctl/.test(line))).toEqual([]);
    expect(needed(running)).toEqual(expect.arrayContaining(['sudo systemctl restart mongodb-mms.service', 'sudo systemctl disable mongodb-mms-backup-daemon.service', 'sudo journalctl -u mongodb-mms.service -b -n 400 --no-pager -o short-monotonic']));
    expect(needed(running)).not.toContain('sudo service mongodb-mms stop');
  });
});

describe('what preflight says of units', () => {
  const judged = (changes: Partial<UnitsSighting>) => judgeUnits({ host: 'om-3', units: running, files: {}, running: { application: 'yes', backupDaemon: 'no' }, needed: ['application'], own: [], ...changes }).map(({ verdict, says }) => `${verdict}: ${says}`);
  const daemon = (changes: Partial<Unit>): Units => ({ ...running, backupDaemon: { ...running.backupDaemon!, active: 'active', sub: 'running', ...changes } });
  const both = { application: 'yes', backupDaemon: 'yes' } as const;

  it('is nothing where there are none, and one sentence where all is well', () => {
    expect(judged({ units: NO_UNITS })).toEqual([]);
    expect(judged({})).toEqual(['ok: systemd starts and stops mongodb-mms.service and mongodb-mms-backup-daemon.service.']);
  });

  it('names a Restart= and the drop-in it stands in', () => {
    expect(judged({ units: restarting, files: { application: recorded('systemctl-cat-drop-in.txt') } })).toEqual([
      expect.stringMatching(/^warning: mongodb-mms\.service on om-3 has Restart=always \(\/etc\/systemd\/system\/mongodb-mms\.service\.d\/restart\.conf\)/),
    ]);
  });

  it('refuses an application that was started behind systemd\'s back, and warns of such a daemon', () => {
    const inactive = { active: 'inactive', sub: 'dead' };
    expect(judged({ units: { ...running, application: { ...application(running), ...inactive } } })).toEqual([expect.stringMatching(/^refused: Ops Manager runs on om-3, but not through mongodb-mms\.service/)]);
    expect(judged({ units: daemon(inactive), running: both })).toEqual([expect.stringMatching(/^warning: The Backup Daemon runs on om-3, but not through/)]);
    expect(judged({ units: { ...running, application: { ...application(running), ...inactive } }, own: ['application'] })).toEqual([expect.stringMatching(/^ok/)]);
  });

  it('refuses a unit that would kill a Backup Daemon in its job', () => {
    expect(judged({ units: daemon({ kills: true, stopLimit: 90 }), running: both })).toEqual([expect.stringMatching(/^refused: systemd kills a Backup Daemon .* 90 s .*TimeoutStopSec=70min/)]);
    expect(judged({ units: daemon({ kills: true, stopLimit: null }), running: both })).toEqual([expect.stringMatching(/^ok/)]);
    expect(judged({ units: daemon({ kills: true, stopLimit: 90 }) })).toEqual([expect.stringMatching(/^ok/)]);
    expect(judged({ units: daemon({ kills: true, stopLimit: 90 }), needed: ['backupDaemon'] }), 'one that will run').toEqual([expect.stringMatching(/^refused: systemd kills/)]);
  });

  it('warns of a limit under which systemd would end a migration', () => {
    expect(judged({ units: { ...generated, application: { ...application(generated), sub: 'running' } } })).toEqual([expect.stringMatching(/^warning: systemd ends a start of mongodb-mms\.service on om-3 that takes longer than 300 s/)]);
  });

  it('refuses a unit that cannot be started', () => {
    expect(judged({ units: { ...running, application: { ...application(running), load: 'masked' } } })).toEqual([expect.stringMatching(/^refused: systemd on om-3 cannot start mongodb-mms\.service \(masked\)/)]);
  });
});

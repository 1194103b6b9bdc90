import { describe, expect, it } from 'vitest';
import { packageManagerAtWork, parseProcesses, type Process } from '../../src/products/linux/processes.ts';
import { lookFor, sightingOf } from '../../src/products/ops-manager/processes.ts';
import { recorded } from './recorded.ts';

const SEEN = { runAs: 'mongodb-mms', installDir: '/opt/mongodb/mms', pidFile: null };
const process = (args: string, more: Partial<Process> = {}): Process => ({ pid: 500, parent: 1, user: 'mongodb-mms', age: 60, args, ...more });
const INIT = process('init [2]', { pid: 1, user: 'root' });

describe('the process list', () => {
  it('is read whole: pid, parent, user, age and every argument', () => {
    const processes = parseProcesses(recorded('ps-both-running.txt'));
    expect(processes.map(({ pid, parent, user }) => ({ pid, parent, user })).slice(0, 3)).toEqual([
      { pid: 1, parent: 0, user: 'root' }, { pid: 163, parent: 1, user: 'mongodb-mms' }, { pid: 240, parent: 1, user: 'mongodb-mms' },
    ]);
    expect(processes[1]?.age).toBe(99);
    expect(processes[1]?.args).toMatch(/^\/opt\/mongodb\/mms\/jdk\/bin\/mms-app .* com\.xgen\.svc\.core\.ServerMain$/);
  });

  it('shows application and Backup Daemon where both run, and only one where one runs', () => {
    const both = parseProcesses(recorded('ps-both-running.txt'));
    expect(lookFor('application', { ...SEEN, processes: both }).process?.pid).toBe(163);
    expect(lookFor('daemon', { ...SEEN, processes: both }).process?.pid).toBe(240);
    const one = parseProcesses(recorded('ps-application-only.txt'));
    expect(lookFor('application', { ...SEEN, processes: one }).running).toBe('yes');
    expect(lookFor('daemon', { ...SEEN, processes: one }).running).toBe('no');
  });

  it('that was cut at 80 columns never makes a running daemon "stopped" while its pid file names it', () => {
    const cut = parseProcesses(recorded('ps-cut-at-80-columns.txt'));
    expect(lookFor('daemon', { ...SEEN, processes: cut, pidFile: 240 }).running).toBe('yes');
  });

  it('without process 1 proves nothing', () => {
    expect(lookFor('daemon', { ...SEEN, processes: [] }).running).toBe('unknown');
    expect(lookFor('daemon', { ...SEEN, processes: [process('bash', { user: 'ops' })] }).running).toBe('unknown');
  });

  it('takes a stale pid file, whose number is another program\'s by now, for nothing', () => {
    const processes = [INIT, process('sshd: ops', { pid: 77, user: 'root' })];
    expect(lookFor('daemon', { ...SEEN, processes, pidFile: 77 }).running).toBe('no');
  });

  it('is unknown while a helper or a script is at work, because what it starts may come any moment', () => {
    const helper = process('/opt/mongodb/mms/jdk/bin/mms-app -Dapp-id=bgrid com.xgen.svc.core.PreFlightCheck');
    const script = process('/bin/sh /usr/sbin/service mongodb-mms-backup-daemon stop', { user: 'root' });
    for (const each of [helper, script]) expect(lookFor('daemon', { ...SEEN, processes: [INIT, each] }).running).toBe('unknown');
  });
});

describe('a process', () => {
  it.each([
    ['/jdk/bin/mms-app -Xmx4g -Dapp-id=mms -cp a.jar com.xgen.svc.core.ServerMain', 'application', 'main'],
    ['/jdk/bin/mms-app -Dapp-id=bgrid -cp a.jar com.xgen.svc.brs.grid.Daemon', 'daemon', 'main'],
    ['/jdk/bin/mms-app -Dapp-id=mms com.xgen.svc.common.migration.MigrationRunner', 'application', 'migration'],
    ['/jdk/bin/mms-app -Dapp-id=mms com.xgen.svc.core.PreFlightCheck', 'application', 'helper'],
    ['/bin/sh /etc/init.d/mongodb-mms-backup-daemon stop', 'daemon', 'script'],
    ['/bin/bash /opt/mongodb/mms/bin/mongodb-mms start', 'application', 'script'],
    ['sudo -n service mongodb-mms start', 'application', 'script'],
    ['/opt/mongodb/mms/bin/mongodb-mms-backup-daemon', 'daemon', 'main'],
  ])('%s is the %s\'s %s', (args, part, place) => {
    expect(sightingOf(process(args))).toMatchObject({ part, place });
  });

  it('that works on a service of the site\'s own name is told by it, and the vendor\'s names still count', () => {
    const names = { application: 'om-prod', backupDaemon: 'om-prod-backup' };
    const [own, vendors] = [process('/bin/sh /etc/init.d/om-prod-backup stop'), process('service mongodb-mms start')];
    expect(sightingOf(own)).toBeNull();
    expect([own, vendors].map((each) => sightingOf(each, names)?.part)).toEqual(['daemon', 'application']);
    expect(lookFor('daemon', { ...SEEN, processes: [INIT, own], names }).running).toBe('unknown');
  });

  it.each([
    'grep mongodb-mms-backup-daemon', 'tail -f /opt/mongodb/mms/logs/daemon.log', 'vim /etc/init.d/mongodb-mms-backup-daemon',
    'sudo less mongodb-mms-backup-daemon start', '/usr/bin/java -jar other.jar', 'sshd: ops@notty',
  ])('%s is nothing of Ops Manager', (args) => {
    expect(sightingOf(process(args))).toBeNull();
  });

  it('of a package manager is told from one that merely waits for a signal', () => {
    const install = process('/usr/bin/dpkg --unpack a.deb', { user: 'root' });
    const waits = process('/usr/bin/python3 /usr/share/unattended-upgrades/unattended-upgrade-shutdown --wait-for-signal', { user: 'root' });
    expect(packageManagerAtWork([INIT, waits])).toBeUndefined();
    expect(packageManagerAtWork([INIT, waits, install])).toBe(install);
    expect(packageManagerAtWork([process('/usr/bin/python3 /usr/bin/unattended-upgrade')])).toBeDefined();
  });
});

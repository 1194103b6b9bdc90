import { describe, expect, it } from 'vitest';
import { parseChangedFiles } from '../../src/products/ops-manager/changed-files.ts';
import { commandsFor } from '../../src/products/ops-manager/commands.ts';
import { rpm } from '../../src/products/ops-manager/rpm.ts';
import { typed } from '../../src/upgrade/command.ts';
import { recorded } from './recorded.ts';

const printed = (stdout: string, { code = 0 } = {}) => ({ code, stdout, stderr: '' });

describe('rpm', () => {
  it('tells version, state and architecture of what is installed', () => {
    expect(rpm.readState(printed(recorded('rpm-query-installed.txt')))).toEqual({ version: '4.4.18.100.20220101T0101Z-1', architecture: 'x86_64', state: 'installed' });
  });

  it('lists old and new side by side after an upgrade that was killed: unfinished, and installed over', () => {
    expect(rpm.readState(printed(recorded('rpm-query-interrupted.txt')))).toEqual({ version: '5.0.9.100.20220101T0101Z-1', architecture: 'x86_64', state: 'unfinished' });
    expect(typed(rpm.install('/p.rpm'))).toBe('sudo rpm -Uvh --replacepkgs /p.rpm');
    expect(typed(rpm.dryRun('/p.rpm'))).toBe('sudo rpm -U --test --replacepkgs /p.rpm');
  });

  it('that knows no such package is told from an answer that cannot be read', () => {
    expect(rpm.readState(printed(recorded('rpm-query-absent.txt'), { code: 1 }))).toBe('absent');
    expect(rpm.readState(printed('error: rpmdb open failed', { code: 1 }))).toBe('unknown');
    expect(rpm.readState(printed('')), 'nothing at all').toBe('unknown');
    expect(rpm.readState({ code: undefined, stdout: recorded('rpm-query-installed.txt'), stderr: '' }), 'a connection that broke').toBe('unknown');
  });

  it('names what a package file is', () => {
    expect(rpm.readDescription(recorded('rpm-query-file.txt'))).toEqual({ name: 'mongodb-mms', version: '4.4.18.100.20220101T0101Z-1', architecture: 'x86_64' });
    expect(rpm.readDescription('error: /p.rpm: not an rpm package (or package manifest)\n')).toBeNull();
  });

  it('lists files with other contents and missing ones, configuration apart; another owner is no change', () => {
    expect(parseChangedFiles(recorded('rpm-verify.txt'))).toEqual([
      { path: '/opt/mongodb/mms/bin/mongodb-mms-backup-daemon', what: 'missing', configuration: false },
      { path: '/opt/mongodb/mms/conf/conf-mms.properties', what: 'changed', configuration: true },
      { path: '/opt/mongodb/mms/jdk/lib/security/cacerts', what: 'changed', configuration: false },
    ]);
  });

  it('that found its lock held did nothing, and says so', () => {
    expect(rpm.isLockedOut(recorded('rpm-locked.txt'))).toBe(true);
    expect(rpm.isLockedOut('error: Failed dependencies:')).toBe(false);
  });

  it('hosts are stopped and started in the manual\'s words', () => {
    const { application, backupDaemon } = commandsFor({ name: 'om-1', platform: 'rhel', installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms' });
    expect([application.stop, application.start, backupDaemon.stop.service, backupDaemon.stop['init-script']].map(typed)).toEqual([
      'sudo service mongodb-mms stop', 'sudo service mongodb-mms start', 'sudo service mongodb-mms-backup-daemon stop', 'sudo /etc/init.d/mongodb-mms-backup-daemon stop',
    ]);
  });
});

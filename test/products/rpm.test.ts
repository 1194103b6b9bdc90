import { describe, expect, it } from 'vitest';
import { commandsFor } from '../../src/products/ops-manager/commands.ts';
import { rpm } from '../../src/products/ops-manager/rpm.ts';
import { typed } from '../../src/upgrade/command.ts';

/** What is asked of rpm, and what its answers mean, is in the conformance kit. */
describe('rpm', () => {
  it('installs over old and new that an upgrade which was killed left side by side', () => {
    expect(typed(rpm.install('/p.rpm'))).toBe('sudo rpm -Uvh --replacepkgs /p.rpm');
    expect(typed(rpm.dryRun('/p.rpm'))).toBe('sudo rpm -U --test --replacepkgs /p.rpm');
  });

  it('hosts are stopped and started in the manual\'s words', () => {
    const { application, backupDaemon } = commandsFor({ name: 'om-1', platform: 'rhel', installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms' });
    expect([application.stop, application.start, backupDaemon.stop.service, backupDaemon.stop['init-script']].map(typed)).toEqual([
      'sudo service mongodb-mms stop', 'sudo service mongodb-mms start', 'sudo service mongodb-mms-backup-daemon stop', 'sudo /etc/init.d/mongodb-mms-backup-daemon stop',
    ]);
  });
});

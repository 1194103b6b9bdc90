import { describe, expect, it } from 'vitest';
import { commandsFor } from '../../src/products/ops-manager/commands.ts';
import { dpkg } from '../../src/products/ops-manager/dpkg.ts';
import { copyInto, makeFolder, takeIn } from '../../src/products/linux/keeping.ts';
import { typed } from '../../src/upgrade/command.ts';

const HOST = { name: 'om-1', installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms' };
const debian = commandsFor({ ...HOST, platform: 'debian' });

describe('what is typed on a Debian host', () => {
  it('stops a Backup Daemon in the manual\'s two ways, first choice first', () => {
    expect(typed(debian.backupDaemon.stop.service)).toBe('sudo service mongodb-mms-backup-daemon stop');
    expect(typed(debian.backupDaemon.stop['init-script'])).toBe('sudo /etc/init.d/mongodb-mms-backup-daemon stop');
  });

  it('stops and starts the application through the manager that owns it', () => {
    expect(typed(debian.application.stop)).toBe('sudo service mongodb-mms stop');
    expect(typed(debian.application.start)).toBe('sudo service mongodb-mms start');
  });

  it('are the site\'s services where the file names them, and its commands before those', () => {
    const names = { application: 'om-prod', backupDaemon: 'om-prod-backup' };
    const { application, backupDaemon } = commandsFor({ ...HOST, platform: 'debian', service: { names, backupDaemon: { start: 'sudo b up', stop: 'sudo b down' } } });
    expect([application.stop, application.start, application.status, backupDaemon.start, backupDaemon.stop.service, backupDaemon.stop['init-script']].map(typed)).toEqual([
      'sudo service om-prod stop', 'sudo service om-prod start', 'sudo service om-prod status', "sh -c 'sudo b up'", "sh -c 'sudo b down'", 'sudo /etc/init.d/om-prod-backup stop',
    ]);
    expect(backupDaemon.initScript).toBe('/etc/init.d/om-prod-backup');
  });

  it('installs without a question and keeps edited configuration', () => {
    expect(typed(dpkg.install('/var/lib/lockkeeper/packages/9f.deb'))).toBe('sudo dpkg --force-confdef --force-confold -i /var/lib/lockkeeper/packages/9f.deb');
    expect(typed(dpkg.dryRun('/a.deb'))).toBe('sudo dpkg --dry-run --force-confdef --force-confold -i /a.deb');
  });

  it('lists processes as root, uncut', () => {
    expect(typed(debian.processes)).toBe('sudo ps -eww -o pid=,ppid=,user:32=,etimes=,args=');
  });

  it('quotes paths that a file may hold', () => {
    expect(typed(takeIn('/srv/my package.deb', '/var/lib/lockkeeper/packages/9f.deb'))).toBe("sudo install -m 600 -- '/srv/my package.deb' /var/lib/lockkeeper/packages/9f.deb");
    expect(typed(copyInto('/var/lib/lockkeeper/configuration/r', ['/etc/mongodb-mms/gen.key']))).toBe('sudo cp -a --parents -- /etc/mongodb-mms/gen.key /var/lib/lockkeeper/configuration/r');
    expect(typed(makeFolder('/var/lib/lockkeeper/packages'))).toBe('sudo install -d -m 700 /var/lib/lockkeeper/packages');
  });

  it('is refused for a platform whose procedure is not built', () => {
    expect(() => commandsFor({ ...HOST, name: 'om-9', platform: 'windows' })).toThrow('om-9: Ops Manager on windows is not supported yet; supported are debian, rhel, linux.');
  });
});

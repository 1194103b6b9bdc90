/** Ops Manager from the Debian package, in the manual's words: `sudo service …`, `sudo /etc/init.d/…`, `sudo dpkg -i`. */
import { asLogin, asRoot } from '../../upgrade/command.ts';
import type { OpsManagerCommands } from './commands.ts';

const APPLICATION = 'mongodb-mms';
const DAEMON = 'mongodb-mms-backup-daemon';
const INIT_SCRIPT = `/etc/init.d/${DAEMON}`;

// An edited configuration file makes dpkg ask; without a terminal the question is an error. Keep what the site edited.
const KEEP_EDITED = ['--force-confdef', '--force-confold'];

export const debian: OpsManagerCommands = {
  application: {
    start: asRoot('service', APPLICATION, 'start'),
    stop: asRoot('service', APPLICATION, 'stop'),
    status: asRoot('service', APPLICATION, 'status'),
  },
  backupDaemon: {
    start: asRoot('service', DAEMON, 'start'),
    stop: { service: asRoot('service', DAEMON, 'stop'), 'init-script': asRoot(INIT_SCRIPT, 'stop') },
    status: asRoot('service', DAEMON, 'status'),
    initScript: INIT_SCRIPT,
    bootLinks: asLogin('ls', '-1', '/etc/rc2.d'),
  },
  package: {
    state: asLogin('dpkg-query', '-W', '-f=${Version}\\t${db:Status-Abbrev}\\t${Architecture}\\n', APPLICATION),
    architecture: asLogin('dpkg', '--print-architecture'),
    describe: (file) => asRoot('dpkg-deb', '-f', file, 'Package', 'Version', 'Architecture'),
    dryRun: (file) => asRoot('dpkg', '--dry-run', ...KEEP_EDITED, '-i', file),
    install: (file) => asRoot('dpkg', ...KEEP_EDITED, '-i', file),
    changedFiles: asRoot('dpkg', '-V', APPLICATION),
    // dpkg writes this list anew with every unpacking.
    unpackedAt: asLogin('stat', '-c', '%Y', `/var/lib/dpkg/info/${APPLICATION}.list`),
    shippedSuffix: '.dpkg-dist',
  },
  processes: asRoot('ps', '-eww', '-o', 'pid=,ppid=,user:32=,etimes=,args='),
};

/** Services by their init scripts, in the manual's words: `sudo service …`, `sudo /etc/init.d/…`. */
import { asLogin, asRoot, type Command } from '../../upgrade/command.ts';
import type { OpsManagerCommands } from './commands.ts';

const APPLICATION = 'mongodb-mms';
const DAEMON = 'mongodb-mms-backup-daemon';
export const INIT_SCRIPT = `/etc/init.d/${DAEMON}`;

/** Every process with parent, user, age in seconds and whole arguments, as root: seen by everyone, cut by nobody. */
export const PROCESSES: Command = asRoot('ps', '-eww', '-o', 'pid=,ppid=,user:32=,etimes=,args=');

/** The services of a package; `runlevel` is the one that the platform boots into. */
export function servicesOf({ runlevel }: { readonly runlevel: 2 | 3 }): Omit<OpsManagerCommands, 'package'> {
  return {
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
      bootLinks: asLogin('ls', '-1', `/etc/rc${runlevel}.d`),
      bootLinksTellAll: true,
    },
    processes: PROCESSES,
  };
}

/** Whether the boot links of a runlevel start the service: "S01mongodb-mms-backup-daemon". */
export function isStartedAtBoot(links: string, service: string): boolean {
  return links.split('\n').some((link) => /^S\d\d/.test(link) && link.slice(3).trim() === service);
}

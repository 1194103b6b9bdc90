/** Services by their init scripts, in the manual's words: `sudo service …`, `sudo /etc/init.d/…`. */
import { asLogin, asRoot } from '../../upgrade/command.ts';
import type { Seen } from '../../upgrade/outcome.ts';
import type { OpsManagerCommands } from './commands.ts';
import type { ServiceNames } from '../../upgrade/service-names.ts';
import type { Printed } from '../linux/printed.ts';
import { PROCESSES } from '../linux/processes.ts';

/** The services of a package; `runlevels` are those that the platform may boot into. */
export function servicesOf({ application, backupDaemon }: ServiceNames, runlevels: readonly (2 | 3)[]): Omit<OpsManagerCommands, 'package'> {
  const initScript = `/etc/init.d/${backupDaemon}`;
  return {
    application: {
      start: asRoot('service', application, 'start'),
      stop: asRoot('service', application, 'stop'),
      status: asRoot('service', application, 'status'),
    },
    backupDaemon: {
      start: asRoot('service', backupDaemon, 'start'),
      stop: { service: asRoot('service', backupDaemon, 'stop'), 'init-script': asRoot(initScript, 'stop') },
      status: asRoot('service', backupDaemon, 'status'),
      initScript,
      bootLinks: asLogin('ls', '-1', ...runlevels.map((runlevel) => `/etc/rc${runlevel}.d`)),
      bootLinksTellAll: true,
    },
    processes: PROCESSES,
  };
}

/** The same as it was printed: `no` only from a list that was read, and where boot links tell of every service. */
export function seenAtBoot({ code, stdout }: Pick<Printed, 'code' | 'stdout'>, service: string, { bootLinksTellAll }: Pick<OpsManagerCommands['backupDaemon'], 'bootLinksTellAll'>): Seen {
  if (code !== 0) return 'unknown';
  return isStartedAtBoot(stdout, service) ? 'yes' : bootLinksTellAll ? 'no' : 'unknown';
}

/** Whether the boot links of a runlevel start the service: "S01mongodb-mms-backup-daemon". */
export function isStartedAtBoot(links: string, service: string): boolean {
  return links.split('\n').some((link) => /^S\d\d/.test(link) && link.slice(3).trim() === service);
}

/** Services of a tarball's tree: the vendor's scripts in it, run as the user who owns it, or what the site wrote in the file. */
import { asLogin, asRoot, type Command } from '../../upgrade/command.ts';
import type { OpsManagerHost } from '../../upgrade/installation.ts';
import type { OpsManagerCommands } from './commands.ts';
import { INIT_SCRIPT, PROCESSES } from './sysv.ts';
import { trimmed } from './tree-steps.ts';

/** Without `ssh`, whoever logs in is taken for another user than `runAs`. */
export type TreeHost = Pick<OpsManagerHost, 'installDir' | 'runAs' | 'service'> & { readonly ssh?: Pick<OpsManagerHost['ssh'], 'user'> };

export function treeServicesOf({ installDir, runAs, service, ssh }: TreeHost): Omit<OpsManagerCommands, 'package'> {
  const script = (name: string) => (verb: 'start' | 'stop' | 'status'): Command => {
    const argv = [`${trimmed(installDir)}/bin/${name}`, verb];
    return runAs === ssh?.user ? asLogin(...argv) : runAs === 'root' ? asRoot(...argv) : { argv, as: { user: runAs } };
  };
  const application = script('mongodb-mms'), daemon = script('mongodb-mms-backup-daemon');
  // A site's own command is a line for a shell, run as the login user: where it needs sudo, sudo is written in it.
  const own = (line: string): Command => asLogin('sh', '-c', line);
  return {
    application: {
      start: service ? own(service.start) : application('start'),
      stop: service ? own(service.stop) : application('stop'),
      status: application('status'),
    },
    backupDaemon: {
      start: daemon('start'),
      stop: { service: daemon('stop'), 'init-script': asRoot(INIT_SCRIPT, 'stop') },
      status: daemon('status'),
      initScript: INIT_SCRIPT,
      // Both runlevels that systems boot into; a host with only systemd has neither.
      bootLinks: asLogin('ls', '-1', '/etc/rc2.d', '/etc/rc3.d'),
      bootLinksTellAll: false,
    },
    processes: PROCESSES,
  };
}

/** Services of a tarball's tree: the vendor's scripts in it, run as the user who owns it, or services that the site made and named. */
import { asLogin, asRoot, type Command } from '../../upgrade/command.ts';
import type { OpsManagerHost } from '../../upgrade/installation.ts';
import type { OpsManagerCommands } from './commands.ts';
import { namesOf, VENDOR_NAMES } from '../../upgrade/service-names.ts';
import { servicesOf } from './sysv.ts';
import { trimmed } from '../linux/paths.ts';

/** Without `ssh`, whoever logs in is taken for another user than `runAs`. */
export type TreeHost = Pick<OpsManagerHost, 'installDir' | 'runAs' | 'service'> & { readonly ssh?: Pick<OpsManagerHost['ssh'], 'user'> };

export function treeServicesOf(host: TreeHost): Omit<OpsManagerCommands, 'package'> {
  const { installDir, runAs, service, ssh } = host;
  const script = (name: string) => (verb: 'start' | 'stop' | 'status'): Command => {
    const argv = [`${trimmed(installDir)}/bin/${name}`, verb];
    return runAs === ssh?.user ? asLogin(...argv) : runAs === 'root' ? asRoot(...argv) : { argv, as: { user: runAs } };
  };
  const application = script(VENDOR_NAMES.application), daemon = script(VENDOR_NAMES.backupDaemon);
  // Both runlevels that systems boot into; a host with only systemd has neither.
  const services = servicesOf(namesOf(host), [2, 3]);
  const { names } = service ?? {};
  return {
    ...services,
    application: names?.application !== undefined ? services.application : { start: application('start'), stop: application('stop'), status: application('status') },
    backupDaemon: {
      ...services.backupDaemon, bootLinksTellAll: false,
      ...(names?.backupDaemon !== undefined ? {} : { start: daemon('start'), stop: { ...services.backupDaemon.stop, service: daemon('stop') }, status: daemon('status') }),
    },
  };
}

/** What the services are called on a host: the vendor's names, unless the site gave its own (`service.names`). */
import type { OpsManagerHost } from './installation.ts';

export interface ServiceNames { readonly application: string; readonly backupDaemon: string }

export const VENDOR_NAMES: ServiceNames = { application: 'mongodb-mms', backupDaemon: 'mongodb-mms-backup-daemon' };

export function namesOf({ service }: Pick<OpsManagerHost, 'service'>): ServiceNames {
  const { application = VENDOR_NAMES.application, backupDaemon = VENDOR_NAMES.backupDaemon } = service?.names ?? {};
  return { application, backupDaemon };
}

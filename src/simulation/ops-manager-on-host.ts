/** The tree of an installed Ops Manager below a simulated host's folder. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeProgram, type ProductOnHost } from './host-folder.ts';
import { INIT_BACKUP_DAEMON, INIT_OPS_MANAGER, OPS_MANAGER } from './programs/ops-manager.ts';

export interface OpsManagerOnHost {
  readonly version: string;
  readonly mongoUri: string;
  /** The same 24 bytes on every host. */
  readonly genKey: Uint8Array;
  readonly application: boolean;
  /** A Backup Daemon with a job that would go on for so many seconds after Upgrade Mode began; 0: no job. */
  readonly daemon?: { readonly jobSeconds: number } | undefined;
}

export function opsManagerOnHost(installed: OpsManagerOnHost): ProductOnHost {
  return { layOut: (folder) => { layOut(folder, installed); } };
}

function layOut(folder: string, installed: OpsManagerOnHost): void {
  const mms = join(folder, 'opt/mongodb/mms');
  for (const inside of ['bin', 'conf', 'jdk/bin', 'lib', 'logs', 'tmp']) mkdirSync(join(mms, inside), { recursive: true });
  symlinkSync(process.execPath, join(mms, 'jdk/bin/mms-app'));
  writeFileSync(join(mms, 'lib/ops-manager.cjs'), OPS_MANAGER);
  writeFileSync(join(mms, 'version'), `${installed.version}\n`);
  writeFileSync(join(mms, 'conf/conf-mms.properties'), `# edited by the operator\nmongo.mongoUri=${installed.mongoUri}\nmongo.ssl=false\n`);
  writeFileSync(join(mms, 'conf/mms.conf'), 'BASE_PORT=8080\nENC_KEY_PATH=/etc/mongodb-mms/gen.key\n');
  writeFileSync(join(folder, 'var/lib/dpkg/mongodb-mms'), `${installed.version} install ok installed\n`);
  writeFileSync(join(folder, 'var/lib/dpkg/info/mongodb-mms.list'), '/opt/mongodb/mms\n');
  mkdirSync(join(folder, 'etc/mongodb-mms'));
  writeFileSync(join(folder, 'etc/mongodb-mms/gen.key'), installed.genKey, { mode: 0o600 });
  writeProgram(join(folder, 'etc/init.d/mongodb-mms'), INIT_OPS_MANAGER);
  writeProgram(join(folder, 'etc/init.d/mongodb-mms-backup-daemon'), INIT_BACKUP_DAEMON);
  for (const [service, enabled] of [['mongodb-mms', installed.application], ['mongodb-mms-backup-daemon', installed.daemon !== undefined]] as const) {
    mkdirSync(join(folder, 'etc/rc2.d'), { recursive: true });
    symlinkSync(join(folder, 'etc/init.d', service), join(folder, 'etc/rc2.d', `${enabled ? 'S' : 'K'}20${service}`));
  }
  if (!installed.daemon) writeFileSync(join(mms, 'conf/backup-daemon.disabled'), '');
  else if (installed.daemon.jobSeconds > 0) writeFileSync(join(mms, 'tmp/backup-job'), String(installed.daemon.jobSeconds));
}

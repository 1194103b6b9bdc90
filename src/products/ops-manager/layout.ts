/** Where things are in an installed Ops Manager (deb and rpm; a tarball has the same tree under its own folder). */
import type { OpsManagerHost } from '../../upgrade/installation.ts';
import { parentOf, trimmed } from '../linux/paths.ts';

export interface Layout {
  readonly installDir: string;
  /** Where an install needs room: a tarball's tree is unpacked beside the old one. */
  readonly unpacksIn: string;
  /** Holds `mongo.mongoUri`; edited on every production host. */
  readonly properties: string;
  /** Process settings; `ENC_KEY_PATH` in it may move the shared key. */
  readonly settings: string;
  /** Where the shared key is unless `ENC_KEY_PATH` says otherwise. */
  readonly key: string;
  readonly pidFiles: { readonly application: string; readonly daemon: string };
  readonly logs: {
    readonly application: string;
    readonly startup: string;
    readonly migration: string;
    readonly daemon: string;
    readonly daemonStartup: string;
  };
}

/** Where a tarball keeps the shared key, in the home of the user that it runs as. */
export const KEY_BELOW_HOME = '.mongodb-mms/gen.key';

/** Where the key is depends on platform and user; all else does not. */
export function layoutOf({ installDir, platform, runAs = '' }: Pick<OpsManagerHost, 'installDir'> & Partial<Pick<OpsManagerHost, 'platform' | 'runAs'>>): Layout {
  const root = trimmed(installDir);
  return {
    installDir: root,
    unpacksIn: platform === 'linux' ? parentOf(root) : root,
    properties: `${root}/conf/conf-mms.properties`,
    settings: `${root}/conf/mms.conf`,
    // The home may be elsewhere: the steps ask for it.
    key: platform === 'linux' ? `/home/${runAs}/${KEY_BELOW_HOME}` : '/etc/mongodb-mms/gen.key',
    pidFiles: { application: `${root}/tmp/mms-0.pid`, daemon: `${root}/tmp/bgrid-0.pid` },
    logs: {
      application: `${root}/logs/mms0.log`,
      startup: `${root}/logs/mms0-startup.log`,
      migration: `${root}/logs/mms-migration.log`,
      daemon: `${root}/logs/daemon.log`,
      daemonStartup: `${root}/logs/daemon-startup.log`,
    },
  };
}

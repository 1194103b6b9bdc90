/** Where things are in an installed HCL UrbanCode Deploy server, and in the application data that all servers share. */
import { KEPT } from '../linux/keeping.ts';
import { trimmed } from '../linux/paths.ts';

export interface Layout {
  readonly installDir: string;
  /** The service script: start, stop, run. */
  readonly script: string;
  readonly pidFile: string;
  /** Its own version; written at the end of an install, so it is the mark of success. */
  readonly mark: string;
  /** installed.properties. */
  readonly properties: string;
  /** Names JAVA_HOME and the JVM's options. */
  readonly environment: string;
  readonly logs: { readonly server: string; readonly stdout: string; readonly installers: string };
  /** Words of the server's JVM that are this install dir's and no other's. */
  readonly launcher: string;
  readonly classpath: string;
  readonly tomcat: string;
}

/** Where it is installed if nobody chose another folder. */
export const USUAL_FOLDERS = ['/opt/hcl-ucd/server', '/opt/ibm-ucd/server', '/opt/ucd/server'];

export function layoutOf({ installDir }: { readonly installDir: string }): Layout {
  const root = trimmed(installDir);
  return {
    installDir: root,
    script: `${root}/bin/server`,
    pidFile: `${root}/var/server.pid`,
    mark: `${root}/conf/installed.version`,
    properties: `${root}/conf/server/installed.properties`,
    environment: `${root}/bin/set_env`,
    logs: { server: `${root}/var/log/deployserver.out`, stdout: `${root}/var/log/stdout`, installers: `${root}/var/install-log` },
    launcher: `${root}/bin/launcher.jar`,
    classpath: `${root}/bin/classpath.conf`,
    tomcat: `${root}/opt/tomcat`,
  };
}

/** What the product keeps in the application data. Before 6.1.1.5 the same names were below the install dir. */
export interface DataEntry { readonly name: string; /** Of every installation; others come with use. */ readonly always: boolean }

export const DATA_ENTRIES: readonly DataEntry[] = [
  { name: 'var/plugins', always: true },
  { name: 'var/repository', always: true },
  { name: 'var/sa', always: false },
  { name: 'logs', always: true },
  { name: 'conf/server/notification-templates', always: true },
  { name: 'conf/encryption.keystore', always: true },
  { name: 'conf/server.keystore', always: true },
  { name: 'conf/collectors', always: false },
  { name: 'conf/server/log4j.properties', always: false },
  { name: 'patches', always: false },
];

export interface DataLayout {
  readonly root: string;
  /** The version of the whole installation. The first server writes it: no proof of the others. */
  readonly mark: string;
  readonly patches: string;
  readonly keystores: readonly string[];
}

export function dataOf(appData: string): DataLayout {
  const root = trimmed(appData);
  return { root, mark: `${root}/conf/installed.version`, patches: `${root}/patches`, keystores: [`${root}/conf/encryption.keystore`, `${root}/conf/server.keystore`] };
}

/** Where a staged package is unpacked for one user, to whom the folder belongs; named by the package's checksum. */
export interface Unpacked {
  readonly folder: string;
  /** The package itself, for as long as it is unpacked. */
  readonly archive: string;
  /** The package's own install.properties, kept beside the tree. */
  readonly shippedProperties: string;
}

export const UNPACKED = `${KEPT}/unpacked`;

export function unpackedOf(sha256: string): Unpacked {
  const folder = `${UNPACKED}/${sha256}`;
  return { folder, archive: `${folder}/package.zip`, shippedProperties: `${folder}/install.properties.shipped` };
}

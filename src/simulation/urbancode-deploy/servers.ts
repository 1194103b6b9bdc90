/**
 * A simulated UrbanCode Deploy installation: three servers and a cold standby, which share a database and application data, and
 * a load balancer. A deployment runs, and does not end by itself in the time that the demo's file gives it.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onGround, writePackage, type Ground, type GroundOptions, type Simulation, type WrittenPackage } from '../ground.ts';
import { writeProgram, type ProductOnHost } from '../host-folder.ts';
import { startSimulatedLoadBalancer } from '../simulated-load-balancer.ts';
import { serverPackage, SS, UNZIP } from './installer.ts';
import { JAVA, SERVER, SERVICE_SCRIPT } from './server.ts';

export const FROM_VERSION = '7.0.5.2';
export const TO_VERSION = '7.3.2.1';
export const SERVERS = ['ucd-1', 'ucd-2', 'ucd-3'] as const;
export const STANDBY = 'ucd-4';
export const LOAD_BALANCER_HOST = 'lb-1';
export const BACKEND = 'ucd';
/** More than one piece of an upload, and quick; in bytes. */
const PACKAGE_BYTES = 1_000_000;

export interface SimulatedServers extends Simulation {
  readonly package: WrittenPackage;
}

export async function startSimulatedServers(options: GroundOptions): Promise<SimulatedServers> {
  return onGround(options, async (ground) => {
    layOutShared(ground.shared);
    for (const name of [...SERVERS, STANDBY]) await ground.addHost(name, serverOnHost(name, ground.shared));
    const { folder } = await ground.addHost(LOAD_BALANCER_HOST);
    const loadBalancer = await startSimulatedLoadBalancer(folder, { name: BACKEND, health: '/connTest.txt', servers: foldersOf(ground) });
    ground.atEnd(() => loadBalancer.close());
    await Promise.all(SERVERS.map(async (name) => ground.hosts.get(name)?.run('"$SIM_FOLDER/opt/ucd/server/bin/server" start')));
    await loadBalancer.allUp();
    return { package: writePackage(ground.folder, `ibm-ucd-${TO_VERSION}.simulated.zip`, serverPackage(TO_VERSION, PACKAGE_BYTES)) };
  });
}

function foldersOf({ hosts }: Ground): ReadonlyMap<string, string> {
  return new Map(SERVERS.map((name) => [name, hosts.get(name)?.folder ?? '']));
}

function layOutShared(shared: string): void {
  const data = join(shared, 'appdata');
  for (const inside of ['conf', 'var/plugins', 'var/repository', 'logs', 'patches']) mkdirSync(join(data, inside), { recursive: true });
  for (const store of ['encryption', 'server']) writeFileSync(join(data, `conf/${store}.keystore`), `simulated ${store} keystore\n`);
  writeFileSync(join(shared, 'schema'), `${FROM_VERSION}\n`);
  const deployment = {
    traceId: 'd3b07384-d9a0-4c9b-8f3e-1f5a1c2b3d4e', processRequestType: 'APPLICATION', applicationProcess: { name: 'Deploy' }, application: { name: 'web shop' },
    environment: { name: 'PROD' }, userName: 'ann', startTime: Date.now() - 20 * 60_000, until: null,
  };
  writeFileSync(join(shared, 'work.json'), JSON.stringify([deployment]));
}

function serverOnHost(name: string, shared: string): ProductOnHost {
  return {
    programs: { ss: SS, unzip: UNZIP },
    layOut: (folder) => {
      const tree = join(folder, 'opt/ucd/server'), jre = join(folder, 'opt/ucd/jre');
      for (const inside of ['bin', 'conf/server', 'lib', 'opt/tomcat', 'var/log', 'var/install-log']) mkdirSync(join(tree, inside), { recursive: true });
      for (const inside of ['bin', 'lib']) mkdirSync(join(jre, inside), { recursive: true });
      mkdirSync(join(folder, 'mnt/ucd'), { recursive: true });
      symlinkSync(join(shared, 'appdata'), join(folder, 'mnt/ucd/appdata'));
      symlinkSync(process.execPath, join(jre, 'lib/java'));
      writeProgram(join(jre, 'bin/java'), JAVA);
      writeProgram(join(tree, 'bin/server'), SERVICE_SCRIPT);
      writeFileSync(join(tree, 'lib/server.cjs'), SERVER);
      writeFileSync(join(tree, 'bin/set_env'), 'JAVA_HOME="/opt/ucd/jre"\nJAVA_OPTS="-Xmx4g"\n');
      writeFileSync(join(tree, 'var/log/deployserver.out'), '');
      writeFileSync(join(tree, 'conf/server/installed.properties'), propertiesOf(name));
      writeFileSync(join(tree, 'version'), `${FROM_VERSION}\n`);
      writeFileSync(join(tree, 'conf/installed.version'), `installed.version=${FROM_VERSION}.1044461\n`);
    },
  };
}

function propertiesOf(name: string): string {
  return [
    'server.appdata.dir=/mnt/ucd/appdata', 'database.type=mysql', 'hibernate.connection.url=jdbc:mysql://db.example:3306/ucd',
    'install.java.home=/opt/ucd/jre', 'install.server.web.port=8080', `agentcomm.uri=random:(wss://${name}:7919)`, '',
  ].join('\n');
}

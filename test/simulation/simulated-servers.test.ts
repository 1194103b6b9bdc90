/** Simulated servers of UrbanCode Deploy do what the demo shows of the real ones. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SimulatedHost } from '../../src/simulation/simulated-host.ts';
import { SERVERS, STANDBY, startSimulatedServers, type SimulatedServers } from '../../src/simulation/urbancode-deploy/servers.ts';

let simulation: SimulatedServers;
beforeAll(async () => { simulation = await startSimulatedServers({ installSeconds: 0.2 }); });
afterAll(async () => { await simulation?.close(); });

function host(name: string): SimulatedHost {
  const found = simulation.hosts.get(name);
  if (!found) throw new Error(`no host ${name}`);
  return found;
}
const server = (name: string, verb: 'start' | 'stop') => host(name).run(`"$SIM_FOLDER/opt/ucd/server/bin/server" ${verb}`);
const listeners = (name: string) => host(name).run('ss -Hltnp');
const processes = (name: string) => host(name).run('ps -eww -o user:32=,args=');
const install = (name: string) => host(name).run(`unzip -q -o ${simulation.package.file} -d "$SIM_FOLDER/tmp/unpacked"; "$SIM_FOLDER/tmp/unpacked/ibm-ucd-install/install-server.sh" || true`);
const mark = (name: string) => host(name).run('cat "$SIM_FOLDER/opt/ucd/server/conf/installed.version"');

it('show their process and port while they run, and neither when they are stopped; the installer refuses beside a server of the old version', async () => {
  expect(await processes('ucd-1')).toMatch(/^ucd .*\/bin\/launcher\.jar .* com\.urbancode\.ds\.UDeployServer$/m);
  expect(await listeners('ucd-1')).toContain(':8080 ');
  expect(await install('ucd-1')).toContain('Found pid file at');
  await server('ucd-1', 'stop');
  expect(await processes('ucd-1')).not.toContain('UDeployServer');
  expect(await listeners('ucd-1')).not.toContain(':8080 ');
  expect(await install('ucd-1')).toContain('is running on ucd-2');
  expect(host('ucd-1').installs()).toEqual([]);

  for (const name of SERVERS.slice(1)) await server(name, 'stop');
  expect(await install('ucd-1')).toContain('Upgrading the database from 7.0.5.2 to 7.3.2.1');
  expect(await install(STANDBY)).toContain('No database upgrades found');
  expect([await mark('ucd-1'), await mark('ucd-2')]).toEqual(['installed.version=7.3.2.1.1161889\n', 'installed.version=7.0.5.2.1044461\n']);
  expect(host('ucd-1').installs()).toHaveLength(2);

  await server('ucd-2', 'start');
  await expect.poll(() => host('ucd-2').run('cat "$SIM_FOLDER/opt/ucd/server/var/log/deployserver.out"')).toContain('ERROR main com.urbancode.ds.UDeployServer - The database is of version 7.3.2.1');
});

/** `init` on simulated hosts that answer real SSH; the parts that only read and write are proven by tables. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { runCli } from '../../src/cli/program.ts';
import type { Simulation } from '../../src/simulation/ground.ts';
import { startSimulatedInstallation, type SimulatedInstallation } from '../../src/simulation/simulated-installation.ts';
import { SERVERS, STANDBY, startSimulatedServers, type SimulatedServers } from '../../src/simulation/urbancode-deploy/servers.ts';
import { sha256 } from '../installation/an-installation.ts';
import { FakeTerminal, type Said } from './terminal.ts';

let simulation: SimulatedInstallation;
let servers: SimulatedServers;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-init-'));
  [simulation, servers] = await Promise.all([startSimulatedInstallation({ installSeconds: 1, jobSeconds: 600 }), startSimulatedServers({ installSeconds: 1 })]);
});
afterAll(async () => {
  await Promise.all([simulation.close(), servers.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const reached = ({ user, hosts }: Simulation, name: string): string => `${user}@127.0.0.1:${hosts.get(name)?.port}`;
const on = (name: string): string => reached(simulation, name);

async function type(...words: string[]): Promise<Said> {
  const terminal = new FakeTerminal(process.env);
  return { code: await runCli(words, terminal), out: terminal.out, err: terminal.err };
}

function init(...words: string[]): Promise<Said> {
  return type('init', ...words, '--identity-file', simulation.identityFile, '--known-hosts', simulation.knownHostsFile);
}

/** The places that `validate` finds fault with. */
async function faults(file: string): Promise<readonly string[]> {
  const { out } = await type('validate', file, '-o', 'json');
  const said = JSON.parse(out) as { problems?: { path: (string | number)[] }[] };
  return (said.problems ?? []).map(({ path }) => path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`), ''));
}

describe('init', () => {
  it('writes what it saw, and leaves exactly the places that it lists; filled in, the file is fine', async () => {
    const file = join(folder, 'om.yaml');
    const { code, out, err } = await init(...['om-1', 'om-2', 'om-3', 'bkp-1'].map(on), '--haproxy', on('lb-1'), '--haproxy-socket', '/run/admin.sock', '--name', 'om-sim', '-o', file);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const text = readFileSync(file, 'utf8');
    const document = parseDocument(text);
    expect(document.toJS()).toMatchObject({
      installation: 'om-sim', product: 'ops-manager', ssh: { user: 'ops', identityFile: simulation.identityFile, knownHostsFile: simulation.knownHostsFile },
      hosts: [
        ...['om-1', 'om-2', 'om-3'].map((name) => ({ name, address: '127.0.0.1', platform: 'debian', roles: ['application'], ssh: { port: simulation.hosts.get(name)?.port } })),
        { name: 'bkp-1', platform: 'debian', roles: ['backup-daemon'] },
      ],
      applicationDatabase: { uri: { env: 'OM_APPDB_URI' } },
      loadBalancers: [{ haproxy: { host: { name: 'lb-1' }, socket: '/run/admin.sock', backend: 'ops-manager', servers: { 'om-1': 'om-1', 'om-2': 'om-2', 'om-3': 'om-3' }, sudo: false } }],
    });
    expect(text).toMatch(/# 4\.4\.13 runs\. Next may be: a later 4\.4, or 5\.0\.\n +version:/);
    expect(text).toMatch(/# 4\.4\.13 is installed, 4\.4\.13 is served\.\n +# The application runs, starts at boot; the Backup Daemon does not run, disabled at boot\.\n +- name: om-1/);
    expect(text).toMatch(/# 4\.4\.13 is installed\.\n +# The application does not run, disabled at boot; the Backup Daemon runs, starts at boot\.\n +- name: bkp-1/);
    expect(text).toMatch(/# The hosts use (set \S+|no set): \S+/);
    expect(text).not.toMatch(/mongodb:\/\//);

    const listed = [...err.matchAll(/^ {2}(\S+): /gm)].map(([, path]) => path);
    expect(listed).toEqual(['target.version', 'target.packages.debian.file', 'target.packages.debian.sha256', 'applicationDatabase.backups[0].confirm']);
    expect([...await faults(file)].map((path) => path.replace(/^applicationDatabase.backups.*/, 'applicationDatabase.backups[0].confirm'))).toEqual(listed);
    document.setIn(['target', 'version'], '4.4.18');
    document.setIn(['target', 'packages', 'debian'], { file: 'mms.deb', sha256 });
    document.setIn(['applicationDatabase', 'backups', 0, 'confirm'], 'it is backed up');
    writeFileSync(file, document.toString());
    expect(await faults(file)).toEqual([]);
  });

  it('never writes over a file, and touches no host for one that is there', async () => {
    const file = join(folder, 'there.yaml');
    writeFileSync(file, 'mine\n');
    expect(await init(on('om-1'), '-o', file)).toMatchObject({ code: 2, err: expect.stringContaining('never written over') as string });
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
  });

  it('says in the file which host it could not see, and why; writes nothing when it saw none', async () => {
    const stranger = join(folder, 'known_hosts');
    writeFileSync(stranger, readFileSync(simulation.knownHostsFile, 'utf8').split('\n').filter((line) => !line.includes(`:${simulation.hosts.get('om-2')?.port} `)).join('\n'));
    const { code, out, err } = await type('init', on('om-1'), on('om-2'), '--identity-file', simulation.identityFile, '--known-hosts', stranger);
    expect(code).toBe(0);
    expect(out).toMatch(/# NOT SEEN: The host key of 127\.0\.0\.1 is unknown/);
    expect(err).toMatch(/Not seen: 127\.0\.0\.1: The host key/);
    expect(err).toMatch(/hosts\[1\]\.platform: [^]*hosts\[1\]\.roles: /);
    const none = await type('init', on('om-2'), '--identity-file', simulation.identityFile, '--known-hosts', stranger, '-o', join(folder, 'none.yaml'));
    expect(none).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/None of the hosts could be seen.*host key/) as string });
  });

  it.each([[['a b']], [['om-1', 'om-1']], [['om-1', '--name', 'Not A Name']], [['om-1', '--haproxy', '-x']], [['om-1', '--jump-host', 'a b']]])('takes no %j', async (words) => {
    expect(await type('init', ...words)).toMatchObject({ code: 2, out: '' });
  });
});

describe('init of UrbanCode Deploy', () => {
  const initServers = (names: readonly string[], ...words: string[]): Promise<Said> =>
    type('init', '--product', 'urbancode-deploy', ...names.map((name) => reached(servers, name)), ...words, '--identity-file', servers.identityFile, '--known-hosts', servers.knownHostsFile);

  it('writes what it saw and no secret, and leaves exactly the places that it lists; filled in, the file is fine', async () => {
    const file = join(folder, 'ucd.yaml');
    for (const name of [...SERVERS, STANDBY]) {
      const properties = join(servers.hosts.get(name)?.folder ?? '', 'opt/ucd/server/conf/server/installed.properties');
      writeFileSync(properties, readFileSync(properties, 'utf8').replace('//db.example', '//ucd:hunter22@db.example') + 'hibernate.connection.password=hunter23\nserver.initial.password=hunter24\nencryption.keystore.password=hunter25\n');
    }
    const { code, out, err } = await initServers([...SERVERS, STANDBY], '--haproxy', reached(servers, 'lb-1'), '--haproxy-socket', '/run/admin.sock', '--name', 'ucd-sim', '-o', file);
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: expect.stringContaining('ucd.yaml is written.') as string });
    const text = readFileSync(file, 'utf8'), document = parseDocument(text);
    const host = (name: string) => ({ name, address: '127.0.0.1', platform: 'linux', url: 'http://127.0.0.1:8080', installDir: '/opt/ucd/server', runAs: 'ucd', agentcommUri: `random:(wss://${name}:7919)`, ssh: { port: servers.hosts.get(name)?.port } });
    expect(document.toJS()).toEqual({
      installation: 'ucd-sim', product: 'urbancode-deploy', target: { version: null, packages: { linux: { file: null, sha256: null } } },
      ssh: { user: 'ops', identityFile: servers.identityFile, knownHostsFile: servers.knownHostsFile },
      hosts: [...SERVERS.map((name) => ({ ...host(name), roles: ['server'] })), { ...host(STANDBY), roles: null }],
      database: { backups: [{ confirm: null }], sessions: { host: 'ucd-1', command: null } },
      appData: '/mnt/ucd/appdata', api: { url: null, token: { env: 'UCD_TOKEN' } },
      loadBalancers: [{ haproxy: { host: { name: 'lb-1', address: '127.0.0.1', ssh: { port: servers.hosts.get('lb-1')?.port } }, socket: '/run/admin.sock', backend: 'ucd', servers: { 'ucd-1': 'ucd-1', 'ucd-2': 'ucd-2', 'ucd-3': 'ucd-3' }, sudo: false } }],
    });
    expect(text).toMatch(/# 7\.0\.5\.2 runs\. Next may be: a later 7\.0, 7\.1, 7\.2 or 7\.3\.\n +version:/);
    expect(text).toMatch(/# 7\.0\.5\.2 is installed, 7\.0\.5\.2 is served\.\n +# The server runs\.\n +- name: ucd-1/);
    expect(text).toMatch(/# The server does not run, and ucd-1, ucd-2, ucd-3 do: roles: \[standby\], if that is meant; \[server\], if it is only down now\.\n +- name: ucd-4/);
    expect(text).toMatch(/# The servers use mysql\.\ndatabase:/);
    expect(text + err).not.toMatch(/hunter2|jdbc:/);

    const listed = [...err.matchAll(/^ {2}(\S+): /gm)].map(([, path]) => path);
    expect(listed).toEqual(['target.version', 'target.packages.linux.file', 'target.packages.linux.sha256', 'hosts[3].roles', 'database.backups[0].confirm', 'database.sessions.command', 'api.url']);
    expect((await faults(file)).map((path) => path.replace(/^database.backups.*/, 'database.backups[0].confirm'))).toEqual(listed);
    for (const [path, value] of [
      [['target', 'version'], '7.3.2.1'], [['target', 'packages', 'linux'], { file: 'ucd.zip', sha256 }], [['hosts', 3, 'roles'], ['standby']],
      [['database', 'backups', 0, 'confirm'], 'it is backed up'], [['database', 'sessions', 'command'], 'ucd-sessions'], [['api', 'url'], 'https://ucd.example'],
    ] as const) document.setIn(path, value);
    writeFileSync(file, document.toString());
    expect(await faults(file)).toEqual([]);
  });

  it('knows no third product', async () => {
    expect(await type('init', '--product', 'nexus', 'a')).toMatchObject({ code: 2, err: expect.stringContaining('ops-manager, urbancode-deploy') as string });
  });
});

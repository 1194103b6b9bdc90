import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/secrets/secrets.ts';
import { createHosts } from '../../src/ssh/hosts.ts';
import type { Hosts, HostSession } from '../../src/ssh/port.ts';
import { startSimulatedInstallation, type SimulatedInstallation } from '../../src/simulation/simulated-installation.ts';
import { commandsFor } from '../../src/products/ops-manager/commands.ts';
import { describeFiles, parseFiles } from '../../src/products/linux/keeping.ts';
import { parseProcesses } from '../../src/products/linux/processes.ts';
import { lookFor } from '../../src/products/ops-manager/processes.ts';
import { dpkg, parsePackageState } from '../../src/products/ops-manager/dpkg.ts';
import { servedVersion, VERSION_PATH } from '../../src/products/ops-manager/served-version.ts';
import { parseStatistics, SHOW_STATISTICS, setState, socket } from '../../src/products/haproxy/runtime.ts';
import { asLogin, asRoot } from '../../src/upgrade/command.ts';
import type { SshSettings } from '../../src/upgrade/installation.ts';

const debian = commandsFor({ name: 'om-1', platform: 'debian', installDir: '/opt/mongodb/mms', runAs: 'mongodb-mms' });
const attempt = (n: number) => ({
  token: `run-1/install:om-3#${n}`, owner: { workflowId: 'upgrade/om-demo', firstExecutionRunId: 'run-1' }, stepNumber: n, mode: 'act' as const,
});

let simulation: SimulatedInstallation;
let hosts: Hosts;

function session(name: string): HostSession {
  const port = simulation.hosts.get(name)?.port ?? 0;
  const { user, identityFile, knownHostsFile } = simulation;
  return hosts.session({ name, address: '127.0.0.1', ssh: { user, port, identityFile, knownHostsFile } });
}

async function typed(name: string, command: Parameters<HostSession['run']>[0], stdin?: string): Promise<string> {
  const ran = await session(name).run(command, { stdin });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran.stdout;
}

async function processes(name: string): Promise<ReturnType<typeof parseProcesses>> {
  return parseProcesses(await typed(name, debian.processes));
}

async function running(name: string, part: 'application' | 'daemon'): Promise<string> {
  return lookFor(part, { processes: await processes(name), pidFile: null, runAs: 'mongodb-mms', installDir: '/opt/mongodb/mms' }).running;
}

async function until<T>(look: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (wanted(value)) return value;
    await pause(50);
  }
}

beforeAll(async () => {
  simulation = await startSimulatedInstallation({ installSeconds: 0.5, jobSeconds: 600 });
  hosts = createHosts({ folder: simulation.folder, env: process.env, secrets: createSecrets({ folder: simulation.folder, env: process.env }) });
});
afterAll(async () => {
  await hosts?.close();
  await simulation?.close();
});

describe('a simulated host, reached by Lockkeeper\'s own SSH', () => {
  it('is known by the host key in known_hosts, and by no other', async () => {
    expect(await typed('om-1', asLogin('hostname'))).toBe('om-1\n');
    const [om1, om2] = ['om-1', 'om-2'].map((name) => simulation.hosts.get(name));
    const { user, identityFile } = simulation;
    const wrong = om2?.knownHostsLine.split(' ').slice(1).join(' ') ?? '';
    const stranger = hosts.session({ name: 'stranger', address: '127.0.0.1', ssh: { user, port: om1?.port ?? 0, identityFile, hostKey: wrong } });
    await expect(stranger.run(asLogin('hostname'))).rejects.toThrow(/key/);
  });

  it('keeps absolute paths in its own folder, and shows them without it', async () => {
    await typed('om-1', asRoot('sh', '-c', 'mkdir -p /etc/here && echo "$1" >/etc/here/file', 'x', 'text'));
    expect(readFileSync(`${simulation.folder}/om-1/etc/here/file`, 'utf8')).toBe('text\n');
    expect(existsSync('/etc/here')).toBe(false);
    expect(await typed('om-1', asRoot('find', '/etc/here'))).toBe('/etc/here\n/etc/here/file\n');
    expect(await typed('om-1', asLogin('sh', '-c', 'cd; pwd'))).toBe('/home/ops\n');
  });

  it('lists its own processes only, with process 1 and the product\'s own lines', async () => {
    const seen = await processes('om-1');
    expect(seen[0]).toMatchObject({ pid: 1, args: '/sbin/init' });
    const product = seen.filter(({ args }) => args.includes('-Dapp-id='));
    expect(product).toMatchObject([{ user: 'mongodb-mms' }]);
    expect(product[0]?.args).toMatch(/^\/opt\/mongodb\/mms\/jdk\/bin\/mms-app .* com\.xgen\.svc\.core\.ServerMain$/);
    expect([await running('om-1', 'application'), await running('om-1', 'daemon')]).toEqual(['yes', 'no']);
    expect([await running('bkp-1', 'application'), await running('bkp-1', 'daemon')]).toEqual(['no', 'yes']);
  });

  it('says who owns what as a real host would', async () => {
    const key = '/etc/mongodb-mms/gen.key';
    expect(parseFiles(await typed('om-1', describeFiles([key]))).get(key)).toEqual({ mode: '600', owner: 'mongodb-mms:mongodb-mms', size: 24 });
  });

  it('serves its version on its own port, through its own SSH connection, and on the load balancer\'s', async () => {
    const own = await session('om-2').http({ url: `http://127.0.0.1:8080${VERSION_PATH}` });
    expect([own.status, servedVersion(own.headers)]).toEqual([200, '4.4.13']);
    const balanced = await until(() => session('om-2').http({ url: `http://lb-1${VERSION_PATH}` }), ({ status }) => status === 200);
    expect(servedVersion(balanced.headers)).toBe('4.4.13');
    await expect(session('om-2').http({ url: 'http://127.0.0.1:8081/' })).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('is drained by HAProxy\'s admin socket, and gets no more requests', async () => {
    const admin = socket({ socket: '/run/admin.sock', sudo: true });
    const status = async (): Promise<string | undefined> =>
      parseStatistics(await typed('lb-1', admin, `${SHOW_STATISTICS}\n`), 'ops-manager')?.find(({ server }) => server === 'om-2')?.status;
    await until(status, (seen) => seen === 'UP');
    expect((await typed('lb-1', admin, `${setState('ops-manager', 'om-2', 'drain')}\n`)).trim()).toBe('');
    expect(await status()).toBe('DRAIN');
    await typed('lb-1', admin, `${setState('ops-manager', 'om-2', 'ready')}\n`);
    expect(await status()).toBe('UP');
  });

  it('installs once, as a job that a cut connection does not end, and writes it down itself', async () => {
    const host = simulation.hosts.get('om-3');
    const lock = { clusterId: 'c', namespace: 'default', workflowId: 'upgrade/om-demo', firstExecutionRunId: 'run-1', stepNumber: 1 };
    expect(await session('om-3').takeLock(lock)).toMatchObject({ taken: true });
    await session('om-3').upload(simulation.package.file, '.lockkeeper/upload.deb', { sha256: simulation.package.sha256 });
    await typed('om-3', debian.application.stop);
    const job = { name: 'install', command: dpkg.install('/home/ops/.lockkeeper/upload.deb') };
    expect(await session('om-3').startJob(attempt(1), job)).toMatchObject({ state: 'running' });
    host?.cut();
    await pause(0); // the client sees the cut before it is used again
    const attached = await until(() => session('om-3').startJob(attempt(1), job).catch(() => ({ state: 'running' as const })), ({ state }) => state !== 'running');
    expect(attached).toMatchObject({ state: 'finished', code: 0 });
    expect(host?.installs().map((line) => line.split(' ').slice(1).join(' '))).toEqual(['begin mongodb-mms 4.4.18', 'end mongodb-mms 4.4.18']);
    expect(parsePackageState(await typed('om-3', debian.package.state))).toEqual({ version: '4.4.18', architecture: 'amd64', state: 'installed' });
  });

  it('enters Upgrade Mode with the first new version, and hangs until the Backup Daemons are stopped and it is started again', async () => {
    await typed('om-3', debian.application.start);
    const health = async (): Promise<number> => (await session('om-3').http({ url: 'http://127.0.0.1:8080/monitor/health' }).catch(() => ({ status: 0 }))).status;
    expect(await until(health, (status) => status !== 0)).toBe(503);
    await until(() => typed('bkp-1', asRoot('cat', '/opt/mongodb/mms/logs/daemon.log')), (log) => log.includes('Cannot stop yet: backup job'));
    expect(await running('bkp-1', 'daemon')).toBe('yes');
    await typed('bkp-1', debian.backupDaemon.stop.service);
    expect(await running('bkp-1', 'daemon')).toBe('no');
    expect(await health()).toBe(503);
    await typed('om-3', debian.application.stop);
    await typed('om-3', debian.application.start);
    expect(await until(health, (status) => status !== 0)).toBe(200);
  }, 20_000);
});

it('the simulated Application Database has a primary and its majority', async () => {
  const client = new MongoClient(simulation.databaseUri);
  try {
    const status = await client.db('admin').command({ replSetGetStatus: 1 });
    expect((status['members'] as { stateStr: string }[]).map(({ stateStr }) => stateStr)).toEqual(['PRIMARY', 'SECONDARY', 'SECONDARY']);
  } finally {
    await client.close();
  }
});

it('hosts that have a passphrase and a sudo password let in and become root with these alone', async () => {
  const locked = await startSimulatedInstallation({ installSeconds: 1, jobSeconds: 0, applicationHosts: [], passphrase: 'open sesame', sudoPassword: 'hokuspokus' });
  const env = { RIGHT: 'hokuspokus', WRONG: 'simsalabim', PASSPHRASE: 'open sesame' };
  const there = createHosts({ folder: locked.folder, env, secrets: createSecrets({ folder: locked.folder, env }) });
  const { user, identityFile, knownHostsFile } = locked;
  const asking = (secrets: Partial<SshSettings>): Promise<string> => there.session({
    name: 'bkp-1', address: '127.0.0.1', ssh: { user, port: locked.hosts.get('bkp-1')?.port ?? 0, identityFile, knownHostsFile, passphrase: { env: 'PASSPHRASE' }, ...secrets },
  }).run(asRoot('id', '-u')).then(({ stdout }) => stdout);
  try {
    expect(await asking({ sudoPassword: { env: 'RIGHT' } })).toBe('0\n');
    await expect(asking({ sudoPassword: { env: 'WRONG' } })).rejects.toThrow(/1 incorrect password attempt/);
    await expect(asking({ sudoPassword: undefined })).rejects.toThrow(/a password is required/);
    await expect(asking({ passphrase: { env: 'WRONG' } })).rejects.toThrow(/passphrase/);
  } finally {
    await there.close();
    await locked.close();
  }
});

it('a closed simulation leaves no process and no folder', async () => {
  const other = await startSimulatedInstallation({ installSeconds: 60, jobSeconds: 600 });
  const listed = (): string => execFileSync('ps', ['-A', '-ww', '-o', 'stat=,args='], { encoding: 'utf8' }).split('\n')
    .filter((line) => line.includes(other.folder) && !line.startsWith('Z')).join('\n');
  expect(listed()).toContain('com.xgen.svc.brs.grid.Daemon');
  await other.close();
  await until(() => Promise.resolve(listed()), (lines) => lines === '');
  expect(existsSync(other.folder)).toBe(false);
  expect(readdirSync(simulation.folder)).not.toHaveLength(0);
});

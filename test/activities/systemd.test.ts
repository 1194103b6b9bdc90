import { beforeEach, describe, expect, it } from 'vitest';
import { APPLICATION } from './fake-host.ts';
import { FakeWorld, OWNER, PACKAGE } from './fake-ports.ts';
import { withSystemd } from './fake-systemd.ts';

let world: FakeWorld;
let systemd: ReturnType<typeof withSystemd>;
beforeEach(() => {
  world = new FakeWorld();
  systemd = withSystemd(world.host('om-2'));
});
const host = () => world.host('om-2');
const on = (step: string, mode: 'act' | 'look' = 'act') => ({ host: world.on('om-2'), attempt: world.attempt(`${step}:om-2`, mode) });
const START = 'sudo systemctl start mongodb-mms.service', STOP = 'sudo systemctl stop mongodb-mms.service';
const RESTART_SAYS = 'Restart=always (/etc/systemd/system/mongodb-mms.service.d/restart.conf)';
const FAILED_START = ['[  100.100000] om-2 unit.sh[89]: Starting pre-flight checks', '[  103.000000] om-2 unit.sh[89]: Preflight check failed. No room.', ''].join('\n');

describe('a stop on a systemd host', () => {
  it('goes through the unit', async () => {
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'done' });
    expect(host().started).toEqual([STOP]);
  });

  it('is not done while systemd is about to start it again: it is stopped through systemd, and stays down', async () => {
    host().end('ServerMain');
    Object.assign(systemd.units['mongodb-mms'], { active: 'activating', sub: 'auto-restart', restart: 'always' });
    expect(await world.run('stopApplication', on('stop', 'look'))).toMatchObject({ outcome: 'unknown' });
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'done' });
    expect(systemd.units['mongodb-mms'].active).toBe('inactive');
  });

  it('says which drop-in brings the process back', async () => {
    Object.assign(systemd.units['mongodb-mms'], { restart: 'always', dropIn: '/etc/systemd/system/mongodb-mms.service.d/restart.conf' });
    host().effects.set(STOP, () => ({ code: 0 }));
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining(RESTART_SAYS) });
  });

  it('says that a process which was started behind systemd\'s back is not stopped by it', async () => {
    Object.assign(systemd.units['mongodb-mms'], { active: 'inactive', sub: 'dead' });
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('started behind its back') });
    expect(host().runs('ServerMain')).toBe(true);
  });

  it('of a daemon is still to be made where one ended by itself and systemd brings it back', async () => {
    Object.assign(systemd.units['mongodb-mms-backup-daemon'], { active: 'activating', sub: 'auto-restart', restart: 'always' });
    const [seen] = await world.run('lookAtBackupDaemons', { hosts: [world.on('om-2')] });
    host().begin('/bin/bash /opt/mongodb/mms/bin/mongodb-mms-backup-daemon start', 'root');
    expect(await world.run('lookAtBackupDaemons', { hosts: [world.on('om-2')] })).toMatchObject([{ running: 'yes' }]);
    host().end('mongodb-mms-backup-daemon');
    expect(seen).toMatchObject({ running: 'yes', enabledAtBoot: 'no', process: expect.stringContaining('auto-restart') });
    expect(await world.run('stopBackupDaemon', { ...on('stop-backup-daemon'), way: 'service' })).toMatchObject({ outcome: 'done' });
    expect(host().started).toEqual(['sudo systemctl stop mongodb-mms-backup-daemon.service']);
  });
});

describe('a start on a systemd host', () => {
  beforeEach(async () => {
    await world.run('saveConfiguration', on('save'));
    await world.run('stopApplication', on('stop'));
  });

  it('that returns at once is waited for', async () => {
    host().effects.set(START, (fake) => {
      Object.assign(systemd.units['mongodb-mms'], { active: 'active', sub: 'running' });
      fake.looks.set('sudo ps', () => { fake.looks.delete('sudo ps'); fake.begin(APPLICATION); return { stdout: '1 0 root 9 /sbin/init\n' }; });
      return { code: 0 };
    });
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('ServerMain') });
  });

  it('that returns at once and fails later has failed, and the journal says why', async () => {
    host().effects.set(START, () => {
      Object.assign(systemd.units['mongodb-mms'], { active: 'failed', sub: 'failed', result: 'exit-code' });
      systemd.journal = FAILED_START;
      return { code: 0 };
    });
    const seen = await world.run('startApplication', on('start'));
    expect(seen).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('mongodb-mms.service is failed (exit-code).') });
    expect(seen.evidence).toContain('Preflight check failed. No room.');
  });

  it('that is lost while it is awaited shows the journal to who is asked', async () => {
    await world.run('startApplication', on('start'));
    host().end('ServerMain');
    Object.assign(systemd.units['mongodb-mms'], { active: 'failed', sub: 'failed', result: 'exit-code' });
    systemd.journal = FAILED_START;
    const { result } = await world.await('awaitServing', { host: world.on('om-2'), owner: OWNER, version: '4.4.13', health: { consecutive: 2, every: '1s', within: '1m' } });
    expect(result).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Preflight check failed. No room.'), sighting: { process: 'no', migrating: 'no' } });
  });

  it('begins anew what systemd believes to run though its process is gone', async () => {
    Object.assign(systemd.units['mongodb-mms'], { active: 'active', sub: 'exited' });
    host().effects.set('sudo systemctl restart mongodb-mms.service', (fake) => { fake.begin(APPLICATION); return { code: 0 }; });
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'done' });
  });
});

describe('an install on a systemd host', () => {
  const units = { application: { name: 'mongodb-mms.service', atBoot: 'yes' }, backupDaemon: { name: 'mongodb-mms-backup-daemon.service', atBoot: 'no' } } as const;
  const install = (mode: 'act' | 'look' = 'act') => world.run('installPackage', { ...on('install', mode), package: PACKAGE, version: '4.4.18', units });
  const ENABLES = 'sudo dpkg --force-confdef --force-confold -i';
  beforeEach(async () => {
    await world.run('saveConfiguration', on('save'));
    await world.run('stagePackage', { ...on('stage'), package: PACKAGE, version: '4.4.18' });
    await world.run('stopApplication', on('stop'));
    host().effects.set(ENABLES, (fake) => { fake.install('4.4.18.100-1'); systemd.units['mongodb-mms-backup-daemon'].atBoot = 'enabled'; return { code: 0 }; });
  });

  it('leaves a daemon disabled at boot that its package had enabled, and says so', async () => {
    expect(await install()).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('mongodb-mms-backup-daemon.service disabled') });
    expect(systemd.units['mongodb-mms-backup-daemon'].atBoot).toBe('disabled');
    expect(systemd.units['mongodb-mms'].atBoot).toBe('enabled');
  });

  it('has failed when systemd does not take that back, and is tried again without another install', async () => {
    const DISABLE = 'sudo systemctl disable mongodb-mms-backup-daemon.service', works = host().effects.get(DISABLE)!;
    host().effects.set(DISABLE, () => ({ code: 1, output: 'Failed to disable' }));
    expect(await install()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Before the install were: mongodb-mms-backup-daemon.service disabled') });
    host().effects.set(DISABLE, works);
    expect(await world.run('installPackage', { host: world.on('om-2'), attempt: { ...world.attempt('install:om-2'), token: 'run-1/install:om-2#2' }, package: PACKAGE, version: '4.4.18', units })).toMatchObject({ outcome: 'already' });
    expect(host().started.filter((each) => each.startsWith(ENABLES))).toHaveLength(1);
  });
});

describe('preflight of a systemd host', () => {
  const preflight = async () => world.run('preflight', { installation: world.installation, owner: OWNER, attempt: world.attempt('preflight') });
  beforeEach(() => { for (const { name } of world.installation.hosts) world.host(name).lock = null; });

  it('names the unit in the plan, and a Restart= with its drop-in', async () => {
    Object.assign(systemd.units['mongodb-mms'], { restart: 'always', dropIn: '/etc/systemd/system/mongodb-mms.service.d/restart.conf' });
    const { findings, hosts, plan } = await preflight();
    expect(findings.filter(({ subject }) => subject === 'systemd')).toEqual([{ host: 'om-2', subject: 'systemd', verdict: 'warning', says: expect.stringContaining(RESTART_SAYS) as string }]);
    expect(hosts.find(({ name }) => name === 'om-2')?.units).toEqual({ application: { name: 'mongodb-mms.service', atBoot: 'yes' }, backupDaemon: { name: 'mongodb-mms-backup-daemon.service', atBoot: 'no' } });
    const typed = (name: string) => plan.hosts.find((each) => each.name === name)?.commands.map((command) => command.typed);
    expect(typed('om-2')).toEqual(expect.arrayContaining([STOP, START]));
    expect(typed('om-3')).toContain('sudo service mongodb-mms stop');
  });

  it('says that systemd did not answer, and goes by the services then', async () => {
    host().looks.set('systemctl show', () => ({ code: 1, stderr: 'Failed to get properties: Connection timed out' }));
    const { findings, plan } = await preflight();
    expect(findings).toContainEqual(expect.objectContaining({ host: 'om-2', subject: 'systemd', verdict: 'unknown' }));
    expect(plan.hosts.find(({ name }) => name === 'om-2')?.commands.map(({ typed }) => typed)).toContain('sudo service mongodb-mms stop');
  });

  it('refuses a host where nothing but systemd knows the application', async () => {
    host().end('ServerMain');
    host().answersHttp = false;
    const { findings } = await preflight();
    expect(findings).toContainEqual(expect.objectContaining({ host: 'om-2', verdict: 'refused', says: expect.stringContaining('systemd says that mongodb-mms.service runs') as string }));
  });
});

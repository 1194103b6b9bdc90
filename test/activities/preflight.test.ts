import { beforeEach, describe, expect, it } from 'vitest';
import { neverAsked } from '../../src/products/ops-manager/application-database.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import { refusals } from '../../src/upgrade/plan.ts';
import { KEY, MIGRATION } from './fake-host.ts';
import { FakeWorld, OWNER, PACKAGE } from './fake-ports.ts';

const HOST = { name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22 } };
const balanced = (servers: Record<string, string>) => [{ haproxy: { host: HOST, socket: '/s', backend: 'om', sudo: false, servers } }];
let world: FakeWorld;
beforeEach(() => { world = new FakeWorld({ locked: false }); });
const look = (changes: Partial<OpsManagerInstallation> = {}) =>
  world.run('preflight', { installation: { ...world.installation, ...changes }, owner: OWNER, attempt: world.attempt('preflight') });
const target = (version: string) => ({ target: { ...world.installation.target, version } });

describe('preflight', () => {
  it('finds a healthy installation ready, and touches nothing but its canary', async () => {
    const { findings, hosts, plan } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === 'unknown')).toEqual([]);
    expect(hosts.map(({ name, installed, serves, finished, healthy }) => ({ name, installed, serves, finished, healthy })))
      .toEqual(['om-1', 'om-2', 'om-3'].map((name) => ({ name, installed: '4.4.13', serves: '4.4.13', finished: false, healthy: true })));
    expect(plan).toMatchObject({ from: '4.4.13', to: '4.4.18', lastReversible: expect.stringContaining('right before the start of om-1') });
    for (const { name } of world.installation.hosts) expect(world.host(name).started).toEqual(['sleep 1', 'sudo ps -eww -o pid=,ppid=,user:32=,etimes=,args=']);
  });

  it.each([
    ['a host that cannot be reached', () => { world.host('om-2').reachable = false; }, /om-2 cannot be reached/],
    ['a command that sudo refuses', () => { world.host('om-2').forbidden = ['sudo dpkg --force-confdef']; }, /"sudo dpkg --force-confdef .*Add it to the sudoers/],
    ['a list without process 1', () => { world.host('om-2').looks.set('sudo ps', () => ({ stdout: '7 1 ops 3 bash\n' })); }, /om-2 is blind/],
    ['a list that does not show what serves', () => { world.host('om-2').end('ServerMain'); world.host('om-2').answersHttp = true; }, /http:\/\/om-2:8080 answers, but no process of the application/],
    ['a list that does not show what the pid file names', () => {
      world.host('om-1').end('grid.Daemon');
      world.host('om-1').write('/opt/mongodb/mms/tmp/bgrid-0.pid', '77\n');
      world.host('om-1').write('/proc/77/cmdline', 'mms-app\0-Dapp-id=bgrid\0');
    }, /its pid file names the living process 77, but no process of the Backup Daemon/],
    ['a canary that dies with the connection', () => world.host('om-2').effects.set('sleep', () => ({ code: 0, lost: 'it was killed.' })), /died with the connection/],
    ['too little room', () => { world.host('om-2').freeKilobytes = 500_000; }, /Only 0\.5 GB are free on \/ of om-2/],
    ['another gen.key', () => world.host('om-3').write(KEY, 'another key of 24 bytes!'), /om-1 and om-2 differ from om-3/],
    ['no gen.key', () => world.host('om-3').files.delete(KEY), /gen\.key is not there on om-3/],
    ['a gen.key that cannot be found', () => world.host('om-3').write('/opt/mongodb/mms/conf/mms.conf', 'ENC_KEY_PATH=${HOME}/gen.key\n'), /shell variable/],
    ['another Application Database', () => world.host('om-3').write('/opt/mongodb/mms/conf/conf-mms.properties', 'mongo.mongoUri=mongodb://mms:hunter22@db-9/?replicaSet=rs0\n'), /om-3 uses another Application Database \(rs0: db-9:27017\)/],
    ['clocks that differ', () => { world.host('om-3').clockAheadMs = 9_000; }, /om-3 are 9\.0 s apart/],
    ['no primary', () => { world.database = { ...world.database, primary: 'no' }; }, /no primary/],
    ['no majority', () => { world.database = { ...world.database, majority: 'no' }; }, /lost its majority/],
    ['a third version', () => { world.host('om-2').package.version = '4.4.16.1-1'; world.host('om-3').package.version = '4.4.15.1-1'; }, /More than two versions/],
    ['two versions without the target', () => { world.host('om-2').package.version = '4.4.16.1-1'; }, /neither is the target/],
    ['no package', () => { world.host('om-2').package.status = 'un '; }, /dpkg on om-2 knows no package/],
    ['two hosts that do not serve', () => { world.host('om-2').end('ServerMain'); world.host('om-3').end('ServerMain'); }, /om-2 and om-3 do not serve/],
    ['a foreign lock', () => { world.runClosed = 'no'; world.host('om-2').lock = { clusterId: 'cluster-1', namespace: 'default', workflowId: 'upgrade/other', firstExecutionRunId: 'r', stepNumber: 1 }; }, /om-2 is locked by upgrade\/other .* still open/],
    ['another upgrade\'s job', () => { world.host('om-2').foreignJobs = ['run-9/x']; }, /remote job of another upgrade still runs on om-2/],
    ['a package with another checksum', () => world.host('om-2').write(PACKAGE.onHost, 'truncated'), /on om-2 has checksum/],
    ['a package of another product', () => world.host('om-2').looks.set('sudo dpkg-deb', () => ({ stdout: 'Package: other\nVersion: 4.4.18-1\nArchitecture: amd64\n' })), /not mongodb-mms/],
  ])('refuses %s with one sentence', async (_, arrange, says) => {
    arrange();
    const refused = refusals((await look()).findings);
    expect(refused.map((finding) => finding.says)).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    ['4.4.13', /nothing to upgrade/], ['4.4.1', /downgrade/], ['6.0.5', /skips 5\.0/],
  ])('refuses the target %s', async (version, says) => {
    for (const name of ['om-1', 'om-2', 'om-3']) world.host(name).looks.set('sudo dpkg-deb', () => ({ stdout: `Package: mongodb-mms\nVersion: ${version}-1\nArchitecture: amd64\n` }));
    expect(refusals((await look(target(version))).findings)).toMatchObject([{ says: expect.stringMatching(says) }]);
  });

  it('never shows a connection string\'s user or password', async () => {
    expect(JSON.stringify(await look())).not.toMatch(/hunter22|mms:pw/);
  });

  it('warns of what the upgrade would overwrite, edited configuration excepted', async () => {
    world.host('om-2').changed = '??5?????? c /opt/mongodb/mms/conf/conf-mms.properties\n??5??????   /opt/mongodb/mms/jdk/lib/security/cacerts\n';
    const wiped = (await look()).findings.filter(({ subject, verdict }) => subject === 'changed files' && verdict === 'warning');
    expect(wiped).toMatchObject([{ host: 'om-2', says: expect.stringContaining('cacerts') }]);
    expect(wiped[0]?.says).not.toContain('conf-mms');
  });

  it('shows a person that the Application Database is never asked, and needs no connection string for that', async () => {
    world.database = neverAsked('no worker may ask it');
    const { findings } = await look({ applicationDatabase: { backups: [], reach: { none: 'no worker may ask it' } } });
    expect(refusals(findings)).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === 'unknown')).toMatchObject([{ subject: 'Application Database', says: expect.stringContaining('It is not asked') }]);
  });

  it('lets a person decide where the Application Database cannot be asked', async () => {
    world.database = { reached: 'no', concerns: [], primary: 'unknown', majority: 'unknown', says: 'timed out' };
    const { findings } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(findings.filter(({ verdict }) => verdict === 'unknown')).toMatchObject([{ says: expect.stringContaining('before you approve') }]);
  });

  it('refuses a host that the load balancer knows and the file does not, and one that it is to balance and does not know', async () => {
    world.host('lb-1').looks.set('socat', () => ({ stdout: '# pxname,svname,scur,status,\nom,s1,0,UP,\nom,s2,0,UP,\nom,s9,0,UP,\n' }));
    const { findings } = await look({ loadBalancers: balanced({ 'om-1': 's1', 'om-2': 's2', 'om-3': 's3' }) });
    expect(refusals(findings).map(({ says }) => says)).toEqual([expect.stringContaining('s9 that the installation file does not know'), expect.stringContaining('no server s3, which the file gives for om-3')]);
  });

  it('goes on with an upgrade that was interrupted: the finished host is marked, the one that is down goes first', async () => {
    world.host('om-1').install('4.4.18.100-1');
    world.host('om-1').end('-Dapp-id=mms');
    world.clock.time += 5_000;
    world.host('om-1').begin('mms-app -Dapp-id=mms com.xgen.svc.core.ServerMain');
    world.host('om-3').end('ServerMain');
    const { findings, hosts, plan } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(hosts.map(({ name, finished }) => `${name} ${finished}`)).toEqual(['om-1 true', 'om-2 false', 'om-3 false']);
    expect(plan.hosts.map(({ name }) => name)).toEqual(['om-3', 'om-2', 'om-1']);
    expect(plan).toMatchObject({ from: '4.4.13', lastReversible: expect.stringContaining('point of no return is passed') });
    expect(plan.hosts[2]?.commands).toEqual([]);
  });

  it('does not call a host finished whose process is older than its package', async () => {
    world.clock.time += 60_000;
    world.host('om-1').install('4.4.18.100-1');
    expect((await look()).hosts[0]).toMatchObject({ name: 'om-1', installed: '4.4.18', finished: false });
  });

  it('lets what an earlier run left unfinished be finished, though every host is on the target', async () => {
    for (const { name } of world.installation.hosts) {
      const host = world.host(name);
      host.install('4.4.18.100-1');
      host.processes = host.processes.map((process) => ({ ...process, since: world.clock.time }));
    }
    expect(refusals((await look()).findings)).toMatchObject([{ says: expect.stringContaining('nothing to upgrade') }]);
    world.host('om-2').lock = { clusterId: 'cluster-1', namespace: 'default', workflowId: OWNER.workflowId, firstExecutionRunId: 'run-0', stepNumber: 40 };
    const { findings } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'lock', verdict: 'warning', host: 'om-2' }));
  });

  it('plans every command that the steps will type, daemon first on a host with both', async () => {
    const { plan } = await look();
    const commands = plan.hosts[0]?.commands.map(({ typed }) => typed) ?? [];
    const order = ['sudo service mongodb-mms-backup-daemon stop', 'sudo service mongodb-mms stop', `sudo dpkg --force-confdef --force-confold -i /var/lib/lockkeeper/packages/${PACKAGE.sha256}`, 'sudo service mongodb-mms start', 'sudo service mongodb-mms-backup-daemon start'];
    expect(commands.filter((each) => order.includes(each))).toEqual(order);
    expect(plan.hosts[1]?.commands.map(({ typed }) => typed)).not.toContain('sudo service mongodb-mms-backup-daemon stop');
  });

  it('plans a site\'s own commands around what goes down on its host', async () => {
    const hosts = world.installation.hosts.map((host) => (host.name === 'om-1' ? { ...host, quiesce: { before: 'quiet', after: 'loud' } } : host));
    const { plan } = await look({ hosts });
    const steps = plan.hosts[0]?.commands.map(({ typed }) => typed) ?? [];
    const order = ['quiet', 'sudo service mongodb-mms-backup-daemon stop', 'sudo service mongodb-mms stop', 'sudo service mongodb-mms-backup-daemon start', 'loud'];
    expect(steps.filter((each) => order.includes(each))).toEqual(order);
  });

  it('sees a migration at work as no more than it is: the host does not serve', async () => {
    world.host('om-2').end('ServerMain');
    world.host('om-2').begin(MIGRATION);
    expect(refusals((await look()).findings)).toEqual([]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';
import { refusals, type Finding } from '../../src/upgrade/plan.ts';
import { APP_DATA, INSTALL_DIR, MARK, PID_FILE, PROPERTIES, SERVER, SET_ENV } from './fake-server-host.ts';
import { FakeServers, OWNER, PACKAGE } from './fake-servers.ts';

let world: FakeServers;
beforeEach(() => { world = new FakeServers({ locked: false }); });
const look = (changes: Partial<UrbancodeDeployInstallation> = {}) =>
  world.run('preflightServers', { installation: { ...world.installation, ...changes }, owner: OWNER, attempt: world.attempt('preflight') });
const target = (version: string) => ({ target: { ...world.installation.target, version } });
const policy = (more: Partial<UrbancodeDeployInstallation['policy']>) => ({ policy: { ...world.installation.policy, ...more } });
const hosts = (change: object) => ({ hosts: world.installation.hosts.map((host) => ({ ...host, ...change })) });
const warnings = (findings: readonly Finding[]) => findings.filter(({ verdict }) => verdict === 'warning');
const onHost = (name: string) => world.host(name);

describe('preflight of servers', () => {
  it('finds a healthy installation ready, and leaves nothing behind but its canary', async () => {
    const { findings, hosts: facts, plan } = await look();
    expect(findings.filter(({ verdict }) => verdict !== 'ok').map(({ subject, says }) => `${subject}: ${says}`)).toEqual([
      expect.stringMatching(/^load balancer: There is none/), expect.stringMatching(/^versions: .*JMS agents/), expect.stringMatching(/^versions: .*3DES/),
    ]);
    expect(facts.map(({ name, installed, serves, running, finished }) => ({ name, installed, serves, running, finished }))).toEqual([
      ...['ucd-1', 'ucd-2', 'ucd-3'].map((name) => ({ name, installed: '7.0.5.2', serves: '7.0.5.2', running: 'yes', finished: false })),
      { name: 'ucd-4', installed: '7.0.5.2', serves: undefined, running: 'no', finished: false },
    ]);
    expect(facts[0]).toMatchObject({ agentcomm: 'set', layout: 'app-data', autostart: [], javaHome: '/opt/ucd/jre', java: '11.0.21', database: 'mysql', fips: 'no', left: {} });
    expect(plan).toMatchObject({ from: '7.0.5.2', to: '7.3.2.1' });
    expect([...world.storage.files]).toEqual([]);
    for (const { name } of world.installation.hosts) expect(onHost(name).started).toEqual(['sleep 1', 'sudo ps -eww -o pid=,ppid=,user:32=,etimes=,args=', 'sudo -H -u ucd sleep 1']);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a host that cannot be reached', () => { onHost('ucd-2').reachable = false; }, /ucd-2 cannot be reached/],
    ['a command that sudo refuses', () => { onHost('ucd-2').forbidden = ['sudo ss']; }, /"sudo ss -Hltnp".*Add it to the sudoers/],
    ['a host without unzip and ss', () => { onHost('ucd-2').missing = ['unzip', 'ss']; }, /sudo on ucd-2 finds no ss, no unzip: install what is missing/],
    ['an installer\'s user that sudo refuses', () => { onHost('ucd-2').forbidden = ['sudo -H -u ucd']; }, /"sudo -H -u ucd .*Add them to the sudoers/],
    ['a canary of that user that dies with the connection', () => onHost('ucd-2').effects.set('sudo -H -u ucd sleep', () => ({ code: 0, lost: 'it was killed.' })), /sudo -H -u ucd sleep 1\) died with the connection/],
    ['a list without process 1', () => { onHost('ucd-2').looks.set('sudo ps', () => ({ stdout: '7 1 ops 3 bash\n' })); }, /process list of ucd-2 is blind: process 1/],
    ['a list that does not show what serves', () => { onHost('ucd-2').end('UDeployServer'); onHost('ucd-2').answers = true; }, /ucd-2 is blind: .*answers 200\. But no server of \/opt\/ucd\/server is in it/],
    ['ports that do not show what serves', () => onHost('ucd-2').looks.set('sudo ss', () => ({ stdout: 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=56,fd=3))\n' })), /open ports of ucd-2 is blind/],
    ['a host without ss', () => onHost('ucd-4').looks.set('sudo ss', () => ({ code: 1, stderr: 'sudo: ss: command not found\n' })), /What listens on ucd-4 cannot be seen/],
    ['another program on a port of the server', () => onHost('ucd-2').listeners.push({ port: 7_919, pid: onHost('ucd-2').begin('nginx: master process') }), /Another program holds a port of the server of ucd-2 \(port 7919 by pid 102, user root, for 0 s: nginx: master process\).*end that program, or give it another port\.$/],
    ['another program on a port of a server that is down', () => onHost('ucd-4').listeners.push({ port: 8_443, pid: onHost('ucd-4').begin('haproxy -f x') }), /port 8443 by pid 101, .*haproxy -f x/],
    ['a pid file that cannot be seen', () => onHost('ucd-2').looks.set('sudo -H -u ucd find /opt/ucd/server/var', () => ({ code: 1, stderr: 'find: Permission denied\n' })), /server\.pid is there on ucd-2 cannot be seen/],
    ['a standby that runs', () => onHost('ucd-4').startServer(), /ucd-4 is a standby, and its server runs/],
    ['a server of another user', () => { onHost('ucd-2').stopServer(); onHost('ucd-2').startServer('root'); }, /runs as root, and the file says runAs: ucd/],
    ['an installer at work', () => onHost('ucd-4').begin('/bin/sh ./install-server.sh', 'ucd'), /An installer is at work on ucd-4/],
    ['an install dir that is not there', () => onHost('ucd-2').looks.set('sudo stat -c %U', () => ({ code: 1 })), /\/opt\/ucd\/server is not there on ucd-2: correct installDir/],
    ['an install dir of another user', () => { onHost('ucd-2').owner = 'root'; }, /on ucd-2 belongs to root, and the file says runAs: ucd/],
    ['files that an installer of another user left', () => { onHost('ucd-2').foreign = '/opt/ucd/server/lib/a.jar\n'; }, /lib\/a\.jar on ucd-2 does not belong to ucd.*sudo chown -R -h ucd \/opt\/ucd\/server/],
    ['an install dir without a mark', () => onHost('ucd-2').files.delete(MARK), /installed\.version on ucd-2 names no version/],
    ['a server without its properties', () => onHost('ucd-2').files.delete(PROPERTIES), /installed\.properties on ucd-2 cannot be read by ucd/],
    ['a server without an agentcomm.uri', () => onHost('ucd-2').configure({ 'agentcomm.uri': undefined }), /agentcomm\.uri is not set on ucd-2.*add agentcommUri/],
    ['other application data', () => onHost('ucd-2').configure({ 'server.appdata.dir': '/mnt/other' }), /Application data of ucd-2 is \/mnt\/other/],
    ['application data that is not writable', () => { onHost('ucd-2').mayWrite = false; }, /ucd may not write to \/mnt\/ucd\/appdata on ucd-2: .*Permission denied/],
    ['another database', () => onHost('ucd-2').configure({ 'hibernate.connection.url': 'jdbc\\:mysql\\://other/ucd' }), /ucd-2 uses another database than ucd-1/],
    ['a host of another layout', () => onHost('ucd-2').configure({ 'server.appdata.dir': '..' }), /ucd-2 has application data below the install dir, ucd-1, ucd-3, ucd-4 in a folder apart/],
    ['a Java that is too old', () => { onHost('ucd-2').java = '1.7.0_80'; }, /Java 1\.7\.0_80 in \/opt\/ucd\/jre on ucd-2 is too old for 7\.3\.2\.1/],
    ['a Java that cannot be run', () => onHost('ucd-2').looks.set('sudo -H -u ucd /opt/ucd/jre/bin/java', () => ({ code: 126 })), /java on ucd-2 tells no version to ucd/],
    ['too little room', () => { onHost('ucd-2').freeKilobytes = 500_000; }, /Only 0\.5 GB are free on \/ of ucd-2/],
    ['no package', () => onHost('ucd-2').files.delete(PACKAGE.onHost), /ucd\.zip is not there on ucd-2/],
    ['a package with another checksum', () => onHost('ucd-2').write(PACKAGE.onHost, 'truncated'), /on ucd-2 has checksum/],
    ['clocks that differ', () => { onHost('ucd-3').clockAheadMs = 9_000; }, /ucd-3 are 9\.0 s apart/],
    ['a third version', () => { onHost('ucd-2').mark = '7.0.5.1'; }, /The hosts are on 2 versions \(7\.0\.5\.1 on ucd-2; 7\.0\.5\.2 on ucd-1, ucd-3, ucd-4\)/],
    ['a foreign lock', () => { world.runClosed = 'no'; onHost('ucd-2').lock = { clusterId: 'cluster-1', namespace: 'default', workflowId: 'upgrade/other', firstExecutionRunId: 'r', stepNumber: 1 }; }, /ucd-2 is locked by upgrade\/other .* still open/],
    ['a token that is not taken', () => { world.storage.token = 'another-one'; }, /does not take the token of api \(HTTP 401\)/],
    ['a starter that cannot be seen', () => onHost('ucd-2').looks.set('sudo sh -c \'p=$1; for s in /etc/init.d/', () => ({ code: 2, stderr: 'grep: /etc/cron.d/x: Input/output error' })), /Whether cron starts the server of ucd-2 by itself cannot be seen \(grep: .*\)/],
  ])('refuses %s with one sentence', async (_, arrange, says) => {
    arrange();
    expect(refusals((await look()).findings).map((finding) => finding.says)).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    ['an older target', '7.0.5.2', '7.0.5.1', /there is no downgrade, although the installer would not object/],
    ['the version that every host has', '7.0.5.2', '7.0.5.2', /there is nothing to upgrade/],
    ['a path that the vendor does not support', '6.2.7.1', '7.3.2.1', /7\.3 is entered from 7\.0\.0\.0 or later/],
    ['a target that is not known', '7.0.5.2', '7.4.0.0', /set target\.newerThanKnown: true/],
  ])('refuses %s', async (_, installed, version, says) => {
    for (const { name } of world.installation.hosts) onHost(name).mark = installed;
    expect(refusals((await look(target(version))).findings).map((finding) => finding.says)).toEqual([expect.stringMatching(says)]);
  });

  it('refuses a line of the site\'s own that sudo would ask for a password, and takes one plain command, to which it is given', async () => {
    const own = (stop: string, more = {}) => look({ hosts: world.installation.hosts.map((host) => (host.name === 'ucd-2' ? { ...host, ssh: { ...host.ssh, ...more }, service: { start: 'sudo systemctl start ucd', stop } } : host)) });
    onHost('ucd-2').isListed = () => true; // the list was made for a host without a service of its own
    const password = { sudoPassword: { env: 'OPS_SUDO' } };
    expect(refusals((await own('/opt/before && sudo systemctl stop ucd', password)).findings)).toMatchObject([{ host: 'ucd-2', says: expect.stringMatching(/^"\/opt\/before && sudo systemctl stop ucd" of ucd-2 would fail: .*Write one plain command/) }]);
    expect(refusals((await own('sudo systemctl stop ucd', password)).findings)).toEqual([]);
    expect(refusals((await own('/opt/before && sudo systemctl stop ucd')).findings)).toEqual([]);
  });

  it('refuses a package whose name says another release: an installer would take an older one without a word', async () => {
    const linux = { file: '/srv/ibm-ucd-7.1.0.0.1087654.zip', sha256: PACKAGE.sha256 };
    expect(refusals((await look({ target: { ...world.installation.target, packages: { linux } } })).findings).map(({ says }) => says)).toEqual([expect.stringMatching(/is 7\.1\.0\.0 by its name, the target is 7\.3\.2\.1/)]);
  });

  it('sees that what carries one name on two hosts is not one folder', async () => {
    onHost('ucd-3').storage = { ...world.storage, files: new Set() };
    expect(refusals((await look()).findings).map(({ host, says }) => `${host}: ${says}`)).toEqual([
      ...['ucd-1', 'ucd-2'].map((name) => expect.stringMatching(`^${name}: /mnt/ucd/appdata on ${name} is not the folder that ucd-3 has there`)),
      expect.stringMatching(/^ucd-3: .* is not the folder that ucd-1 and ucd-2 and ucd-4 have there/),
      expect.stringMatching(/^ucd-4: /),
    ]);
    expect([...world.storage.files, ...onHost('ucd-3').storage.files]).toEqual([]);
  });

  it('leaves other programs alone on ports that the server does not use', async () => {
    onHost('ucd-2').listeners.push({ port: 8_080, pid: onHost('ucd-2').begin('nginx: master process') });
    expect(refusals((await look()).findings)).toEqual([]);
  });

  it('names who starts a server by itself, and refuses a unit that nobody named, with the line to write', async () => {
    onHost('ucd-1').starters['lockkeeper-links'] = '/etc/rc2.d/S01ucd\n/etc/rc3.d/S01ucd\n';
    onHost('ucd-3').starters['lockkeeper-cron'] = '/etc/cron.d/watch:* * * * * ucd /opt/ucd/server/bin/server start\n';
    onHost('ucd-2').units = `Id=ucd-server.service\nActiveState=active\nUnitFileState=enabled\nRestart=always\nExecStart={ path=/opt/ucd/server/bin/server ; argv[]=/opt/ucd/server/bin/server start ; }\nTriggeredBy=\n`;
    const { findings, hosts: facts } = await look();
    const of = (name: string) => findings.filter(({ subject, host }) => subject === 'autostart' && host === name);
    expect(of('ucd-1')).toMatchObject([{ verdict: 'ok', says: 'Switched off before the servers are stopped, put back at the end: boot link /etc/rc2.d/S01ucd; boot link /etc/rc3.d/S01ucd.' }]);
    expect(of('ucd-3')).toMatchObject([{ verdict: 'ok', says: expect.stringContaining('cron: /etc/cron.d/watch') }]);
    expect(refusals(findings)).toMatchObject([{ host: 'ucd-2', says: expect.stringContaining('service: { start: sudo systemctl start ucd-server.service, stop: sudo systemctl stop ucd-server.service }') }]);
    expect(facts.map(({ autostart }) => autostart.length)).toEqual([2, 1, 1, 0]);
    const left = await look(policy({ autostart: 'leave' }));
    expect(refusals(left.findings)).toMatchObject([{ host: 'ucd-2' }]);
    expect(warnings(left.findings).filter(({ subject }) => subject === 'autostart')).toMatchObject([{ host: 'ucd-1' }, { host: 'ucd-3', says: expect.stringContaining('that may break the database') }]);
  });

  it('warns of what an upgrade switches off or wipes', async () => {
    world.storage.files.add(`${APP_DATA}/patches/ph-12345.jar`).add(`${APP_DATA}/patches/old.jar.off`);
    onHost('ucd-2').customised = ['conf/web.xml'];
    onHost('ucd-2').write(`${INSTALL_DIR}/opt/tomcat/conf/web.xml`, 'ours');
    const { findings, hosts: facts } = await look();
    expect(warnings(findings).map(({ subject, host }) => `${subject} ${host ?? ''}`)).toEqual(expect.arrayContaining(['patches ', 'customised files ucd-2']));
    expect(facts[1]).toMatchObject({ patches: ['ph-12345.jar'], customised: { 'conf/web.xml': expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  it.each([
    [true, 'JAVA_OPTS="-Xmx1g"', /are no FIPS-compliant servers now, and will be/],
    [false, 'JAVA_OPTS="-Dcom.ibm.jsse2.usefipsprovider=true"', /are FIPS-compliant servers now, and the file does not say policy\.fips: true/],
  ])('warns where FIPS %s is not what the servers have', async (fips, options, says) => {
    for (const { name } of world.installation.hosts) {
      onHost(name).write(SET_ENV, options);
      if (name !== 'ucd-4') { onHost(name).stopServer(); onHost(name).startServer('ucd', SERVER.replace('-Xmx2048m', options.slice(11, -1))); }
    }
    const found = (await look(policy({ fips }))).findings.filter(({ subject }) => subject === 'FIPS');
    expect(found.map((finding) => finding.says)).toContainEqual(expect.stringMatching(says));
    expect(found.some((finding) => /Cloud provisioning is not available .*FIPS 140-2/.test(finding.says))).toBe(fips);
    expect(found.every(({ verdict }) => verdict === 'warning')).toBe(true);
  });

  it('recognises the layout of below 6.1.1.5, and names the gate at which a person moves it', async () => {
    for (const { name } of world.installation.hosts) { onHost(name).configure({ 'server.appdata.dir': undefined }); onHost(name).mark = '6.1.0.4'; }
    const { findings, hosts: facts } = await look(target('7.0.5.2'));
    expect(facts.every(({ layout }) => layout === 'below-install-dir')).toBe(true);
    expect(warnings(findings).filter(({ subject }) => subject === 'application data')).toHaveLength(4);
    expect(warnings(findings).find(({ subject }) => subject === 'application data')?.says).toMatch(/moves it to \/mnt\/ucd\/appdata, as gate "storage" shows/);
  });

  it('lets an upgrade that was interrupted go on: one host has the target, the others the old version', async () => {
    onHost('ucd-1').mark = '7.3.2.1.1161889';
    for (const name of ['ucd-2', 'ucd-3']) onHost(name).stopServer();
    onHost('ucd-3').startServer();
    const { findings, hosts: facts } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(facts.map(({ finished }) => finished)).toEqual([true, false, false, false]);
    expect(warnings(findings)).toContainEqual(expect.objectContaining({ host: 'ucd-3', says: expect.stringMatching(/Stop it now; else the upgrade does so first/) }));
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'versions', says: expect.stringContaining('An earlier upgrade to 7.3.2.1 goes on') }));
  });

  it('asks the load balancer\'s url while servers live: what would prove nothing once they are down is told now', async () => {
    const { http } = onHost('ucd-1');
    let status = 200;
    onHost('ucd-1').http = async (question) => (question.url.startsWith('https://users.example') ? { status, headers: {}, body: question.url } : http.call(onHost('ucd-1'), question));
    const told = async () => (await look({ loadBalancers: [{ confirm: 'take it out', url: 'https://users.example' }] })).findings.filter(({ subject }) => subject === 'load balancer').slice(1);
    expect(await told()).toMatchObject([{ verdict: 'ok' }]);
    status = 302;
    expect(await told()).toMatchObject([{ verdict: 'warning', says: expect.stringMatching(/answers 302.* no installer is begun\.$/) }]);
    status = 503;
    expect(await told()).toMatchObject([{ verdict: 'warning', says: expect.stringMatching(/^Servers live, and its url leads to none: .*answers 503/) }]);
    for (const name of ['ucd-1', 'ucd-2', 'ucd-3']) onHost(name).stopServer();
    expect(await told()).toEqual([]);
  });

  it('reads what an earlier run left: autostart that is off, maintenance mode, an installer that was begun', async () => {
    const was = [{ kind: 'sysv', link: '/etc/rc2.d/S01ucd' }], note = (name: string) => `/var/lib/lockkeeper/lock/${name}`;
    onHost('ucd-2').write(note('autostart-off'), JSON.stringify({ since: '2026-11-21T22:00:00Z', was }));
    onHost('ucd-2').write(note('maintenance-on'), '2026-11-21T21:00:00Z');
    onHost('ucd-2').write(note('install-begun'), '7.3.2.1, 2026-11-21T22:30:00Z');
    const { findings, hosts: facts } = await look();
    expect(facts[1]?.left).toEqual({ autostartOff: { since: '2026-11-21T22:00:00Z', was }, maintenanceOn: { since: '2026-11-21T21:00:00Z' }, installUnfinished: { since: '2026-11-21T22:30:00Z' } });
    expect(warnings(findings)).toContainEqual(expect.objectContaining({ subject: 'install', host: 'ucd-2', says: expect.stringMatching(/An installer was begun on ucd-2 .*half new\. Restore both/) }));
  });

  it('wants another agentcomm.uri for every server: refuses a twin that would be written, warns of one that is', async () => {
    const twins = world.installation.hosts.map((host) => (host.name === 'ucd-2' ? { ...host, agentcommUri: 'wss://ucd-1:7919' } : host));
    onHost('ucd-2').configure({ 'agentcomm.uri': undefined });
    expect(refusals((await look({ hosts: twins })).findings)).toMatchObject([{ host: 'ucd-2', says: expect.stringMatching(/^ucd-1 and ucd-2 have one agentcomm\.uri/) }]);
    onHost('ucd-2').configure({ 'agentcomm.uri': 'wss\\://ucd-1\\:7919' });
    expect(warnings((await look()).findings)).toContainEqual(expect.objectContaining({ host: 'ucd-2', subject: 'agentcomm.uri' }));
  });

  it('calls a database that it does not know unknown, and refuses one that ended', async () => {
    for (const { name } of world.installation.hosts) onHost(name).configure({ 'database.type': 'informix' });
    expect((await look()).findings).toContainEqual(expect.objectContaining({ subject: 'database', verdict: 'unknown' }));
    for (const { name } of world.installation.hosts) onHost(name).configure({ 'database.type': 'postgres' });
    expect(refusals((await look()).findings)).toMatchObject([{ subject: 'database', says: expect.stringMatching(/PostgreSQL is no database of 7\.3\.2\.1/) }]);
  });

  it('refuses a front-end of a release that knows none', async () => {
    for (const { name } of world.installation.hosts) onHost(name).mark = '7.0.2.1';
    const front = world.installation.hosts.map((host) => (host.name === 'ucd-3' ? { ...host, roles: ['front-end' as const] } : host));
    expect(refusals((await look({ hosts: front })).findings)).toMatchObject([{ host: 'ucd-3', says: expect.stringContaining('which knows none') }]);
  });

  it('lets servers go on that are down, and says that their probes were not proven', async () => {
    onHost('ucd-3').stopServer();
    onHost('ucd-3').write(PID_FILE, '4242\n');
    const { findings, hosts: facts } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(facts[2]).toMatchObject({ running: 'no', healthy: false });
    expect(warnings(findings)).toContainEqual(expect.objectContaining({ host: 'ucd-3', says: expect.stringMatching(/does not run.*Its pid file is left from a crash/) }));
  });

  it('has the file\'s count of sessions tried, and refuses one that prints no number', async () => {
    const sessions = { database: { backups: [], sessions: { host: 'ucd-1', command: 'count-sessions' } } };
    onHost('ucd-1').looks.set('sh -c count-sessions', () => ({ stdout: '7\n' }));
    expect((await look(sessions)).findings).toContainEqual(expect.objectContaining({ subject: 'database sessions', verdict: 'ok' }));
    onHost('ucd-1').looks.set('sh -c count-sessions', () => ({ stdout: 'seven\n' }));
    expect(refusals((await look(sessions)).findings)).toMatchObject([{ says: expect.stringMatching(/prints no number of sessions .*seven/) }]);
  });

  it('never shows a database\'s password or the token', async () => {
    expect(JSON.stringify(await look(hosts({ agentcommUri: undefined })))).not.toMatch(/hunter22|a-token-of-the-test/);
  });
});

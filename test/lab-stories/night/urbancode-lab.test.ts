/**
 * What stories of UrbanCode Deploy rely on: without it, none of them proves anything. Run through test/lab/lab ctl.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insideLab } from '../../lab/hosts.ts';
import { SERVERS, asUser, asked, install, moveStorage, runningWork, service, servedBy, stopAll, untilServed, upgradeByHand } from '../../lab/urbancode-by-hand.ts';
import { APP_DATA, INSTALL_DIR, startUcdLab, type UcdHost, type UcdLab, type UcdRelease } from '../../lab/urbancode.ts';

describe.runIf(insideLab())('the UrbanCode Deploy installation', { timeout: 90_000 }, () => {
  let lab: UcdLab;
  beforeAll(async () => { lab = await startUcdLab({ release: '7.0.5.2' }); }, 300_000);
  const beginsAt = (release: UcdRelease) => beforeEach(async () => { await lab.reset(release); }, 90_000);
  const kinds = async () => (await lab.violations()).map((each) => each.kind);
  const mark = async (host: UcdHost) => /installed\.version=(\S+)/.exec(await lab.sh(host, `cat ${INSTALL_DIR}/conf/installed.version`))?.[1];
  const sessions = async () => (await lab.sh('ucd-4', 'ucd-database sessions')).trim();
  const pid = async (host: UcdHost) => (await lab.sh(host, 'pgrep -o -x java || true')).trim();

  describe('an upgrade by the vendor\'s procedure', () => {
    it('passes from 7.0, marks each node at its own end, and records no violation', async () => {
      await lab.reset('7.0.5.2');
      expect(await Promise.all(SERVERS.map(servedBy))).toEqual(['7.0.5.2', '7.0.5.2', '7.0.5.2']);
      await stopAll(lab);
      expect(await sessions()).toBe('0');
      await upgradeByHand(lab, '7.3.2.1');
      expect(await Promise.all(SERVERS.map(servedBy))).toEqual(['7.3.2.1', '7.3.2.1', '7.3.2.1']);
      expect([await mark('ucd-1'), await mark('ucd-4')]).toEqual(['7.3.2.1.1161889', '7.3.2.1.1161889']);
      expect(await lab.sh('ucd-1', `ls ${APP_DATA}/patches`)).toBe('ph-12345.jar.off\n');
      expect(await lab.violations()).toEqual([]);
      expect((await lab.installs('ucd-4')).map(({ version, user, fips }) => ({ version, user, fips }))).toEqual([{ version: '7.3.2.1.1161889', user: 'ucd', fips: false }]);
    });

    it('passes from 6.1.0, after a person has moved the storage, and makes new keys without it', async () => {
      await lab.reset('6.1.0.4');
      await stopAll(lab);
      await moveStorage(lab);
      await upgradeByHand(lab, '7.3.2.1');
      expect(await lab.sh('ucd-3', `grep appdata ${INSTALL_DIR}/conf/server/installed.properties; ls ${APP_DATA}/var/plugins`)).toBe('server.appdata.dir=/mnt/ucd/appdata\njira-12.zip\n');
      expect(await lab.violations()).toEqual([]);
      await lab.reset('6.1.0.4');
      await stopAll(lab);
      await install(lab, 'ucd-1', '7.3.2.1', { properties: { 'server.appdata.dir': APP_DATA } });
      expect(await kinds()).toEqual(['keystore-lost', 'keystore-lost']);
      await service(lab, 'ucd-1', 'start');
      await expect.poll(() => lab.sh('ucd-1', `tail -n 1 ${INSTALL_DIR}/var/log/deployserver.out`)).toContain('Could not open a port');
    });
  });

  describe('the server', () => {
    beginsAt('7.0.5.2');

    it('ends only when asked to in the way that a test chose, and leaves a stale pid file', async () => {
      await lab.behave('ucd-1', { 'server-stop': 'lies' });
      await service(lab, 'ucd-1', 'stop');
      expect(await servedBy('ucd-1')).toBe('7.0.5.2');
      await lab.behave('ucd-1', { 'server-stop': 'hangs', 'stop-leaves-pid-file': 1 });
      await expect(lab.sh('ucd-1', `cd /; timeout 2 ${asUser(`${INSTALL_DIR}/bin/server stop`)}`)).rejects.toThrow();
      expect(await servedBy('ucd-1')).toBe('7.0.5.2');
      await lab.sh('ucd-1', `kill ${await pid('ucd-1')}`);
      await expect.poll(() => pid('ucd-1')).toBe('');
      expect(await lab.sh('ucd-1', `ls ${INSTALL_DIR}/var/server.pid`)).toContain('server.pid');
      await expect(install(lab, 'ucd-1', '7.3.2.1')).rejects.toThrow(`Found pid file at ${INSTALL_DIR}/var/server.pid`);
    });

    it('comes back by itself where somebody watches it: systemd, monit', async () => {
      const was = await pid('ucd-2');
      await lab.sh('ucd-2', `kill ${was}`);
      await expect.poll(async () => /^\d+$/.test(await pid('ucd-2')) && await pid('ucd-2') !== was, { timeout: 10_000 }).toBe(true);
      await lab.supervise('ucd-3', 'monit');
      await service(lab, 'ucd-3', 'stop');
      await untilServed('ucd-3', '7.0.5.2');
      expect(await lab.violations()).toEqual([]);
    });

    it('shows what runs, cancels it, and starts nothing new in maintenance mode', async () => {
      await lab.behave('ucd-1', { work: 'application:600 component:600 generic:600' });
      await expect.poll(async () => (await runningWork('ucd-2')).map(({ kind }) => kind)).toEqual(['application', 'component', 'generic']);
      const configuration = JSON.parse((await asked('ucd-2', 'GET', '/cli/systemConfiguration')).text) as Record<string, unknown>;
      expect(configuration).toMatchObject({ maintenanceModeEnabled: false, deployMailPassword: '****' });
      await asked('ucd-2', 'PUT', '/rest/system/configuration', { ...configuration, deployMailPassword: undefined, maintenanceModeEnabled: true });
      await lab.behave('ucd-3', { 'work-after-empty': 'application:600' });
      for (const { trace } of await runningWork('ucd-3')) expect((await asked('ucd-3', 'PUT', `/rest/workflow/${trace}/cancel`)).status).toBe(200);
      await expect.poll(() => runningWork('ucd-3')).toEqual([]);
      await asked('ucd-2', 'PUT', '/rest/system/configuration', { ...configuration, deployMailPassword: undefined, maintenanceModeEnabled: false });
      await expect.poll(() => runningWork('ucd-3')).toHaveLength(1);
      expect(await lab.violations()).toEqual([]);
      await asked('ucd-2', 'PUT', '/rest/system/configuration', { maintenanceModeEnabled: true, deployMailPassword: '****' });
      await service(lab, 'ucd-1', 'stop');
      expect(await kinds()).toEqual(['stopped-during-work', 'settings-lost', 'settings-lost']);
    });
  });

  describe('the installer', () => {
    beginsAt('6.2.7.1');

    it('dies half-way on request: new files, old mark; and a half upgraded database serves nobody until it is restored', async () => {
      await lab.sh('ucd-1', 'ucd-database dump /root/database.json');
      await stopAll(lab);
      await lab.behave('ucd-1', { 'installer-dies': 'in-files', 'installer-death': 'no-space' });
      await expect(install(lab, 'ucd-1', '7.3.2.1')).rejects.toThrow('No space left on device');
      expect([await mark('ucd-1'), await lab.sh('ucd-1', `cat ${INSTALL_DIR}/lib/VERSION`)]).toEqual(['6.2.7.1.1021487', '7.3.2.1.1161889\n']);
      await lab.behave('ucd-1', { 'installer-dies': 'in-database', 'installer-death': 'killed' });
      await expect(install(lab, 'ucd-1', '7.3.2.1')).rejects.toThrow();
      await lab.behave('ucd-1', { 'installer-dies': undefined });
      await expect(install(lab, 'ucd-1', '7.3.2.1')).rejects.toThrow('half upgraded');
      expect(await kinds()).toEqual(['half-upgraded-database']);
      await lab.sh('ucd-1', 'ucd-database load /root/database.json');
      expect(await install(lab, 'ucd-1', '7.3.2.1')).toContain('Installer Complete.');
      expect(await mark('ucd-1')).toBe('7.3.2.1.1161889');
    });

    it('needs agentcomm.uri, blanks the password, and asks a person when there is one', async () => {
      await stopAll(lab);
      await expect(install(lab, 'ucd-1', '7.3.2.1', { properties: { 'agentcomm.uri': undefined } })).rejects.toThrow("Please provide a property for 'agentcomm.uri'");
      await lab.behave('ucd-1', { 'installer-asks': 1 });
      await expect(install(lab, 'ucd-1', '7.3.2.1')).rejects.toThrow('The database must be upgraded. Do you want to upgrade it now?');
      await lab.behave('ucd-1', { 'installer-asks': undefined });
      const said = await install(lab, 'ucd-1', '7.3.2.1', { typed: '\n\nY\nY\nY\n', properties: { 'server.initial.password': 'secret' }, words: '-fips' });
      expect(said).toContain('A previous version (6.2.7.1.1021487) exists in the specified directory. Do you want to upgrade the currently installed version? Y,n');
      expect(await lab.sh('ucd-1', 'grep password /root/package/ibm-ucd-install/install.properties')).toBe('server.initial.password=\n');
      expect((await lab.installs('ucd-1')).at(-1)).toMatchObject({ fips: true });
      expect(await install(lab, 'ucd-2', '7.3.2.1')).toContain('No database upgrades found, leaving processes running');
      expect(await lab.violations()).toEqual([]);
    });

    it('looks at no other node: what lives beside it spoils the database, and is written down', async () => {
      await service(lab, 'ucd-1', 'stop');
      await lab.behave('ucd-2', { work: 'application:600' });
      await expect.poll(() => runningWork('ucd-2')).toHaveLength(1);
      expect(await install(lab, 'ucd-1', '7.3.2.1')).toContain('Found database upgrades, cancelling currently running processes');
      expect((await kinds()).filter((kind) => kind !== 'stopped-during-work')).toEqual(['install-beside-server', 'install-beside-server', 'work-cancelled']);
      await service(lab, 'ucd-1', 'start');
      await expect.poll(() => lab.sh('ucd-1', `tail -n 1 ${INSTALL_DIR}/var/log/deployserver.out`)).toContain('inconsistent state');
    });

    it('goes down without a word, and runs twice at once', async () => {
      await stopAll(lab);
      await install(lab, 'ucd-1', '7.3.2.1');
      await install(lab, 'ucd-1', '7.1.0.0');
      expect(await kinds()).toEqual(['downgrade']);
      await lab.behave('ucd-2', { 'install-seconds': 6 });
      const first = install(lab, 'ucd-2', '7.3.2.1');
      await expect.poll(() => lab.installs('ucd-2')).toHaveLength(1);
      await install(lab, 'ucd-3', '7.3.2.1');
      await first;
      expect(await kinds()).toEqual(['downgrade', 'two-installers']);
    });
  });

  it('writes down servers that are started when, how, where and by whom they must not be', async () => {
    await lab.reset('6.2.7.1');
    await stopAll(lab);
    await lab.behave('ucd-1', { 'install-seconds': 4 });
    const installing = install(lab, 'ucd-1', '7.3.2.1');
    await expect.poll(() => lab.installs('ucd-1')).toHaveLength(1);
    await lab.sh('ucd-4', `cd /; ${asUser(`${INSTALL_DIR}/bin/server start`)}`);
    await installing;
    expect((await kinds()).sort()).toEqual(['server-started-during-install', 'standby-started']);
    await service(lab, 'ucd-3', 'start');
    await expect.poll(kinds).toContain('old-version-started');
    await lab.reset('6.2.7.1');
    await stopAll(lab);
    await lab.sh('ucd-1', `cd /; ${INSTALL_DIR}/bin/server start`);
    await lab.sh('ucd-2', `cd /; ${asUser(`${INSTALL_DIR}/bin/server start`)}`);
    await lab.sh('ucd-3', `cd /; ${asUser(`setsid -f /opt/ucd/jre/bin/java -jar ${INSTALL_DIR}/bin/launcher.jar ${INSTALL_DIR}/bin/classpath.conf com.urbancode.ds.UDeployServer </dev/null >/dev/null 2>&1`)}`);
    await expect.poll(async () => (await kinds()).sort(), { timeout: 10_000 }).toEqual(['foreign-files', 'started-otherwise', 'started-otherwise', 'wrong-user']);
  });

  it('gives everything back at a reset: processes, database, application data', async () => {
    await lab.sh('ucd-1', `rm -r ${APP_DATA}/var; touch ${APP_DATA}/x`);
    await lab.kill('ucd-2');
    await lab.partition('ucd-3');
    await lab.reset('7.0.5.2');
    expect(await lab.sh('ucd-3', `ls ${APP_DATA}; ls ${APP_DATA}/var`)).toBe('conf\nlogs\npatches\nvar\nplugins\nrepository\nsa\n');
    expect([...await Promise.all(SERVERS.map(servedBy)), await sessions()]).toEqual(['7.0.5.2', '7.0.5.2', '7.0.5.2', '3']);
    expect(await lab.violations()).toEqual([]);
  });
});

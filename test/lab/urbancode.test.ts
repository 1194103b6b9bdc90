/**
 * What stories of UrbanCode Deploy rely on: without it, none of them proves anything. Run through test/lab/lab ctl.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { insideLab } from './hosts.ts';
import { SERVERS, moveStorage, servedBy, stopAll, upgradeByHand } from './urbancode-by-hand.ts';
import { APP_DATA, INSTALL_DIR, startUcdLab, type UcdHost, type UcdLab } from './urbancode.ts';

describe.runIf(insideLab())('the UrbanCode Deploy installation', { timeout: 90_000 }, () => {
  let lab: UcdLab;
  beforeAll(async () => { lab = await startUcdLab({ release: '7.0.5.2' }); }, 300_000);
  const mark = async (host: UcdHost) => /installed\.version=(\S+)/.exec(await lab.sh(host, `cat ${INSTALL_DIR}/conf/installed.version`))?.[1];

  describe('an upgrade by the vendor\'s procedure', () => {
    it('passes from 7.0, marks each node at its own end, and records no violation', async () => {
      await lab.reset('7.0.5.2');
      expect(await Promise.all(SERVERS.map(servedBy))).toEqual(['7.0.5.2', '7.0.5.2', '7.0.5.2']);
      await stopAll(lab);
      await upgradeByHand(lab, '7.3.2.1');
      expect(await Promise.all(SERVERS.map(servedBy))).toEqual(['7.3.2.1', '7.3.2.1', '7.3.2.1']);
      expect([await mark('ucd-1'), await mark('ucd-4')]).toEqual(['7.3.2.1.1161889', '7.3.2.1.1161889']);
      expect(await lab.sh('ucd-1', `ls ${APP_DATA}/patches`)).toBe('ph-12345.jar.off\n');
      expect(await lab.violations()).toEqual([]);
      expect((await lab.installs('ucd-4')).map(({ version, user, fips }) => ({ version, user, fips }))).toEqual([{ version: '7.3.2.1.1161889', user: 'ucd', fips: false }]);
    });

    it('passes from 6.1.0, after a person has moved the storage', async () => {
      await lab.reset('6.1.0.4');
      await stopAll(lab);
      await moveStorage(lab);
      await upgradeByHand(lab, '7.3.2.1');
      expect(await lab.sh('ucd-3', `grep appdata ${INSTALL_DIR}/conf/server/installed.properties; ls ${APP_DATA}/var/plugins`)).toBe('server.appdata.dir=/mnt/ucd/appdata\njira-12.zip\n');
      expect(await lab.violations()).toEqual([]);
    });
  });
});

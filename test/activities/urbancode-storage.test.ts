/** Application data of the layout of before 6.1.1.5, which a person moves. */
import { beforeEach, describe, expect, it } from 'vitest';
import { APP_DATA, INSTALL_DIR } from './fake-server-host.ts';
import { FakeServers } from './fake-servers.ts';

const ALWAYS = ['var/plugins/a.jar', 'var/repository/b', 'logs/c', 'conf/server/notification-templates/d', 'conf/encryption.keystore', 'conf/server.keystore'];
let world: FakeServers;
beforeEach(() => { world = new FakeServers(); });
const proven = () => world.run('proveStorage', { installation: world.installation, attempt: world.attempt('storage') });

describe('moved storage', () => {
  beforeEach(() => { for (const name of ALWAYS) world.storage.files.add(`${APP_DATA}/${name}`); });

  it('is proven by every entry in its new place, and none in its old one', async () => {
    expect(await proven()).toMatchObject({ outcome: 'done' });
  });

  it('is not proven while something has data in both places: the move is shown again', async () => {
    world.host('ucd-1').write(`${INSTALL_DIR}/var/repository/newer`, 'data');
    expect(await proven()).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(/Still in the old place on ucd-1:\n.*\n.*mv -n -T -- \/opt\/ucd\/server\/var\/repository \/mnt\/ucd\/appdata\/var\/repository$/) });
  });

  it('is not proven where an entry is missing on any host, or may not be written', async () => {
    world.storage.files.delete(`${APP_DATA}/conf/server.keystore`);
    world.host('ucd-2').mayWrite = false;
    const { outcome, evidence } = await proven();
    expect(outcome).toBe('failed');
    for (const name of ['ucd-1', 'ucd-2', 'ucd-3', 'ucd-4']) expect(evidence).toContain(`${name}: ${APP_DATA}/conf/server.keystore is not there.`);
    expect(evidence).toContain(`ucd-2: ucd may not write in ${APP_DATA}.`);
  });
});

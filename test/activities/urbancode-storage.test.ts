/** Application data of the layout of before 6.1.1.5, which a person moves. */
import { beforeEach, describe, expect, it } from 'vitest';
import { APP_DATA, INSTALL_DIR } from './fake-server-host.ts';
import { FakeServers } from './fake-servers.ts';

const ALWAYS = ['var/plugins/a.jar', 'var/repository/b', 'logs/c', 'conf/server/notification-templates/d', 'conf/encryption.keystore', 'conf/server.keystore'];
let world: FakeServers;
beforeEach(() => { world = new FakeServers(); });
const proven = (mode: 'act' | 'look' = 'act') => world.run('proveStorage', { installation: world.installation, attempt: world.attempt('storage', mode) });

const OLD = [...ALWAYS, 'patches/ph-1.jar'];
const shown = async () => (await world.run('lookAtStorage', { installation: world.installation })).evidence;
/** In its old place: below the install dir itself, or, by a link, on the network storage. */
const isOld = (name: string, linked: boolean) => {
  const host = world.host('ucd-1'), entry = name.split('/').slice(0, /\/\w\.|\/\w$|\/ph/.test(name) ? -1 : undefined).join('/');
  host.write(`${INSTALL_DIR}/${name}`, 'data');
  if (linked) host.links.set(`${INSTALL_DIR}/${entry}`, `/mnt/old/${entry}`);
  return entry;
};
describe('storage in the old layout', () => {
  it.each([['below the install dir', false, INSTALL_DIR], ['behind links', true, '/mnt/old']])('%s is shown with a move for every entry, and none for what is not there', async (_, linked, source) => {
    const entries = OLD.map((name) => isOld(name, linked));
    const [folders, ...moves] = (await shown()).split('\n').filter((line) => line.startsWith('sudo'));
    expect(folders).toBe(`sudo -H -u ucd mkdir -p -- ${APP_DATA}/var ${APP_DATA} ${APP_DATA}/conf/server ${APP_DATA}/conf`);
    expect(moves).toEqual(entries.map((entry) => `sudo -H -u ucd mv -n -T -- ${source}/${entry} ${APP_DATA}/${entry}`));
    expect(await proven()).toMatchObject({ outcome: 'failed', evidence: await shown() });
  });

  it('is not proven when an entry was moved to somewhere else: the link that it left behind tells', async () => {
    for (const name of OLD) isOld(name, true);
    world.host('ucd-1').files.clear();
    for (const name of ALWAYS) world.storage.files.add(`${APP_DATA}/${name}`);
    expect(await proven()).toMatchObject({ outcome: 'failed', evidence: ['ucd-1', 'ucd-2', 'ucd-3', 'ucd-4'].map((name) => `${name}: ${APP_DATA}/patches is not there.`).join('\n') });
    world.storage.files.add(`${APP_DATA}/patches/ph-1.jar`);
    expect(await proven()).toMatchObject({ outcome: 'done' });
    expect(await shown()).toMatch(/^Nothing of the old layout is left on ucd-1/);
  });
});

describe('moved storage', () => {
  beforeEach(() => { for (const name of ALWAYS) world.storage.files.add(`${APP_DATA}/${name}`); });

  it('is proven by every entry in its new place, and none in its old one', async () => {
    expect(await proven()).toMatchObject({ outcome: 'done' });
  });

  it('is not proven while something has data in both places, which no move would put together', async () => {
    world.host('ucd-1').write(`${INSTALL_DIR}/var/repository/newer`, 'data');
    expect(await proven()).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(/^On ucd-1, .*\n.*\n# \/mnt\/ucd\/appdata\/var\/repository is there, too: bring what is only in \/opt\/ucd\/server\/var\/repository over, and remove that$/) });
  });

  it('is not proven where an entry is missing on any host, or may not be written', async () => {
    world.storage.files.delete(`${APP_DATA}/conf/server.keystore`);
    world.host('ucd-2').mayWrite = false;
    const { outcome, evidence } = await proven();
    expect((await proven('look')).evidence).toBe(evidence); // what a person did by hand is proven by the same
    expect(outcome).toBe('failed');
    for (const name of ['ucd-1', 'ucd-2', 'ucd-3', 'ucd-4']) expect(evidence).toContain(`${name}: ${APP_DATA}/conf/server.keystore is not there.`);
    expect(evidence).toContain(`ucd-2: ucd may not write in ${APP_DATA}.`);
  });
});

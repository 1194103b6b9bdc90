/** What the report says became of a site's own files: only what was seen. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ServerFacts } from '../../src/upgrade/urbancode-facts.ts';
import { APP_DATA, INSTALL_DIR, type FakeServerHost } from './fake-server-host.ts';
import { FakeServers, OWNER } from './fake-servers.ts';

const OWN = ['conf/web.xml', 'conf/context.xml', 'webapps/ROOT/logo.png'], KEYSTORE = `${APP_DATA}/conf/server.keystore`;
let world: FakeServers, host: FakeServerHost, before: ServerFacts;
const tomcat = (name: string) => `${INSTALL_DIR}/opt/tomcat/${name}`;
const facts = async () => (await world.run('preflightServers', { installation: world.installation, owner: OWNER, attempt: world.attempt('preflight') })).hosts[0]!;
const kept = async () => (await world.run('compareKept', { host: world.on('ucd-1'), before, appData: APP_DATA })).says;

beforeEach(async () => {
  world = new FakeServers({ locked: false });
  host = world.host('ucd-1');
  host.customised = [...OWN];
  for (const name of OWN) host.write(tomcat(name), `ours: ${name}`);
  host.write(KEYSTORE, 'a keystore');
  world.storage.files.add(`${APP_DATA}/patches/ph-12345.jar`);
  before = await facts();
  host.customised = []; // the mark is the newest file now
});

describe('after an upgrade', () => {
  it('that left everything as it was there is nothing to tell', async () => {
    expect(await kept()).toEqual([]);
  });

  it('the customised files that are gone or another are told, and no others', async () => {
    host.files.delete(tomcat('conf/context.xml'));
    host.write(tomcat('webapps/ROOT/logo.png'), 'the vendor\'s');
    expect(await kept()).toEqual(['Below opt/tomcat on ucd-1, of what was customised: conf/context.xml is gone, webapps/ROOT/logo.png is another; put back what is still needed.']);
  });

  it('a patch that was switched off and a keystore that is another are told', async () => {
    world.storage.files.add(`${APP_DATA}/patches/ph-12345.jar.off`).delete(`${APP_DATA}/patches/ph-12345.jar`);
    host.write(KEYSTORE, 'another');
    expect(await kept()).toEqual([expect.stringMatching(/conf\/server\.keystore is another.*from the backup/), expect.stringMatching(/not in use any more: ph-12345\.jar;/)]);
  });

  it('what cannot be seen is neither kept nor lost', async () => {
    for (const begins of ['sudo -H -u ucd sha256sum', 'sudo -H -u ucd find /mnt/ucd/appdata/patches']) host.looks.set(begins, () => ({ code: 1, stderr: 'Input/output error\n' }));
    expect(await kept()).toEqual([expect.stringMatching(/^Whether the keystores .* could not be seen/), expect.stringMatching(/^Whether the patches .* could not be seen/), expect.stringMatching(/^What became of customised files .* could not be seen/)]);
  });

  it('of very many files the first are compared, and that is said', async () => {
    host.customised = Array.from({ length: 300 }, (_, n) => `webapps/f${n}`);
    for (const name of host.customised) host.write(tomcat(name), name);
    before = await facts();
    expect(Object.keys(before.customised)).toHaveLength(100);
    for (const name of host.customised) host.files.delete(tomcat(name));
    expect(await kept()).toEqual([expect.stringMatching(/\(of the first 100, which were compared\): webapps\/f0 is gone, .* and 92 more; put back/)]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { APPLICATION } from './fake-host.ts';
import { FakeWorld, PACKAGE } from './fake-ports.ts';

const INSTALL = 'sudo dpkg --force-confdef --force-confold -i';
const PROPERTIES = '/opt/mongodb/mms/conf/conf-mms.properties', SETTINGS = '/opt/mongodb/mms/conf/mms.conf';
let world: FakeWorld;
const on = (step: string, mode: 'act' | 'look' = 'act') => ({ host: world.on('om-2'), attempt: world.attempt(`${step}:om-2`, mode), package: PACKAGE, version: '4.4.18' });
const host = () => world.host('om-2');
const installs = () => host().started.filter((each) => each.startsWith(INSTALL)).length;

beforeEach(async () => {
  world = new FakeWorld();
  await world.run('saveConfiguration', on('save'));
  await world.run('stagePackage', on('stage'));
  host().end('ServerMain');
});

describe('installing', () => {
  it('is done when package, configuration and stopped state are seen', async () => {
    expect(await world.run('installPackage', on('install'))).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('Nothing runs') });
  });

  it('never happens twice, however often the step is attempted', async () => {
    const input = on('install');
    await world.run('installPackage', input);
    await world.run('installPackage', input);
    expect(await world.run('installPackage', on('install-again'))).toMatchObject({ outcome: 'already' });
    expect(installs()).toBe(1);
  });

  it('is come back to when it takes long, and still happens once', async () => {
    host().effects.set(INSTALL, (fake) => { fake.install('4.4.18.100-1'); return { code: 0, seconds: 400 }; });
    const { result, notNow } = await world.await('installPackage', on('install'));
    expect(result).toMatchObject({ outcome: 'done' });
    expect(notNow.length).toBeGreaterThan(2);
    expect(installs()).toBe(1);
  });

  it('waits while another package manager holds dpkg\'s lock', async () => {
    host().effects.set(INSTALL, (fake, times) => {
      if (times < 3) return { code: 2, output: 'dpkg: error: dpkg frontend lock was locked by another process with pid 800\n' };
      fake.install('4.4.18.100-1');
      return { code: 0 };
    });
    const { result, notNow } = await world.await('installPackage', on('install'));
    expect(result).toMatchObject({ outcome: 'done' });
    expect(notNow).toEqual([expect.stringContaining('holds dpkg\'s lock'), expect.stringContaining('holds dpkg\'s lock')]);
  });

  it('does not begin on a host where something still runs', async () => {
    host().begin(APPLICATION);
    expect(await world.run('installPackage', on('install'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Nothing was installed') });
    expect(installs()).toBe(0);
  });

  it('does not begin with a staged package that was changed', async () => {
    for (const [path, file] of host().files) if (path.startsWith('/var/lib/lockkeeper/packages/')) file.content = 'something else';
    expect(await world.run('installPackage', on('install'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('checksum') });
    expect(installs()).toBe(0);
  });

  it('that was lost to a reboot is judged by what is there: whole is done, half is unknown', async () => {
    host().effects.set(INSTALL, (fake) => { fake.package = { version: '4.4.18.100-1', status: 'iU ', unpackedAt: 0 }; return { code: 0, lost: 'om-2 was restarted.' }; });
    const input = on('install');
    expect(await world.run('installPackage', input)).toMatchObject({ outcome: 'unknown', unfinished: true, evidence: expect.stringContaining('its install was interrupted') });
    host().package.status = 'ii ';
    expect(await world.run('installPackage', input)).toMatchObject({ outcome: 'done' });
  });

  it('has failed when the exit code is 0 and the old version is still there', async () => {
    host().effects.set(INSTALL, () => ({ code: 0 }));
    expect(await world.run('installPackage', on('install'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('4.4.13') });
  });

  it('has failed when the edited configuration is not what it was', async () => {
    host().effects.set(INSTALL, (fake) => { fake.install('4.4.18.100-1'); fake.write(PROPERTIES, 'mongo.mongoUri=mongodb://127.0.0.1\n'); return { code: 0 }; });
    expect(await world.run('installPackage', on('install'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining(`${PROPERTIES}`) });
  });

  it('accepts a file that nobody had edited and the new release replaced, and names new settings', async () => {
    host().effects.set(INSTALL, (fake) => {
      fake.install('4.4.18.100-1');
      fake.write(SETTINGS, 'BASE_PORT=8080\nMMS_BETA=true\n');
      fake.write(`${PROPERTIES}.dpkg-dist`, 'mongo.mongoUri=x\nmms.beta=secret-default\n');
      return { code: 0 };
    });
    const { outcome, evidence } = await world.run('installPackage', on('install'));
    expect(outcome).toBe('done');
    expect(evidence).toContain('had not been edited');
    expect(evidence).toContain('mms.beta');
    expect(evidence).not.toContain('secret-default');
  });

  it('has failed when the package\'s own scripts started something', async () => {
    host().effects.set(INSTALL, (fake) => { fake.install('4.4.18.100-1'); fake.begin(APPLICATION); return { code: 0 }; });
    expect(await world.run('installPackage', on('install'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('something was started') });
  });

  it('only looks when it is asked to look', async () => {
    expect(await world.run('installPackage', on('install', 'look'))).toMatchObject({ outcome: 'failed' });
    expect(installs()).toBe(0);
  });
});

describe('staging', () => {
  it('refuses a package whose copy has another checksum', async () => {
    host().write(PACKAGE.onHost, 'a truncated package');
    for (const path of [...host().files.keys()]) if (path.includes('/packages/')) host().files.delete(path);
    expect(await world.run('stagePackage', on('stage-2'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('checksum') });
  });

  it.each([
    ['other-product', '4.4.18-1', 'amd64', 'not mongodb-mms'], ['mongodb-mms', '4.4.16.1-1', 'amd64', 'the target is 4.4.18'], ['mongodb-mms', '4.4.18.1-1', 'arm64', 'the host is amd64'],
  ])('refuses the package %s %s for %s', async (name, version, architecture, says) => {
    host().looks.set('sudo dpkg-deb', () => ({ stdout: `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\n` }));
    expect(await world.run('stagePackage', on('stage-2', 'look'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining(says) });
  });

  it('is cleaned up at the end, the saved configuration excepted', async () => {
    await world.run('cleanUp', on('clean'));
    const left = [...host().files.keys()].filter((path) => path.startsWith('/var/lib/lockkeeper'));
    expect(left.some((path) => path.includes('/packages/'))).toBe(false);
    expect(left.some((path) => path.includes('/configuration/run-1/etc/mongodb-mms/gen.key'))).toBe(true);
  });
});

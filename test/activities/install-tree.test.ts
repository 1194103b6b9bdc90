/** A tarball's tree, with this machine's own find, tar, cp and mv: GNU's, as on every Linux host of Ops Manager. */
import { lstatSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RealTree } from './real-tree.ts';

let tree: RealTree;
beforeEach(() => { tree = new RealTree(); });
afterEach(() => tree.remove());

const install = (attempt = 1) => tree.world.run('installPackage', tree.input('install', 'act', attempt));
let taken = 0;
const takeBack = (mode: 'act' | 'look' = 'act') => tree.world.run('takeBackTree', tree.input('take-back', mode, taken += 1));
const preflight = async () => (await tree.world.run('preflight', {
  installation: { ...tree.world.installation, hosts: [tree.on], target: { ...tree.world.installation.target, packages: { linux: tree.package } } },
  owner: tree.input('look').attempt.owner, attempt: tree.input('preflight').attempt,
})).findings;
const before = () => `${tree.root}-before-4.4.18`, work = () => `${tree.root}.lockkeeper-4.4.18`;
const typed = (begin: string) => tree.host.started.filter((each) => each.startsWith(begin));

/** What must be true of every tree that was put in place. */
function expectUpgraded(): void {
  expect(tree.read(`${tree.root}/lib/mms-4.4.18.jar`)).toBe('4.4.18');
  expect(tree.read(`${tree.root}/lib/mms-4.4.13.jar`), 'no library of the old release').toBeNull();
  expect(tree.read(`${tree.root}/conf/conf-mms.properties`)).toContain('db-1,db-2');
  expect(tree.read(`${tree.root}/mongodb-releases/mongodb.tgz`)).toBe('a release');
  expect(statSync(`${tree.root}/server.pem`).mode & 0o777).toBe(0o600);
  expect(tree.read(`${tree.root}/logs/daemon.log`)).toBeNull();
  expect(tree.read(`${before()}/lib/mms-4.4.13.jar`)).toBe('4.4.13');
  expect(tree.read(`${before()}/logs/daemon.log`)).toContain('4.4.13');
  expect(tree.read(work())).toBeNull();
}

describe.runIf(process.platform === 'linux')('a tree that is a folder', () => {
  it('is put together while the host serves, and changes nothing of it before the install', async () => {
    tree.startDaemon();
    expect(await tree.world.run('stagePackage', tree.input('stage'))).toMatchObject({ outcome: 'done', evidence: expect.stringContaining(`unpacked in ${work()}`) });
    expect(tree.read(`${tree.root}/lib/mms-4.4.13.jar`)).toBe('4.4.13');
    expect(await tree.world.run('stagePackage', tree.input('stage', 'look'))).toMatchObject({ outcome: 'already' });
  });

  it('gives way to the new one with what the site brought, is kept, and says how to go back', async () => {
    await tree.prepare();
    const { outcome, evidence } = await install();
    expect(outcome, evidence).toBe('done');
    expectUpgraded();
    expect(evidence).toContain(`The old tree is kept: ${before()}`);
    expect(evidence).toContain('mms.of.4.4.18');
    expect(evidence).not.toContain('secret-default');
    for (const words of /takes it back: (.*)\. Remove/.exec(evidence)?.[1]?.split(' && ') ?? []) tree.type(words.replace('sudo ', '').split(' '));
    expect(tree.read(`${tree.root}/lib/mms-4.4.13.jar`)).toBe('4.4.13');
    expect(tree.read(`${tree.root}/server.pem`)).toBe('a certificate');
  });

  it('comes back in the place of the new one, once, while that was never started', async () => {
    await tree.prepare();
    expect(await takeBack(), 'nothing is to do before the switch').toMatchObject({ outcome: 'already' });
    await install();
    expect(await takeBack('look')).toMatchObject({ outcome: 'failed' });
    expect(await takeBack()).toMatchObject({ outcome: 'done' });
    expect([tree.read(`${tree.root}/lib/mms-4.4.13.jar`), tree.read(`${tree.root}/server.pem`), tree.read(`${work()}/lib/mms-4.4.18.jar`)]).toEqual(['4.4.13', 'a certificate', '4.4.18']);
    expect(await takeBack()).toMatchObject({ outcome: 'already' });
    expect(await install(2), 'a later upgrade goes on').toMatchObject({ outcome: 'done' });
    expectUpgraded();
  });

  it('comes back where a switch stopped between its two renames', async () => {
    await tree.prepare();
    tree.host.effects.set(`sudo mv -T -- ${work()}`, () => ({ code: 0, lost: 'om-2 was restarted.' }));
    await install();
    expect(await takeBack()).toMatchObject({ outcome: 'done' });
    expect(tree.read(`${tree.root}/lib/mms-4.4.13.jar`)).toBe('4.4.13');
  });

  it('is left where it is kept when the new one runs, or ran: it may have migrated the database', async () => {
    await tree.prepare();
    await install();
    tree.startDaemon();
    expect(await takeBack()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('not stopped') });
    tree.host.end('-Dapp-id');
    tree.write(`${tree.root}/logs/mms0-startup.log`, 'Starting pre-flight checks\n');
    expect(await takeBack()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('was started already') });
    expectUpgraded();
  });

  it('is switched once, however often the step is attempted', async () => {
    await tree.prepare();
    await install();
    expect(await install()).toMatchObject({ outcome: 'done' });
    expect(await install(2)).toMatchObject({ outcome: 'already' });
    expect(await tree.world.run('installPackage', tree.input('install', 'look'))).toMatchObject({ outcome: 'already' });
    expect(typed('sudo mv')).toHaveLength(2);
    expectUpgraded();
  });

  it('whose switch stopped between its two renames is unknown, and finished by the next attempt', async () => {
    await tree.prepare();
    tree.host.effects.set(`sudo mv -T -- ${work()}`, (_, times) => times > 1 ? { ...tree.type(['mv', '-T', '--', work(), tree.root]) } : { code: 0, lost: 'om-2 was restarted.' });
    expect(await install()).toMatchObject({ outcome: 'unknown', evidence: expect.stringContaining('its install was interrupted') });
    expect(await install(2)).toMatchObject({ outcome: 'done' });
    expect(typed('sudo tar')).toHaveLength(1);
    expectUpgraded();
  });

  it('into whose successor something was carried in vain is carried anew: what changed since is not lost', async () => {
    await tree.prepare();
    const away = `sudo mv -T -- ${tree.root} `;
    tree.host.effects.set(away, (_, times) => times > 1 ? tree.type(['mv', '-T', '--', tree.root, before()]) : { code: 1, output: 'mv: Device or resource busy' });
    expect(await install()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('busy') });
    rmSync(`${tree.root}/server.pem`);
    tree.write(`${tree.root}/server.pem`, 'a newer certificate', 0o600);
    expect(await install(2)).toMatchObject({ outcome: 'done' });
    expect(tree.read(`${tree.root}/server.pem`)).toBe('a newer certificate');
    expectUpgraded();
  });

  it('stays in use when it was started again while the new one was put together', async () => {
    await tree.prepare();
    const carry = ['cp', '-a', '--remove-destination', '-T', '--', `${tree.root}/conf/.`, `${work()}/conf`];
    tree.host.effects.set(`sudo ${carry.slice(0, 4).join(' ')}`, () => { tree.startDaemon(); return tree.type(carry); });
    expect(await install()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Nothing was switched.') });
    expect(typed('sudo mv')).toEqual([]);
    expect(tree.read(`${tree.root}/lib/mms-4.4.13.jar`)).toBe('4.4.13');
  });

  it('stays in use when something of it did not get into the new one, whatever the exit code', async () => {
    await tree.prepare();
    tree.host.effects.set('sudo find', () => ({ code: 0 }));
    expect(await install()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('mongodb-releases, server.pem') });
    expect(typed('sudo mv')).toEqual([]);
  });

  it('is not touched when the disk is full, and the host is not taken down for it', async () => {
    tree.startDaemon();
    await tree.world.run('saveConfiguration', tree.input('save'));
    tree.host.effects.set('sudo tar -xzf', () => ({ code: 2, output: 'tar: No space left on device' }));
    expect(await tree.world.run('stagePackage', tree.input('stage'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('No space left') });
    expect(tree.read(`${tree.root}/lib/mms-4.4.13.jar`)).toBe('4.4.13');
  });

  it('is not switched beside a folder that stands where it will be kept', async () => {
    tree.write(`${before()}/mine`, 'mine');
    expect(await tree.world.run('stagePackage', tree.input('stage'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('move it away') });
    expect(typed('sudo tar -x')).toEqual([]);
  });

  it('of which a file is changed that the upgrade would not carry, is told of it in preflight', async () => {
    const packed = new Date('2022-01-01'), later = new Date(Date.now() + 60_000);
    utimesSync(`${tree.root}/lib/mms-4.4.13.jar`, packed, packed);
    for (const file of ['jdk/lib/security/cacerts', 'server.pem']) utimesSync(`${tree.root}/${file}`, later, later);
    const changed = (await preflight()).find(({ subject }) => subject === 'changed files');
    expect(changed).toMatchObject({ verdict: 'warning', says: expect.stringContaining('jdk/lib/security/cacerts') });
    expect(changed?.says).not.toMatch(/server\.pem|mms-4\.4\.13\.jar/);
  });
});

describe.runIf(process.platform === 'linux')('preflight on a tarball host', () => {
  const installed = async () => (await preflight()).find(({ subject }) => subject === 'package manager');

  it('takes the release from what runs, or from where a person wrote it down; else it refuses, and says how to do that', async () => {
    tree.host.end('-Dapp-id');
    const [earlier, later] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    utimesSync(`${tree.root}/logs/daemon.log`, earlier, earlier); // the tree was unpacked after the daemon ended
    expect(await installed()).toMatchObject({ verdict: 'refused', says: expect.stringContaining(`sudo ln -s -T -- 4.4.18 ${tree.root}/.lockkeeper-release`) });
    tree.startDaemon();
    expect(await installed()).toMatchObject({ verdict: 'ok', says: expect.stringContaining('4.4.13, as what runs or ran from it says') });
    tree.host.end('-Dapp-id');
    utimesSync(`${tree.root}/logs/daemon.log`, later, later);
    expect(await installed(), 'it ended in Upgrade Mode').toMatchObject({ verdict: 'ok', says: expect.stringContaining('4.4.13') });
    utimesSync(`${tree.root}/logs/daemon.log`, earlier, earlier);
    tree.type(['ln', '-s', '-T', '--', '4.4.13', `${tree.root}/.lockkeeper-release`]);
    expect(await installed()).toMatchObject({ verdict: 'ok', says: expect.stringContaining('4.4.13') });
  });

  it('refuses a folder without Ops Manager, and one that stopped between the renames of a switch, with the way out', async () => {
    await tree.prepare();
    tree.type(['mv', '-T', '--', tree.root, before()]);
    expect(await installed()).toMatchObject({ verdict: 'refused', says: expect.stringContaining(`finish it by: sudo mv -T -- ${work()} ${tree.root}`) });
    tree.type(['rm', '-rf', work()]);
    expect(await installed()).toMatchObject({ verdict: 'refused', says: expect.stringContaining('correct installDir') });
  });

  it('warns of logs behind a link', async () => {
    renameSync(`${tree.root}/logs`, `${tree.folder}/logs`);
    symlinkSync(`${tree.folder}/logs`, `${tree.root}/logs`);
    expect(await preflight()).toContainEqual(expect.objectContaining({ subject: 'tree', verdict: 'warning', says: expect.stringContaining('logs is a symbolic link') }));
  });
});

describe.runIf(process.platform === 'linux')('a tree behind a symbolic link', () => {
  const old = () => `${tree.folder}/srv/mongodb-mms-4.4.13.100`;
  beforeEach(() => {
    renameSync(tree.root, old());
    symlinkSync(old(), tree.root);
  });

  it('stays where it is, and the link leads to the new one', async () => {
    await tree.prepare();
    const { outcome, evidence } = await install();
    expect(outcome, evidence).toBe('done');
    expectUpgraded();
    expect(readlinkSync(tree.root)).toBe(`${tree.root}-4.4.18`);
    expect(readlinkSync(before())).toBe(old());
    for (const words of /takes it back: (.*)\. Remove/.exec(evidence)?.[1]?.split(' && ') ?? []) tree.type(words.replace('sudo ', '').split(' '));
    expect(readlinkSync(tree.root)).toBe(old());
  });

  it.each(['mv -T -- WORK', 'ln -s -f', 'mv -T -- NEXT'])('is switched by the next attempt where the first was lost at %s', async (lost) => {
    await tree.prepare();
    const begin = `sudo ${lost.replace('WORK', work()).replace('NEXT', `${tree.root}.lockkeeper-next`)}`;
    let first = true;
    tree.host.effects.set(begin, () => {
      if (first) { first = false; return { code: 0, lost: 'om-2 was restarted.' }; }
      return tree.type(tree.host.started.at(-1)?.replace('sudo ', '').split(' ') ?? []);
    });
    expect(await install()).toMatchObject({ outcome: 'unknown' });
    expect(lstatSync(tree.root).isSymbolicLink()).toBe(true);
    const { outcome, evidence } = await install(2);
    expect(outcome, evidence).toBe('done');
    expectUpgraded();
  });

  it('is not switched where the new one\'s name is taken', async () => {
    tree.write(`${tree.root}-4.4.18/mine`, 'mine');
    expect(await tree.world.run('stagePackage', tree.input('stage'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Lockkeeper did not make it') });
    expect(tree.read(`${tree.root}-4.4.18/mine`)).toBe('mine');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { Unreachable } from '../../src/ssh/errors.ts';
import { noteFile } from '../../src/upgrade/state-folder.ts';
import { FakeServers } from './fake-servers.ts';

const NOTE = noteFile('maintenance-on');
let world: FakeServers;
beforeEach(() => { world = new FakeServers(); });
const switched = (way: 'On' | 'Off') => world.run(`switchMaintenance${way}`, { installation: world.installation, attempt: world.attempt(`maintenance-${way}`) });
const isOn = () => world.storage.configuration['maintenanceModeEnabled'];
const noted = () => world.installation.hosts.filter(({ name }) => world.host(name).files.has(NOTE)).length;

describe('maintenance mode', () => {
  it('is noted on every host, switched on, and off again at the end', async () => {
    expect(await switched('On')).toMatchObject({ outcome: 'done' });
    expect([isOn(), noted()]).toEqual([true, 4]);
    expect(await switched('Off')).toMatchObject({ outcome: 'done' });
    expect([isOn(), noted()]).toEqual([false, 0]);
  });

  it('is switched in a configuration that else goes back as it was, secrets too, and none of them is shown', async () => {
    const secret = world.storage.token, before = { ...world.storage.configuration, deployMailSender: `ucd:${secret}@mail`, nested: { key: secret } };
    world.storage.configuration = before;
    const said = [await switched('On'), await switched('Off')];
    expect(world.storage.configuration).toEqual(before);
    expect(JSON.stringify(said)).not.toContain(secret);
  });

  it('is switched on by a retry whose first try left its notes and lost the way to the servers', async () => {
    world.scheduled = world.clock.time;
    const attempt = world.attempt('maintenance-On'), tried = () => world.run('switchMaintenanceOn', { installation: world.installation, attempt });
    const { http } = world.host('ucd-1');
    for (const name of ['ucd-1', 'ucd-2', 'ucd-3']) world.host(name).http = async (question) => { if (question.method === 'PUT') throw new Unreachable('lost.'); return http.call(world.host(name), question); };
    await expect(tried()).rejects.toMatchObject({ type: 'NotNow' });
    expect([isOn(), noted()]).toEqual([false, 4]);
    world.host('ucd-1').http = http;
    world.clock.time += 5_000;
    expect(await tried()).toMatchObject({ outcome: 'done' });
    expect(isOn()).toBe(true);
  });

  it('that was on before is the site\'s own, and is on at the end', async () => {
    world.storage.configuration['maintenanceModeEnabled'] = true;
    expect(await switched('On')).toMatchObject({ outcome: 'already' });
    expect(await switched('Off')).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('was not switched on by an upgrade') });
    expect([isOn(), noted()]).toEqual([true, 0]);
  });

  it('that an earlier run switched on is switched off, though its note is left on one host alone', async () => {
    world.storage.configuration['maintenanceModeEnabled'] = true;
    world.host('ucd-3').write(NOTE, '2026-11-22T01:00:00.000Z\n');
    await switched('Off');
    expect([isOn(), noted()]).toEqual([false, 0]);
  });

  it.each(['ucd-1', 'ucd-4'])('is switched off although %s cannot be reached, which is told of the note that it may hold', async (gone) => {
    await switched('On');
    world.host(gone).reachable = false;
    expect(await switched('Off')).toMatchObject({ outcome: 'done', evidence: expect.stringMatching(new RegExp(`Remove ${NOTE} on ${gone}, if it is there`)) });
    expect([isOn(), noted()]).toEqual([false, 1]);
    expect(await switched('Off')).toMatchObject({ outcome: 'already', evidence: expect.stringContaining(`on ${gone}, if it is there`) });
    world.storage.configuration['maintenanceModeEnabled'] = true;
    await expect(switched('Off')).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('is left alone where a note cannot be read: whose it is nobody knows then', async () => {
    world.storage.configuration['maintenanceModeEnabled'] = true;
    world.host('ucd-2').looks.set(`cat -- ${NOTE}`, () => ({ code: 1, stderr: `cat: ${NOTE}: Input/output error\n` }));
    await expect(switched('Off')).rejects.toMatchObject({ type: 'NotNow' });
    expect(isOn()).toBe(true);
  });
});

it('a list of thousands of running processes is read whole', async () => {
  const { storage, installation } = world;
  storage.work = Array.from({ length: 5_000 }, (_, n) => ({ traceId: `t${n}`, processRequestType: 'component', componentProcess: { name: 'Install' }, description: 'x'.repeat(1_000) }));
  expect((await world.run('lookAtWork', { installation })).work).toHaveLength(5_000);
});

describe('agents and relays', () => {
  it('are listed as the product says; what a release does not list is not seen', async () => {
    expect(await world.run('lookAtAgents', { installation: world.installation })).toEqual({ agents: { total: 2, online: 1, away: ['web-2 (OFFLINE)'] }, relays: null });
  });

  it('that the token may not see are not seen; that is no error', async () => {
    world.storage.token = 'another';
    expect(await world.run('lookAtAgents', { installation: world.installation })).toEqual({ agents: null, relays: null });
  });
});

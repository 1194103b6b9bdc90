import { beforeEach, describe, expect, it } from 'vitest';
import { FakeWorld, OWNER } from './fake-ports.ts';

const NOTE = '/var/lib/lockkeeper/lock/quiesced';
const BEFORE = 'puppet agent --disable "upgrade"', AFTER = 'puppet agent --enable';

let world: FakeWorld;
beforeEach(() => { world = new FakeWorld(); });
const host = () => ({ ...world.on('om-2'), quiesce: { before: BEFORE, after: AFTER } });
const run = (name: 'quiesceHost' | 'unquiesceHost', how: object = {}) => world.run(name, { host: host(), attempt: { ...world.attempt(name), ...how } });
const ends = (code: number, lost?: string) => world.host('om-2').effects.set("sh -c 'puppet", () => ({ code, output: 'what it printed', ...(lost === undefined ? {} : { lost }) }));
const owed = () => world.installation.hosts.map(({ name }) => name).filter((name) => world.host(name).files.has(NOTE));

describe('a site\'s command around the work on a host', () => {
  it('is run once as the login user, word for word, and its end is owed from its beginning until it ended well', async () => {
    expect(await run('quiesceHost')).toMatchObject({ outcome: 'done' });
    expect(await run('quiesceHost')).toMatchObject({ outcome: 'done' });
    expect(world.host('om-2').started.filter((typed) => typed === `sh -c '${BEFORE}'`)).toHaveLength(1);
    expect(owed()).toEqual(['om-2']);
    ends(1);
    expect(await run('unquiesceHost')).toMatchObject({ outcome: 'failed' });
    expect(owed()).toEqual(['om-2']);
    ends(0);
    expect(await run('unquiesceHost', { token: 'run-1/unquiesceHost#2' })).toMatchObject({ outcome: 'done' });
    expect(owed()).toEqual([]);
  });

  it('that failed shows what it printed; that was lost is unknown; neither is run again by a look', async () => {
    ends(7);
    expect(await run('quiesceHost')).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(/exit code 7.*\nwhat it printed/) });
    expect(await run('quiesceHost', { mode: 'look' })).toMatchObject({ outcome: 'failed' });
    ends(0, 'the host was rebooted');
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#2' })).toMatchObject({ outcome: 'unknown' });
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#2', mode: 'look' })).toMatchObject({ outcome: 'unknown' });
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#2', mode: 'look', byHand: true })).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('person\'s word') });
    expect(world.host('om-2').started.filter((typed) => typed.includes('puppet'))).toHaveLength(2);
  });

  it('that hangs is nobody\'s word to pass over and never begun beside itself: its process is named, to be ended there first', async () => {
    const begun = () => world.host('om-2').started.filter((typed) => typed.includes('puppet')).length;
    const hangs = { evidence: expect.stringMatching(/still runs there as pid 4711.*end it on the host first/) };
    world.host('om-2').effects.set("sh -c 'puppet", () => ({ code: 0, seconds: 100 }));
    await expect(run('quiesceHost')).rejects.toThrow('still runs');
    expect(await run('quiesceHost', { mode: 'look', byHand: true })).toMatchObject({ outcome: 'unknown', ...hangs });
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#2' })).toMatchObject({ outcome: 'failed', ...hangs });
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#2', mode: 'look', byHand: true })).toMatchObject({ outcome: 'unknown', ...hangs });
    expect(begun()).toBe(1);
    await expect(run('unquiesceHost')).rejects.toThrow('still runs'); // the other may begin beside it
    world.clock.time += 200_000;
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#2', mode: 'look', byHand: true })).toMatchObject({ outcome: 'already' });
    expect(await run('quiesceHost', { token: 'run-1/quiesceHost#3' }).catch(({ message }) => message as string)).toContain('still runs');
    expect(begun()).toBe(3);
  });

  it('is not run where its end cannot be noted', async () => {
    world.host('om-2').effects.set('sh -c \'printf', () => ({ code: 1, output: 'No space left on device' }));
    expect(await run('quiesceHost')).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('No space left') });
    expect(world.host('om-2').started.filter((typed) => typed.includes('puppet'))).toEqual([]);
  });

  it('that an earlier run owes makes the next one go on as its continuation, and is forgotten once the upgrade is done', async () => {
    await run('quiesceHost');
    const { findings, hosts } = await world.run('preflight', { installation: world.installation, owner: OWNER, attempt: world.attempt('preflight') });
    expect(findings).toContainEqual(expect.objectContaining({ host: 'om-2', subject: 'lock', verdict: 'warning', says: expect.stringContaining(NOTE) }));
    expect(hosts.map(({ name, quiesced }) => [name, quiesced])).toEqual([['om-1', false], ['om-2', true], ['om-3', false]]);
    await world.run('cleanUp', { host: world.on('om-2'), attempt: world.attempt('clean-up') }); // its file names no commands any more
    expect(owed()).toEqual([]);
  });
});

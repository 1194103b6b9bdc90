import type { Attempt } from '../../src/upgrade/outcome.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeWorld } from './fake-ports.ts';

let world: FakeWorld;
beforeEach(() => { world = new FakeWorld(); });
const backUp = (how: Partial<Attempt> = {}) => world.run('backUp', {
  host: world.on('om-1'), attempt: { ...world.attempt('backup:om-1'), ...how }, backup: { host: 'om-1', command: 'mongodump --archive=/backup/a', verify: 'ls -l /backup/a', maxAge: '4h' },
});

describe('the backup of the Application Database', () => {
  it('is as old as the step, not as its end, and shows what its check shows', async () => {
    const before = world.clock.time;
    world.host('om-1').effects.set('sh -c \'mongodump', () => ({ code: 0, seconds: 30 }));
    world.host('om-1').looks.set('sh -c \'ls -l', () => ({ stdout: '-rw------- 1 ops 734003200 a' }));
    expect(await backUp()).toMatchObject({ outcome: 'done', takenAt: new Date(before).toISOString(), evidence: expect.stringContaining('734003200') });
  });

  it.each([['its command fails', 'mongodump', 1], ['its check fails', 'ls', 2]])('has failed when %s', async (_, which, code) => {
    if (which === 'mongodump') world.host('om-1').effects.set('sh -c \'mongodump', () => ({ code, output: 'no space left' }));
    else world.host('om-1').looks.set('sh -c \'ls -l', () => ({ code }));
    expect(await backUp()).toMatchObject({ outcome: 'failed' });
  });

  it('is never proven by an old dump: a look wants the end of its own command, unless a person says that it was done by hand', async () => {
    expect(await backUp({ mode: 'look' })).toMatchObject({ outcome: 'unknown', evidence: expect.stringContaining('was not seen to end') });
    expect(await backUp({ mode: 'look', byHand: true })).toMatchObject({ outcome: 'already' });
    expect(world.host('om-1').started).toEqual([]);
    await backUp();
    expect(await backUp({ mode: 'look' })).toMatchObject({ outcome: 'already' });
  });

  it('whose command failed is not taken for done when it is looked at again', async () => {
    world.host('om-1').effects.set('sh -c \'mongodump', () => ({ code: 1, output: 'no space left' }));
    await backUp();
    expect(await backUp({ mode: 'look' })).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('no space left') });
  });

  it('is too old when the file says so', async () => {
    const takenAt = new Date(world.clock.time - 5 * 3_600_000).toISOString();
    expect(await world.run('checkBackupAge', { takenAt, maxAge: '4h' })).toEqual({ tooOld: true, says: 'The backup was taken 5h ago; the installation file allows 4h.' });
    expect(await world.run('checkBackupAge', { takenAt, maxAge: '6h' })).toMatchObject({ tooOld: false });
  });
});

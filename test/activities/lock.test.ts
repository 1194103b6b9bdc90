import { beforeEach, describe, expect, it } from 'vitest';
import { FakeWorld } from './fake-ports.ts';

const FOREIGN = { clusterId: 'cluster-1', namespace: 'default', workflowId: 'upgrade/om-test', firstExecutionRunId: 'run-0', stepNumber: 9 };
let world: FakeWorld;
beforeEach(() => { world = new FakeWorld({ locked: false }); });
const take = (mode: 'act' | 'look' = 'act') => world.run('takeLocks', { hosts: world.installation.hosts, attempt: world.attempt('lock', mode) });
const holders = () => world.installation.hosts.map(({ name }) => world.host(name).lock?.firstExecutionRunId ?? null);

describe('the lock', () => {
  it('is taken on all hosts, once', async () => {
    expect(await take()).toMatchObject({ outcome: 'done' });
    expect(holders()).toEqual(['run-1', 'run-1', 'run-1']);
    expect(await take()).toMatchObject({ outcome: 'already' });
  });

  it('of a run that is closed is adopted', async () => {
    world.host('om-2').lock = FOREIGN;
    expect(await take()).toMatchObject({ outcome: 'done' });
    expect(holders()).toEqual(['run-1', 'run-1', 'run-1']);
  });

  it.each([
    ['whose run is open', () => { world.runClosed = 'no'; }, 'still open'],
    ['whose run nobody knows', () => { world.runClosed = 'unknown'; }, 'lockkeeper doctor'],
    ['of another Temporal', () => { world.host('om-3').lock = { ...FOREIGN, clusterId: 'cluster-2' }; }, 'another Temporal'],
    ['whose job still runs', () => { world.host('om-3').foreignJobs = ['run-0/install:om-3#1/install-1']; }, 'install:om-3'],
  ])('%s is respected: none is taken, and the way out is said', async (_, arrange, says) => {
    world.host('om-3').lock = FOREIGN;
    arrange();
    await expect(take()).rejects.toMatchObject({ type: 'Refused', message: expect.stringContaining(says) });
    expect(holders()).toEqual([null, null, 'run-0']);
  });

  it('is only looked at when that is asked for', async () => {
    expect(await take('look')).toMatchObject({ outcome: 'failed' });
    expect(holders()).toEqual([null, null, null]);
  });

  it('is released everywhere, and nobody else\'s is', async () => {
    await take();
    world.host('om-2').lock = { ...FOREIGN };
    expect(await world.run('releaseLocks', { hosts: world.installation.hosts, attempt: world.attempt('unlock') })).toMatchObject({ outcome: 'done' });
    expect(holders()).toEqual([null, 'run-0', null]);
  });
});

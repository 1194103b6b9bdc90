import { beforeEach, describe, expect, it } from 'vitest';
import { KEY, MIGRATION } from './fake-host.ts';
import { FakeWorld } from './fake-ports.ts';

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld();
});
const on = (step: string, mode: 'act' | 'look' = 'act') => ({ host: world.on('om-2'), attempt: world.attempt(`${step}:om-2`, mode) });

describe('stopping the application', () => {
  it('is done when the process list shows nothing, whatever the exit code', async () => {
    world.host('om-2').effects.set('sudo service mongodb-mms stop', (host) => { host.end('ServerMain'); return { code: 1, output: 'failed!' }; });
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'done' });
  });

  it('has failed when the process lives on, whatever the exit code', async () => {
    world.host('om-2').effects.set('sudo service mongodb-mms stop', () => ({ code: 0, output: 'Stopping... [ OK ]' }));
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('runs as process') });
  });

  it('types nothing where nothing runs', async () => {
    world.host('om-2').end('ServerMain');
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'already' });
    expect(world.host('om-2').started).toEqual([]);
  });

  it('only looks when it is asked to look', async () => {
    expect(await world.run('stopApplication', on('stop', 'look'))).toMatchObject({ outcome: 'failed' });
    expect(world.host('om-2').started).toEqual([]);
  });

  it('never kills a migration', async () => {
    world.host('om-2').begin(MIGRATION);
    expect(await world.run('stopApplication', on('stop'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('migration') });
    expect(world.host('om-2').started).toEqual([]);
  });

  it('leaves the application serving while the host\'s Backup Daemon still runs', async () => {
    const input = { host: world.on('om-1'), attempt: world.attempt('stop:om-1') };
    expect(await world.run('stopApplication', input)).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Backup Daemon') });
    expect(world.host('om-1').runs('ServerMain')).toBe(true);
  });

  it('is unknown where the process list cannot be trusted', async () => {
    world.host('om-2').looks.set('sudo ps', () => ({ stdout: '' }));
    expect(await world.run('stopApplication', on('stop', 'look'))).toMatchObject({ outcome: 'unknown' });
  });

  it('is not run without the lock', async () => {
    world.host('om-2').lock = null;
    await expect(world.run('stopApplication', on('stop'))).rejects.toMatchObject({ type: 'Refused' });
    expect(world.host('om-2').runs('ServerMain')).toBe(true);
  });
});

describe('starting the application', () => {
  beforeEach(async () => {
    await world.run('saveConfiguration', on('save'));
    world.host('om-2').end('ServerMain');
    world.host('om-2').install('4.4.18.100-1');
    world.host('om-2').started.length = 0;
  });

  it('is done when its process is seen', async () => {
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('ServerMain') });
  });

  it('starts once, however often it is attempted', async () => {
    const input = on('start');
    await world.run('startApplication', input);
    await world.run('startApplication', input);
    expect(world.host('om-2').started).toEqual(['sudo service mongodb-mms start']);
  });

  it.each([
    ['is gone', () => world.host('om-2').files.delete(KEY), 'is not there'],
    ['is another', () => world.host('om-2').write(KEY, 'another key of 24 bytes!'), 'not the key that was saved'],
    ['has another owner', () => world.host('om-2').write(KEY, '0123456789abcdefghijklmn', 'root:root', '600'), 'has owner root:root'],
    ['has another mode', () => world.host('om-2').write(KEY, '0123456789abcdefghijklmn', 'mongodb-mms:mongodb-mms', '644'), 'mode 644'],
  ])('does not start a host whose gen.key %s, and says how to restore it', async (_, lose, says) => {
    lose();
    const { outcome, evidence } = await world.run('startApplication', on('start'));
    expect(outcome).toBe('failed');
    expect(evidence).toContain(says);
    expect(evidence).toContain('sudo cp -a');
    expect(world.host('om-2').started).toEqual([]);
  });

  it('says when the start made a new key', async () => {
    world.host('om-2').effects.set('sudo service mongodb-mms start', () => ({ code: 0, output: 'Generating new Ops Manager private key...\nStarting pre-flight checks\n' }));
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Stop everything') });
  });

  it('does not take the old version\'s process for the new one', async () => {
    world.host('om-2').processes.push({ pid: 99, args: 'mms-app -Dapp-id=mms com.xgen.svc.core.ServerMain', user: 'mongodb-mms', since: 0 });
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('still the old one') });
  });

  it('does not wait for a migration: that it is under way is enough', async () => {
    world.host('om-2').effects.set('sudo service mongodb-mms start', (host) => { host.begin(MIGRATION); return { code: 0, seconds: 7_200 }; });
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('still at work') });
  });

  it('has failed when the command ended and nothing lives', async () => {
    world.host('om-2').effects.set('sudo service mongodb-mms start', () => ({ code: 0, output: 'Preflight check failed.' }));
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('Preflight check failed') });
  });

  it('is unknown when the host was restarted meanwhile', async () => {
    world.host('om-2').effects.set('sudo service mongodb-mms start', () => ({ code: 0, lost: 'om-2 was restarted.' }));
    expect(await world.run('startApplication', on('start'))).toMatchObject({ outcome: 'unknown' });
  });
});

describe('waiting for the application to serve', () => {
  const wanted = () => ({ host: world.on('om-2'), owner: { workflowId: 'upgrade/om-test', firstExecutionRunId: 'run-1' }, version: '4.4.18', health: world.installation.policy.health });
  beforeEach(() => {
    world.host('om-2').end('ServerMain');
    world.host('om-2').install('4.4.18.100-1');
    world.clock.time += 5_000;
  });

  it('ends when it was healthy as often in a row as the policy says', async () => {
    world.host('om-2').begin('mms-app -Dapp-id=mms com.xgen.svc.core.ServerMain');
    expect(await world.run('awaitServing', wanted())).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('3 times in a row'), sighting: { serving: 'yes', version: '4.4.18' } });
  });

  it('holds no slot through a migration, and never calls it dead', async () => {
    world.host('om-2').begin(MIGRATION);
    await expect(world.run('awaitServing', wanted())).rejects.toMatchObject({ type: 'NotNow', message: expect.stringContaining('a migration runs') });
    expect(await world.run('lookAtStart', wanted())).toMatchObject({ migrating: 'yes', serving: 'no' });
  });

  it('has failed when nothing of it lives any more', async () => {
    expect(await world.run('awaitServing', wanted())).toMatchObject({ outcome: 'failed', sighting: { process: 'no' } });
  });

  it('does not take a process for a restarted one that is older than the restart', async () => {
    world.host('om-2').begin('mms-app -Dapp-id=mms com.xgen.svc.core.ServerMain');
    world.clock.time += 60_000;
    const seen = await world.run('lookAtStart', { ...wanted(), startedAfter: new Date(world.clock.time - 30_000).toISOString() });
    expect(seen).toMatchObject({ process: 'yes', serving: 'no', evidence: expect.stringContaining('was not restarted') });
  });

  it('soaks for the whole time, and ends when health is lost', async () => {
    world.host('om-2').begin('mms-app -Dapp-id=mms com.xgen.svc.core.ServerMain');
    const soak = { host: world.on('om-2'), version: '4.4.18', for: '1m', every: '5s' };
    const before = world.clock.time;
    expect(await world.run('soak', soak)).toMatchObject({ outcome: 'done' });
    expect(world.clock.time - before).toBeGreaterThanOrEqual(60_000);
    world.host('om-2').answersHttp = false;
    expect(await world.run('soak', soak)).toMatchObject({ outcome: 'failed' });
  });
});

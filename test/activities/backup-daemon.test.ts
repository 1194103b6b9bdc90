import { beforeEach, describe, expect, it } from 'vitest';
import { DAEMON, KEY } from './fake-host.ts';
import { FakeWorld } from './fake-ports.ts';

const SERVICE = 'sudo service mongodb-mms-backup-daemon stop', SCRIPT = 'sudo /etc/init.d/mongodb-mms-backup-daemon stop';
let world: FakeWorld;
beforeEach(() => { world = new FakeWorld(); });
const host = () => world.host('om-1');
const stop = (way: 'service' | 'init-script' = 'service') => ({ host: world.on('om-1'), attempt: world.attempt(`stop-daemon-${way}:om-1`), way });
const start = () => ({ host: world.on('om-1'), attempt: world.attempt('start-daemon:om-1'), version: '4.4.18' });

describe('a Backup Daemon', () => {
  it('is stopped as the manual says, proven by the process list', async () => {
    expect(await world.run('stopBackupDaemon', stop())).toMatchObject({ outcome: 'done' });
    expect(host().started).toEqual([SERVICE]);
  });

  it('that lives on after a stop which says OK is not stopped', async () => {
    host().effects.set(SERVICE, () => ({ code: 0, output: 'Stop Backup Daemon...[  OK  ]' }));
    expect(await world.run('stopBackupDaemon', stop())).toMatchObject({ outcome: 'failed', evidence: expect.stringMatching(/runs as process[^]*\[ {2}OK {2}\]/) });
    expect(await world.run('stopBackupDaemon', stop('init-script'))).toMatchObject({ outcome: 'done' });
    expect(host().started).toEqual([SERVICE, SCRIPT]);
  });

  it('may take 65 minutes to stop, is asked once, and no slot is held meanwhile', async () => {
    host().effects.set(SERVICE, () => ({ code: 0, seconds: 3_900 }));
    const ends = world.clock.time + 3_900_000;
    const stopping = world.await('stopBackupDaemon', stop());
    host().looks.set('sudo ps', () => ({ stdout: world.clock.time >= ends ? '1 0 root 9 init\n' : `1 0 root 9 init\n7 1 mongodb-mms 9 ${DAEMON}\n` }));
    const { result, notNow } = await stopping;
    expect(result).toMatchObject({ outcome: 'done' });
    expect(notNow.length).toBeGreaterThan(30);
    expect(host().started).toEqual([SERVICE]);
  });

  it('whose host has no init script says so', async () => {
    host().files.delete('/etc/init.d/mongodb-mms-backup-daemon');
    expect(await world.run('stopBackupDaemon', stop('init-script'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('there is no /etc/init.d') });
    expect(host().started).toEqual([]);
  });

  it('that is stuck is shown with its process, its job and the end of its log, without secrets', async () => {
    host().write('/opt/mongodb/mms/logs/daemon.log', '1970-01-01T00:00:00.000Z [main] INFO  Backup job for rs-prod-7 is running\nuri=mongodb://mms:hunter22@db-1/\n');
    const [seen] = await world.run('lookAtBackupDaemons', { hosts: [world.on('om-1')] });
    expect(seen).toMatchObject({ host: 'om-1', running: 'yes', enabledAtBoot: 'yes', process: expect.stringContaining('com.xgen.svc.brs.grid.Daemon'), job: expect.stringContaining('17 minutes') });
    expect(seen?.logTail).not.toContain('hunter22');
  });

  it('on a host that cannot be reached is unknown, never stopped', async () => {
    host().reachable = false;
    expect(await world.run('lookAtBackupDaemons', { hosts: world.installation.hosts })).toMatchObject([{ host: 'om-1', running: 'unknown' }, { running: 'no' }, { running: 'no' }]);
    await expect(world.run('awaitBackupDaemonsStopped', { hosts: world.installation.hosts })).rejects.toMatchObject({ type: 'NotNow', message: expect.stringContaining('om-1 (cannot be seen)') });
  });

  it('is waited for until it is gone', async () => {
    await expect(world.run('awaitBackupDaemonsStopped', { hosts: world.installation.hosts })).rejects.toMatchObject({ type: 'NotNow', message: expect.stringContaining('om-1') });
    host().end('grid.Daemon');
    expect(await world.run('awaitBackupDaemonsStopped', { hosts: world.installation.hosts })).toMatchObject({ outcome: 'done' });
  });

  it('is started from the new tree and seen in its log', async () => {
    await world.run('saveConfiguration', { host: world.on('om-1'), attempt: world.attempt('save:om-1') });
    host().end('grid.Daemon');
    host().install('4.4.18.100-1');
    expect(await world.run('startBackupDaemon', start())).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('names 4.4.18') });
  });

  it('that was started after the install and has filled its log since is proven by its process', async () => {
    host().end('grid.Daemon');
    host().install('4.4.18.100-1');
    host().startDaemon();
    host().write('/opt/mongodb/mms/logs/daemon.log', 'one more job\n'.repeat(500));
    const look = () => world.run('startBackupDaemon', { ...start(), attempt: world.attempt('start-daemon:om-1', 'look') });
    expect(await look(), 'it may not have come to that line').toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('does not name 4.4.18 yet') });
    world.clock.time += 120_000;
    expect(await look()).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('any more') });
  });

  it('of the old version that still runs is not taken for started', async () => {
    world.clock.time += 60_000;
    host().install('4.4.18.100-1');
    expect(await world.run('startBackupDaemon', start())).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('still the old one') });
  });

  it('is not started without the shared key', async () => {
    await world.run('saveConfiguration', { host: world.on('om-1'), attempt: world.attempt('save:om-1') });
    host().end('grid.Daemon');
    host().files.delete(KEY);
    expect(await world.run('startBackupDaemon', start())).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('is not there') });
    expect(host().started.at(-1)).not.toContain('start');
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { neverAsked } from '../../src/products/ops-manager/application-database.ts';
import { FakeWorld, OWNER } from './fake-ports.ts';

let world: FakeWorld;
beforeEach(() => { world = new FakeWorld(); });
const why = async (host = 'om-2') => (await world.run('whyNotNow', { installation: world.installation, host, owner: OWNER, before: 'drain' })).why;

describe('a host may go down', () => {
  it('when all else is well', async () => {
    expect(await why()).toBeNull();
  });

  it.each([
    ['another host does not serve', () => world.host('om-3').end('ServerMain'), 'om-3 is not healthy'],
    ['another host is dead', () => { world.host('om-3').reachable = false; }, 'om-3 cannot be reached'],
    ['the lock is gone', () => { world.host('om-1').lock = null; }, 'The lock on om-1 is gone'],
    ['the lock is another\'s', () => { world.host('om-1').lock = { clusterId: 'c', namespace: 'n', workflowId: 'upgrade/other', firstExecutionRunId: 'run-9', stepNumber: 1 }; }, 'locked by upgrade/other'],
    ['another upgrade\'s job runs', () => { world.host('om-1').foreignJobs = ['run-9/install:om-1#1/install-1']; }, 'Another upgrade\'s job'],
    ['the Application Database has no primary', () => { world.database = { ...world.database, primary: 'no' }; }, 'no primary'],
    ['the Application Database has lost its majority', () => { world.database = { ...world.database, majority: 'no', says: '1 of 3' }; }, 'lost its majority'],
    ['the Application Database cannot be asked', () => { world.database = { reached: 'no', concerns: [], primary: 'unknown', majority: 'unknown', says: 'timed out' }; }, 'cannot be asked'],
    ['a package manager is at work on it', () => world.host('om-2').begin('/usr/bin/dpkg --configure -a', 'root'), 'package manager'],
  ])('not when %s, and the sentence says which', async (_, arrange, says) => {
    arrange();
    expect(await why()).toMatch(new RegExp(`^om-2 may not go down now\\. .*${says}`));
  });

  it('when the Application Database is never asked, by the word of the file', async () => {
    world.database = neverAsked('no worker may ask it');
    expect(await why()).toBeNull();
  });

  it('when only it itself is down', async () => {
    world.host('om-2').end('ServerMain');
    expect(await why('om-2')).toBeNull();
  });

  it('when our own job lives there: the host itself keeps that one safe', async () => {
    world.host('om-2').foreignJobs = ['run-1/start:om-2#1/start'];
    expect(await why()).toBeNull();
  });

  it('not when another host is out of the load balancer', async () => {
    const host = { name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22 } };
    world = new FakeWorld({ loadBalancers: [{ haproxy: { host, socket: '/s', backend: 'om', sudo: false, servers: { 'om-1': 's1', 'om-2': 's2', 'om-3': 's3' } } }] });
    world.host('lb-1').looks.set('socat', () => ({ stdout: '# pxname,svname,scur,status,\nom,s1,0,UP,\nom,s2,0,UP,\nom,s3,0,DRAIN,\n' }));
    expect(await why()).toContain('om-3 is not in the load balancer: om/s3 on lb-1 is DRAIN');
  });

  it.each([
    ['is out of the load balancer, and its sessions are over', 'om,s2,0,DRAIN', undefined],
    ['gets requests again', 'om,s2,0,UP', { is: 'in', says: 'om/s2 on lb-1 is UP with 0 sessions.' }],
    ['still serves sessions', 'om,s2,3,DRAIN', { is: 'busy', says: 'om/s2 on lb-1 is DRAIN with 3 sessions.' }],
  ])('before a stop it is told whether it %s', async (_, server, balanced) => {
    const host = { name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22 } };
    world = new FakeWorld({ loadBalancers: [{ haproxy: { host, socket: '/s', backend: 'om', sudo: false, servers: { 'om-1': 's1', 'om-2': 's2', 'om-3': 's3' } } }] });
    world.host('lb-1').looks.set('socat', () => ({ stdout: `# pxname,svname,scur,status,\nom,s1,0,UP,\n${server},\nom,s3,0,UP,\n` }));
    const ask = (before: 'drain' | 'stop') => world.run('whyNotNow', { installation: world.installation, host: 'om-2', owner: OWNER, before });
    expect(await ask('stop')).toEqual({ why: null, balanced });
    expect((await ask('drain')).balanced, 'before a drain it may').toBeUndefined();
  });

  it('is not told so before a stop while the load balancer cannot be reached, and the worker lives on', async () => {
    const host = { name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22 } };
    world = new FakeWorld({ loadBalancers: [{ haproxy: { host, socket: '/s', backend: 'om', sudo: false, servers: { 'om-2': 's2' } } }] });
    world.host('lb-1').reachable = false;
    const ask = world.run('whyNotNow', { installation: world.installation, host: 'om-2', owner: OWNER, before: 'stop' });
    await expect(ask).rejects.toMatchObject({ name: 'Unreachable' });
  });
});

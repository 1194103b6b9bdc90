import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadBalancer } from '../../src/upgrade/installation.ts';
import { FakeWorld } from './fake-ports.ts';

const LB = { name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22 } };
const HAPROXY: LoadBalancer = { haproxy: { host: LB, socket: '/run/h.sock', backend: 'om', sudo: true, servers: { 'om-1': 's1', 'om-2': 's2', 'om-3': 's3' } } };
let world: FakeWorld;
let servers: Record<string, { status: string; sessions: number }>;
let said: string[];

beforeEach(() => {
  world = new FakeWorld({ loadBalancers: [HAPROXY] });
  servers = { s1: { status: 'UP', sessions: 0 }, s2: { status: 'UP', sessions: 0 }, s3: { status: 'UP', sessions: 0 } };
  said = [];
  world.host('lb-1').looks.set('sudo socat', (input = '') => {
    const change = /set server om\/(\w+) state (\w+)/.exec(input);
    if (!change) return { stdout: `# pxname,svname,scur,status,\n${Object.entries(servers).map(([name, { status, sessions }]) => `om,${name},${sessions},${status},\n`).join('')}` };
    said.push(input.trim());
    const server = servers[change[1]!]!;
    server.status = change[2] === 'drain' ? 'DRAIN' : 'UP';
    return { stdout: '\n' };
  });
});
const on = (step: string) => ({ host: world.on('om-2'), attempt: world.attempt(`${step}:om-2`), loadBalancers: world.installation.loadBalancers });

describe('HAProxy', () => {
  it('drains a host and puts it back, each read back from its state', async () => {
    expect(await world.run('drain', on('drain'))).toMatchObject({ outcome: 'done', evidence: 'om/s2 on lb-1 is DRAIN with 0 sessions.' });
    expect(await world.run('drain', on('drain'))).toMatchObject({ outcome: 'already' });
    expect(await world.run('putBack', on('back'))).toMatchObject({ outcome: 'done', evidence: 'om/s2 on lb-1 is UP with 0 sessions.' });
    expect(said).toEqual(['set server om/s2 state drain', 'set server om/s2 state ready']);
  });

  it('drains a server that is merely down, too: else it would come back with the next start', async () => {
    servers['s2']!.status = 'DOWN';
    await world.run('drain', on('drain'));
    expect(said).toEqual(['set server om/s2 state drain']);
  });

  it('that accepts a change and does not make it has not drained', async () => {
    world.host('lb-1').looks.set('sudo socat', (input = '') => input.startsWith('set') ? { stdout: '\n' } : { stdout: '# pxname,svname,scur,status,\nom,s2,0,UP,\n' });
    expect(await world.run('drain', on('drain'))).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('is UP') });
  });

  it('is given a bounded time for sessions to end, and what is left is said', async () => {
    servers['s2']!.sessions = 4;
    const before = world.clock.time;
    expect(await world.run('drain', on('drain'))).toMatchObject({ outcome: 'done', evidence: expect.stringContaining('4 sessions') });
    expect(world.clock.time - before).toBeLessThan(60_000);
  });

  it('whose answer cannot be read is unknown', async () => {
    world.host('lb-1').looks.set('sudo socat', () => ({ code: 1, stdout: '', stderr: 'Permission denied' }));
    expect(await world.run('putBack', on('back'))).toMatchObject({ outcome: 'unknown' });
  });

  it('is left alone by an attempt that slept while newer steps passed', async () => {
    const late = on('drain');
    world.host('om-2').lock = { ...world.host('om-2').lock!, stepNumber: 99 };
    await expect(world.run('drain', late)).rejects.toMatchObject({ type: 'Refused' });
    expect(said).toEqual([]);
  });
});

describe('other load balancers', () => {
  it('are changed by the site\'s own command, which gets the host\'s name as its argument', async () => {
    const typed: string[] = [];
    let state = 'in';
    world.host('lb-1').looks.set('sh -c', () => ({ stdout: state }));
    const run = world.host('lb-1').run.bind(world.host('lb-1'));
    world.host('lb-1').run = async (command, options) => {
      typed.push(command.argv.slice(2).join(' | '));
      if (command.argv[2]?.startsWith('f5-out')) state = 'out';
      return run(command, options);
    };
    const input = { ...on('drain'), loadBalancers: [{ commands: { host: LB, drain: 'f5-out --pool om', ready: 'f5-in', state: 'f5-state' } }] };
    expect(await world.run('drain', input)).toMatchObject({ outcome: 'done' });
    expect(typed).toContain('f5-out --pool om "$1" | lockkeeper | om-2');
  });

  it.each([
    [{ confirm: 'take it out in the F5' }, 'a person does it'], [{ health: 'the ALB checks /monitor/health' }, 'by itself'], [{ none: 'two agents only' }, 'There is no load balancer'],
  ] as const)('%j: nothing is done, and that is said', async (balancer, says) => {
    expect(await world.run('drain', { ...on('drain'), loadBalancers: [balancer] })).toMatchObject({ outcome: 'already', evidence: expect.stringContaining(says) });
  });
});

import { describe, expect, it } from 'vitest';
import { entrance } from '../../activities/entrance.ts';
import { counted } from '../../activities/ops-manager/watch.ts';
import { FakeWorld } from './fake-ports.ts';

const START = { probes: 0, answered: 0, longestGapMs: 0, lastAnswer: null };
const LB = { name: 'lb-1', address: 'lb-1', ssh: { user: 'ops', port: 22 } };
const BALANCERS = [{ haproxy: { host: LB, socket: '/s', backend: 'om', sudo: false, servers: {}, url: 'http://lb-1:8088' } }];

describe('the watch', () => {
  it('counts probes, answers, and the longest time without one beyond its own pause', () => {
    const probes: readonly (readonly [boolean, number])[] = [[true, 0], [true, 5_000], [false, 10_000], [false, 15_000], [true, 20_000], [true, 25_000]];
    const sums = probes.reduce((before, [answered, at]) => counted(before, answered, at), START as Parameters<typeof counted>[0]);
    expect(sums).toMatchObject({ probes: 6, answered: 4, longestGapMs: 10_000 });
  });

  it('shows a gap that has not ended, and none where everything answers', () => {
    const lost = [5_000, 10_000, 30_000].reduce((before, at) => counted(before, false, at), counted(START, true, 0));
    expect(lost.longestGapMs).toBe(25_000);
    expect(counted(counted(START, true, 0), true, 5_400).longestGapMs).toBe(0);
  });

  it('asks where users come in, through the balancer\'s own host', () => {
    const through = new FakeWorld().on('om-1');
    expect(entrance(BALANCERS, through)).toEqual({ url: 'http://lb-1:8088', host: LB });
    expect(entrance([{ health: 'ALB', url: 'https://om.example' }], through)).toEqual({ url: 'https://om.example', host: through });
    expect(entrance([{ none: 'no users' }], through)).toBeNull();
  });

  it('counts on from what an earlier worker had counted, and hands over its sums when the upgrade ends it', async () => {
    const world = new FakeWorld();
    world.host('lb-1').answersHttp = true;
    const environment = world.environment({ probes: 100, answered: 99, longestGapMs: 7_000, lastAnswer: 5 });
    const beats: unknown[] = [];
    environment.on('heartbeat', (sums: unknown) => {
      beats.push(sums);
      if (beats.length === 3) environment.cancel('CANCELLED', { cancelRequested: true } as never);
    });
    const sums = await environment.run(world.activities.watchService as never, { loadBalancers: BALANCERS, through: world.on('om-1'), soFar: null } as never);
    expect(sums).toEqual({ probes: 103, answered: 102, longestGapMs: 7_000 });
  });

  it('is taken up again, not ended, when its worker is shut down', async () => {
    const world = new FakeWorld();
    const environment = world.environment();
    environment.on('heartbeat', () => { environment.cancel('WORKER_SHUTDOWN', { workerShutdown: true } as never); });
    await expect(environment.run(world.activities.watchService as never, { loadBalancers: BALANCERS, through: world.on('om-1'), soFar: null } as never)).rejects.toThrow();
  });
});

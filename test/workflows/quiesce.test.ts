import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failed, unknown } from './fake-outcomes.ts';
import { FakeInstallation } from './fake-installation.ts';
import { installation } from './harness.ts';
import { timeSkipping, upgrading, type TimeSkippingServer } from './time-skipping.ts';

let env: TimeSkippingServer;
beforeAll(async () => { env = await timeSkipping(); });
afterAll(async () => { await env?.teardown(); });

/** Every host has commands of its own. */
function withCommands(policy: object = {}): FakeInstallation {
  const { hosts } = installation();
  const quiesce = { before: 'puppet agent --disable', after: 'puppet agent --enable' };
  return new FakeInstallation(installation(policy, { hosts: hosts.map((host) => ({ ...host, quiesce })) }));
}

/** A run that is approved gate after gate and terminated at the last. */
async function interrupted(fake: FakeInstallation, ...gates: readonly string[]): Promise<void> {
  await upgrading(env, fake, async (upgrade) => {
    for (const gate of gates) {
      await upgrade.waitsFor(gate);
      if (gate !== gates.at(-1)) await upgrade.approve(gate);
    }
    await upgrade.handle.terminate('a test');
  });
}

const stillQuiesced = (fake: FakeInstallation) => [...fake.hosts.values()].filter(({ quiesced }) => quiesced).map(({ name }) => name);
const order = (fake: FakeInstallation, ...acts: string[]) => acts.map((act) => fake.acts.indexOf(act));
const ascending = (places: number[]) => places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1));

describe('a site\'s own commands', () => {
  it('go around the turn of a host; where a Backup Daemon runs, around all the time that it is down', async () => {
    const fake = withCommands();
    await upgrading(env, fake, async (upgrade) => { await upgrade.done(); });
    expect(ascending(order(fake, 'putBack:om-1', 'quiesceHost:om-2', 'drain:om-2', 'putBack:om-2', 'unquiesceHost:om-2', 'quiesceHost:om-3'))).toBe(true);
    expect(ascending(order(fake, 'quiesceHost:om-1', 'quiesceHost:bkp-1', 'drain:om-1', 'unquiesceHost:om-3', 'startBackupDaemon:bkp-1', 'unquiesceHost:om-1', 'unquiesceHost:bkp-1'))).toBe(true);
    expect(fake.acts.filter((act) => act.includes('uiesceHost'))).toHaveLength(8);
  });

  it('that fail before a host goes down are a question, and the host is not touched meanwhile', async () => {
    const fake = withCommands();
    fake.fault('quiesceHost:om-2', (times) => (times === 1 ? failed('exit code 1') : undefined));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('quiesce:om-2');
      expect(fake.acts).not.toContain('drain:om-2');
      await upgrade.answer('quiesce:om-2', 'retry');
      await upgrade.done();
    });
  });

  it.each([failed('exit code 1'), unknown('the host was rebooted')])('that do not end it hold nothing up and are not repeated; the headline says what to run: %j', async (how) => {
    const fake = withCommands();
    fake.fault('unquiesceHost:om-2', () => how);
    await upgrading(env, fake, async (upgrade) => {
      const { headline } = await upgrade.done();
      expect(headline).toMatch(/om-2 may still be quiesced.*puppet agent --enable/);
      expect(headline).not.toContain('om-3 may');
    });
    expect(fake.acts.filter((act) => act === 'unquiesceHost:om-2')).toHaveLength(1);
  });

  it('end it after an abort too, also where the first of them failed, and nowhere else', async () => {
    const fake = withCommands();
    fake.fault('quiesceHost:om-2', () => failed('exit code 1'));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.answer('quiesce:om-2', 'abort');
      const { message } = await upgrade.ended();
      expect(message).not.toContain('quiesced');
    });
    expect(fake.acts.filter((act) => act.startsWith('unquiesceHost')).sort()).toEqual(['unquiesceHost:bkp-1', 'unquiesceHost:om-1', 'unquiesceHost:om-2']);
  });

  it('that did not end it after an abort are told with the abort', async () => {
    const fake = withCommands({ approve: ['each-host'] });
    fake.fault('unquiesceHost:om-1', () => failed('exit code 1'));
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('host:om-2');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toMatch(/om-1 may still be quiesced.*puppet agent --enable/);
    });
  });

  it('end it in the next run for a host that was finished when this one was terminated', async () => {
    const fake = withCommands({ approve: ['each-host'] });
    fake.fault('unquiesceHost:om-2', (times) => (times === 1 ? failed('exit code 1') : undefined));
    await interrupted(fake, 'host:om-2', 'host:om-3');
    expect(fake.host('om-2').quiesced).toBe(true);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.throughAll();
      await upgrade.done();
    });
    expect(stillQuiesced(fake)).toEqual([]);
    expect(fake.acts.filter((act) => act === 'quiesceHost:om-2')).toHaveLength(1);
  });

  it('end it, too, when the next run is aborted as soon as it has the locks; before that they are told', async () => {
    const fake = withCommands({ approve: ['start', 'each-host'] });
    await interrupted(fake, 'start', 'host:om-2', 'host:om-3');
    expect(stillQuiesced(fake)).toEqual(['om-1', 'bkp-1']);
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.waitsFor('start');
      await upgrade.abort();
      expect((await upgrade.ended()).message).toMatch(/om-1 may still be quiesced.*bkp-1 may still be quiesced.*puppet agent --enable/);
    });
    expect(stillQuiesced(fake)).toEqual(['om-1', 'bkp-1']);
    await upgrading(env, fake, async (upgrade) => {
      fake.fault('takeLocks', async () => { await upgrade.abort(); return undefined; });
      await upgrade.approve('start');
      expect((await upgrade.ended()).message).not.toContain('quiesced');
    });
    expect(stillQuiesced(fake)).toEqual([]);
  });

  it('that are not in the file any more leave it to a person, whom the headline tells', async () => {
    const fake = withCommands({ approve: ['each-host'] });
    await interrupted(fake, 'host:om-2');
    for (const host of fake.installation.hosts) Reflect.deleteProperty(host, 'quiesce');
    await upgrading(env, fake, async (upgrade) => {
      await upgrade.throughAll();
      const { headline } = await upgrade.done();
      for (const name of ['om-1', 'bkp-1']) expect(headline).toContain(`${name} may still be quiesced, and the file has no command that ends it: end it there by hand.`);
      expect(headline).not.toMatch(/om-[23] may/);
    });
  });
});

/**
 * What goes wrong at 3 a.m. although nobody did anything wrong. Each ends orderly, or with a person who knows what to do.
 * Told only on request, because they are long: LOCKKEEPER_TEST_NIGHT=yes npm test.
 */
import { setTimeout as pause } from 'node:timers/promises';
import ms, { type StringValue } from 'ms';
import { afterEach, expect, it } from 'vitest';
import type { LabHost } from '../../lab/topology.ts';
import { Story } from '../story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

/** Holds a package manager's lock, as its program would, until the file /release is there. */
async function locked(host: LabHost, program: string, lock: string): Promise<void> {
  await story.lab.sh(host, `cat >/usr/bin/${program} && chmod 755 /usr/bin/${program}; rm -f /locked /release; setsid -f /usr/bin/${program} </dev/null >/dev/null 2>&1; until [ -e /locked ]; do sleep 0.1; done`, [
    '#!/usr/bin/python3', 'import fcntl, os, time', `held = open('${lock}', 'r+')`, 'fcntl.lockf(held, fcntl.LOCK_EX)', 'open("/locked", "w")',
    'while not os.path.exists("/release"): time.sleep(0.1)', 'os.remove("/locked")', '',
  ].join('\n'));
}

const stateOf = async (host: LabHost) => (await story.status()).hosts.find(({ name }) => name === host)?.state;

it('an install waits for unattended upgrades, by dpkg and by rpm; one for which the disk is full is a question, and goes on when there is room', async () => {
  story = await Story.begin('om-packages');
  const { lab } = story;
  await story.write({ approve: ['each-host'] });
  await lab.behave('om-1', { 'stop-seconds': 4 });
  await story.must(0, 'start', story.file);

  await story.until('om-1 is being stopped', ({ hosts }) => hosts.some(({ name, state }) => name === 'om-1' && state === 'stopping'));
  await locked('om-1', 'unattended-upgrade', '/var/lib/dpkg/lock-frontend');
  await story.until('om-1 waits to be installed', ({ hosts }) => hosts.some(({ name, state }) => name === 'om-1' && state === 'installing'));
  await story.when('om-1', `ls -d /home/ops/.lockkeeper/jobs/*/install*/ >/dev/null`);
  expect(await lab.installs('om-1')).toEqual([]);
  await lab.sh('om-1', 'touch /release');
  await story.waitsFor('host:om-2');

  // Where dpkg writes down what it is about to do, there is no room for another file.
  await lab.sh('om-2', 'mount -t tmpfs -o nr_inodes=1 none /var/lib/dpkg/updates');
  await story.must(0, 'approve', story.name, 'host:om-2');
  const question = await story.waitsFor('install:om-2');
  const [asked] = (await story.status()).waitingFor;
  expect(asked?.evidence).toContain('No space left on device');
  await lab.sh('om-2', 'umount /var/lib/dpkg/updates');
  await story.must(0, 'answer', story.name, question, asked?.choices[0] ?? '');
  await story.waitsFor('host:om-3');

  await locked('om-3', 'dnf-automatic', '/var/lib/rpm/.rpm.lock');
  await story.must(0, 'approve', story.name, 'host:om-3');
  const busy = await story.waitsFor('why-not-drain:om-3'); // it serves: it is not taken down for an install that cannot begin
  expect((await story.status()).waitingFor[0]?.asks).toContain('dnf-automatic');
  await lab.sh('om-3', 'touch /release; while [ -e /locked ]; do sleep 0.1; done');
  await lab.behave('om-3', { 'stop-seconds': 4 });
  await story.must(0, 'answer', story.name, busy, 'retry');
  await story.until('om-3 is being stopped', ({ hosts }) => hosts.some(({ name, state }) => name === 'om-3' && state === 'stopping'));
  await locked('om-3', 'dnf-automatic', '/var/lib/rpm/.rpm.lock');
  await story.until('om-3 waits to be installed', ({ hosts }) => hosts.some(({ name, state }) => name === 'om-3' && state === 'installing'));
  await story.when('om-3', `ls -d /home/ops/.lockkeeper/jobs/*/install*/ >/dev/null`);
  expect(await lab.installs('om-3')).toEqual([]);
  await lab.sh('om-3', 'touch /release');
  await story.must(0, 'approve', story.name, 'host:bkp-1');
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

it('a start that fails once, a host rebooted amid its stop with the old version running, a frozen neighbour, a service silent in its soak: each is asked about, and then goes on', async () => {
  story = await Story.begin('om-awkward');
  const { lab } = story;
  await story.write({ approve: ['each-host'], soak: '8s' });
  await lab.behave('om-1', { 'start-fails-once': 1 });
  await lab.behave('om-2', { 'stop-seconds': 15 });
  await story.must(0, 'start', story.file);
  const failed = await story.until('the failed start of om-1', ({ waitingFor }) => waitingFor.some(({ id }) => /^(start|serving):om-1/.test(id)));
  expect(failed.waitingFor[0]?.evidence).toMatch(/pre-?flight/i);
  await story.must(0, 'answer', story.name, failed.waitingFor[0]?.id ?? '', 'retry');

  await story.waitsFor('host:om-2');
  await story.must(0, 'approve', story.name, 'host:om-2');
  await story.when('om-2', 'ps -eww -o args= | grep -q "[m]ongodb-mms stop"');
  await lab.reboot('om-2');
  await lab.waitForSsh('om-2');
  await story.serves('om-2');
  await lab.behave('om-2', { 'stop-seconds': undefined });
  await story.answer('stop:om-2', 'retry');

  await story.waitsFor('host:om-3');
  await lab.freeze('om-1');
  await story.must(0, 'approve', story.name, 'host:om-3');
  const frozen = await story.waitsFor('why-not-drain:om-3');
  expect((await story.status()).waitingFor[0]?.asks).toContain('om-1');
  await lab.thaw('om-1');
  await story.serves('om-1');
  await story.must(0, 'answer', story.name, frozen, 'retry');

  await story.until('om-3 soaks', ({ hosts }) => hosts.some(({ name, state }) => name === 'om-3' && state === 'soaking'));
  await lab.sh('om-3', 'kill -STOP $(cat /opt/mongodb/mms/tmp/mms-0.pid)');
  const silent = await story.waitsFor('soak:om-3');
  expect(await stateOf('bkp-1')).toBe('waiting');
  await lab.sh('om-3', 'kill -CONT $(cat /opt/mongodb/mms/tmp/mms-0.pid)');
  await story.must(0, 'answer', story.name, silent, 'retry');
  await story.must(0, 'approve', story.name, 'host:bkp-1');
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

/** A person who waits for what is unknown and tries again what failed, until the upgrade is done. */
async function waitedThrough(): Promise<void> {
  for (let view = await story.shown(); view?.phase !== 'done'; view = await story.shown()) {
    expect(['aborted', 'refused', 'failed']).not.toContain(view?.phase);
    const question = view?.waitingFor[0];
    if (question) await story.lockkeeper('answer', story.name, question.id, question.choices.includes('wait') && !question.asks.includes('did not succeed') ? 'wait' : 'retry');
    await pause(500);
  }
}

// Ten minutes in a real night; by hand: LOCKKEEPER_TEST_PARTITION=10m, or 75s with LOCKKEEPER_UNREACHABLE_FOR=30s. After
// that time a person is asked (unless told otherwise, five minutes).
const PARTITION = (process.env['LOCKKEEPER_TEST_PARTITION'] ?? '12s') as StringValue;

it('hosts that are cut off during stage, stop, install and start are waited for, and nothing runs twice', async () => {
  story = await Story.begin('om-cut');
  const { lab } = story;
  await story.write();
  const cutOff = async (host: LabHost, moment: () => Promise<unknown>): Promise<void> => {
    await moment();
    await lab.partition(host);
    await pause(ms(PARTITION));
    await lab.heal(host);
  };
  const patience = 120 + ms(PARTITION) / 500; // in seconds: the next host is begun only when the one that was away is finished
  const doing = (host: LabHost, args: string) => () => story.when(host, `ps -eww -o args= | grep -q "${args}"`, patience);
  await lab.behave('om-1', { 'stop-seconds': 3 });
  await lab.behave('om-2', { 'install-seconds': 3 });
  await lab.behave('om-3', { 'preflight-seconds': 3 });
  await story.must(0, 'start', story.file);
  const patient = waitedThrough();
  patient.catch(() => undefined); // it is awaited below
  await cutOff('bkp-1', () => story.when('bkp-1', '[ -d /home/ops/.lockkeeper/uploads ]'));
  await cutOff('om-1', doing('om-1', '[m]ongodb-mms stop'));
  await cutOff('om-2', () => story.when('om-2', 'grep -q begun /var/lib/stand-in/installs', patience));
  await cutOff('om-3', doing('om-3', '[P]reFlightCheck'));
  await patient;
  await story.installedOnceAndOrderly();
}, 400_000 + 12 * ms(PARTITION));

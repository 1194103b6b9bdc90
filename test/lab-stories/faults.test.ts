/** What dies in the middle: worker, connection, host, Temporal. The upgrade goes on, or asks; nothing runs twice. */
import { setTimeout as pause } from 'node:timers/promises';
import ms, { type StringValue } from 'ms';
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

const INSTALL_BEGUN = 'grep -q begun /var/lib/stand-in/installs';

it('a worker killed in the middle of an install, a connection cut and a worker frozen past its heartbeat: each install runs once', async () => {
  story = await Story.begin('om-night');
  const { lab } = story;
  await story.write();
  await lab.behave('om-1', { 'install-seconds': 6 });
  await lab.behave('om-2', { 'install-seconds': 25 });
  await lab.behave('om-3', { 'install-seconds': 25 });
  await story.must(0, 'start', story.file);

  await story.when('om-1', INSTALL_BEGUN);
  await story.signalWorker('SIGKILL');
  await story.startWorker();

  await story.when('om-2', INSTALL_BEGUN);
  await lab.partition('om-2');
  await story.until('the lost connection is noticed', ({ hosts }) => hosts.some((host) => host.name === 'om-2' && host.state === 'installing'));
  await lab.sh('om-2', 'until grep -q configured /var/lib/stand-in/installs; do sleep 0.3; done');
  await lab.heal('om-2');

  await story.when('om-3', INSTALL_BEGUN);
  await story.signalWorker('SIGSTOP');
  await lab.sh('om-3', 'until grep -q configured /var/lib/stand-in/installs; do sleep 0.3; done'); // longer than its heartbeat timeout
  await story.signalWorker('SIGCONT');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

it('a host rebooted in the middle of an install: a person is asked, and repair finishes it', async () => {
  story = await Story.begin('om-reboot');
  const { lab } = story;
  await story.write();
  await lab.behave('om-2', { 'install-seconds': 20 });
  await story.must(0, 'start', story.file);
  await story.when('om-2', INSTALL_BEGUN);
  await lab.reboot('om-2');
  await lab.waitForSsh('om-2');
  const question = await story.waitsFor('install:om-2');
  const { waitingFor, hosts } = await story.status();
  expect(waitingFor[0]?.asks).toContain('not known');
  expect(hosts.find((host) => host.name === 'om-3')?.state).toBe('waiting');
  await lab.behave('om-2', { 'install-seconds': 0 });
  await story.must(0, 'answer', story.name, question, 'repair');
  await story.must(0, 'wait', story.name);
  expect(await lab.violations()).toEqual([]);
});

it('Temporal restarted while a gate waits, then approved: nothing is lost', async () => {
  story = await Story.begin('om-gate');
  await story.write({ approve: ['start', 'each-host'] });
  await story.must(0, 'start', story.file);
  await story.waitsFor('start');
  await story.restartTemporal();
  for (const gate of ['start', 'host:om-2', 'host:om-3', 'host:bkp-1']) await story.must(0, 'approve', story.name, gate);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

// Ten minutes in a real night; by hand: LOCKKEEPER_TEST_AWAY=10m. The step's time in the queue is over after 90 s.
const AWAY = (process.env['LOCKKEEPER_TEST_AWAY'] ?? '5s') as StringValue;

it('a worker away with a step in the queue, and a hold given meanwhile: the step is come back to, and nothing is begun until resume', async () => {
  story = await Story.begin('om-away');
  const { lab } = story;
  await story.write();
  await lab.behave('om-2', { 'stop-seconds': 8 });
  await story.must(0, 'start', story.file);
  await story.until('om-2 is being stopped', ({ hosts }) => hosts.some((host) => host.name === 'om-2' && host.state === 'stopped'));
  await story.when('om-2', 'ps -eww -o args= | grep -q "[m]ongodb-mms stop"');
  await story.signalWorker('SIGKILL');
  await pause(ms(AWAY));
  expect((await story.lockkeeper('hold', story.name, '--now')).code).toBe(5);
  await story.startWorker();
  await story.until('the hold is taken', ({ held }) => held !== null);
  await story.until('the step that was begun is proven', ({ timeline }) => timeline.some((event) => event.step === 'stop' && event.host === 'om-2'));
  const { hosts, waitingFor } = await story.status();
  expect(waitingFor).toEqual([]);
  expect(hosts.find((host) => host.name === 'om-2')?.version).toBe('4.4.13');
  expect(await lab.installs('om-2')).toEqual([]);
  expect(await story.lockkeeper('wait', story.name)).toMatchObject({ code: 3 });
  await story.must(0, 'resume', story.name);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
}, 400_000 + ms(AWAY));

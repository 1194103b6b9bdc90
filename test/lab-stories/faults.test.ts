/** What dies in the middle: worker, connection, host, Temporal. The upgrade goes on, or asks; nothing runs twice. */
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story.end(); });

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
  await orderly(story);
});

it('a host rebooted in the middle of an install: a person is asked, and the retry repairs it', async () => {
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
  await lab.sh('om-2', 'service mongodb-mms stop; service mongodb-mms-backup-daemon stop'); // what the boot may have started
  await story.must(0, 'answer', story.name, question, 'retry');
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
  await orderly(story);
});

it('a worker away with a step in the queue, and a hold given meanwhile: the step waits for the hold when the worker is back', async () => {
  story = await Story.begin('om-away');
  await story.write({ approve: ['each-host'] });
  await story.must(0, 'start', story.file);
  await story.waitsFor('host:om-2');
  await story.signalWorker('SIGKILL');
  expect((await story.lockkeeper('approve', story.name, 'host:om-2')).code).toBe(5);
  expect((await story.lockkeeper('hold', story.name, '--now')).code).toBe(5);
  await story.startWorker();
  const { held, hosts } = await story.until('the hold is taken', (view) => view.held !== null);
  expect(held).not.toBeNull();
  expect(hosts.find((host) => host.name === 'om-2')?.version).toBe('4.4.13');
  for (const gate of ['host:om-3', 'host:bkp-1']) await story.must(0, 'approve', story.name, gate);
  await story.must(0, 'resume', story.name);
  await story.must(0, 'wait', story.name);
  await orderly(story);
});

async function orderly({ lab }: Story): Promise<void> {
  for (const host of ['om-1', 'om-2', 'om-3', 'bkp-1'] as const) expect(await lab.installs(host)).toHaveLength(1);
  expect(await lab.violations()).toEqual([]);
}

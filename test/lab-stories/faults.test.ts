/** What dies in the middle: worker, connection, host, Temporal. The upgrade goes on, or asks; nothing runs twice. */
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

/** Temporal or its worker away, and Temporal's own cancel. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { setTimeout as pause } from 'node:timers/promises';
import ms, { type StringValue } from 'ms';
import { afterEach, expect, it } from 'vitest';
import { Story } from '../story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

it("takes Temporal's cancel as abort: a host that is down before its install runs the old version again", async () => {
  story = await Story.begin('om-cancel');
  const { lab } = story;
  await story.write();
  await lab.behave('om-1', { 'stop-seconds': 8 });
  await story.must(0, 'start', story.file);
  await story.until('om-1 is being stopped', ({ hosts }) => hosts.some((host) => host.name === 'om-1' && host.state === 'stopping'));
  expect((await story.temporal('workflow', 'cancel', '-w', story.workflowId)).code).toBe(0);
  await story.must(1, 'wait', story.name);
  expect(await lab.sh('om-1', 'cat /var/lib/stand-in/installs 2>/dev/null || true')).toBe('');
  await lab.run('installation', 'wait');
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
  await story.until('om-2 is being stopped', ({ hosts }) => hosts.some((host) => host.name === 'om-2' && host.state === 'stopping'));
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

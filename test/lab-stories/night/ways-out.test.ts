/** A lost key, and a service that lies: what is tried, and what a person puts right. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { Story } from '../story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

it('starts nothing without the shared gen.key, and goes on once a person put it back', async () => {
  story = await Story.begin('om-key');
  const { lab } = story;
  await story.write();
  await lab.behave('om-1', { 'install-seconds': 5 });
  await story.must(0, 'start', story.file);
  await story.when('om-1', 'grep -q begun /var/lib/stand-in/installs');
  await lab.sh('om-1', 'mv /etc/mongodb-mms/gen.key /root/gen.key');
  const question = await story.waitsFor('install:om-1');
  expect((await story.status()).waitingFor[0]?.evidence).toContain('gen.key');
  await lab.sh('om-1', 'mv /root/gen.key /etc/mongodb-mms/gen.key');
  await story.must(0, 'answer', story.name, question, 'retry');
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

it('stops a daemon by hand with the init script when service lies, and never by force', async () => {
  story = await Story.begin('om-by-hand');
  await story.write({ backupDaemons: { for: '5s', whenStuck: 'stop' } });
  await story.lab.behave('bkp-1', { 'daemon-self-stop': 'never', 'service-stop': 'lies', 'stuck-start': 'hangs' });
  await story.must(0, 'start', story.file);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  const report = await story.must(0, 'report', story.name);
  expect(report).toContain('service, 2 of 2');
  expect(report).toContain('init script');
});

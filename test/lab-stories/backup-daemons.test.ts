/** Backup Daemons that do not stop themselves: waited out, and stopped by hand on every path of the vendor's guide. */
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

it('waits a long backup job out when told so, then restarts the first host and installs nothing twice', async () => {
  story = await Story.begin('om-waited');
  const { lab } = story;
  await story.write({ backupDaemons: { for: '10s' } });
  await lab.behave('bkp-1', { 'daemon-job-seconds': 600 });
  await story.must(0, 'start', story.file);
  const question = await story.waitsFor('backup-daemons');
  const { waitingFor } = await story.status();
  expect(waitingFor[0]).toMatchObject({ choices: ['wait', 'stop', 'abort'] });
  expect(waitingFor[0]?.evidence).toContain('-Dapp-id=bgrid');
  await story.must(0, 'answer', story.name, question, 'wait', '--for', '90s');
  await lab.behave('bkp-1', { 'daemon-job-seconds': 1 }); // the job ends, and the daemon with it
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  const report = await story.must(0, 'report', story.name);
  expect(report).toContain('start om-1 again');
});

it('asks a person about a daemon that neither service nor the init script stops, and checks the word "done by hand"', async () => {
  story = await Story.begin('om-person');
  const { lab } = story;
  await story.write({ backupDaemons: { for: '5s', attempts: 1 } });
  await lab.behave('bkp-1', { 'daemon-self-stop': 'never', 'daemon-job-seconds': 600, 'daemon-stop': 'ignores', 'init-script-stop': 'fails' });
  await story.must(0, 'start', story.file);
  await story.answer('backup-daemons', 'stop');
  const first = await story.answer('stop-backup-daemon:bkp-1', 'done-by-hand'); // a person who errs
  const second = await story.waitsFor('stop-backup-daemon:bkp-1');
  expect(second).not.toBe(first);
  expect((await story.lockkeeper('answer', story.name, first, 'retry')).code).toBe(2); // no longer asked
  await lab.behave('bkp-1', { 'daemon-job-seconds': undefined });
  await lab.sh('bkp-1', 'kill -INT $(cat /srv/ops-manager/tmp/bgrid-0.pid); until ! ps -eww -o args= | grep -q "[D]aemon"; do sleep 0.2; done');
  await lab.behave('bkp-1', { 'daemon-stop': undefined, 'init-script-stop': undefined, 'daemon-self-stop': undefined });
  await story.must(0, 'answer', story.name, second, 'done-by-hand');
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

/** Nothing goes wrong, through the CLI. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { API_KEY, SUDO_PASSWORD } from '../lab/topology.ts';
import { disableBackupJobs, takingBackupJobs } from '../lab/by-hand.ts';
import { allowWhatIsPrinted } from './printed-sudoers.ts';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

/** A site's own command, which says what was installed when it ran. */
const said = (word: string) => `echo ${word} $(dpkg-query -W -f '\${Version}' mongodb-mms | cut -d. -f1-3) >>"$HOME/said"`;
const SAYINGS = 'cat /home/ops/said 2>/dev/null || true';

it('takes the installation to the target through the CLI: installed once everywhere, one host down at a time, service never gone', async () => {
  story = await Story.begin('om-lab');
  // An API key, by file: with the policy's word it proves Upgrade Mode by a write that can change nothing.
  await Promise.all(Object.entries(API_KEY).map(([name, value]) => writeFile(join(story.folder, name), value, { mode: 0o600 })));
  // It also keeps new backup jobs away. Those of om-1 a person had switched off. The site has commands around the work on om-2.
  const policy = { approve: ['start', 'first-host', 'each-host', 'finish'], proveReadOnly: true, backupDaemons: { quiesce: '1s' } };
  const described = story.description().hosts.map((host) => (host.name === 'om-2' ? { ...host, quiesce: { before: said('before'), after: said('after') } } : host));
  await story.write(policy, { hosts: described, api: { publicKey: { file: 'publicKey' }, privateKey: { file: 'privateKey' } } });
  await disableBackupJobs('om-1', 'om-1');
  expect(JSON.parse(await story.must(0, 'validate', story.file, '-o', 'json'))).toMatchObject({ installation: 'om-lab' });
  expect(Object.keys(await allowWhatIsPrinted(story)).sort()).toEqual(['bkp-1', 'lb-1', 'om-1', 'om-2', 'om-3']);
  const plan = await story.must(0, 'plan', story.file);
  expect(plan).toContain('sudo dpkg --force-confdef --force-confold -i');
  expect(plan).toMatch(/"backupJobsEnabled": false/);
  expect(await takingBackupJobs('om-1')).toEqual(['bkp-1']);

  await story.must(0, 'start', story.file);
  await story.waitsFor('start');
  await story.must(3, 'wait', 'om-lab');
  for (const gate of ['start', 'host:om-2', 'host:om-3', 'host:bkp-1', 'finish']) await story.must(0, 'approve', 'om-lab', gate);
  // The next backup job of bkp-1 would keep its daemon from stopping itself, and the first host from coming up.
  await story.until('backup jobs off', ({ timeline }) => timeline.some(({ step, outcome }) => step === 'backup-jobs-off' && outcome === 'done'));
  await story.lab.behave('bkp-1', { 'daemon-job-seconds': 600 });
  await story.waitsFor('first-host');
  const { hosts } = await story.status();
  expect(hosts.find((host) => host.name === 'om-1')).toMatchObject({ state: 'upgraded', version: '4.4.18' });
  expect(await takingBackupJobs('om-1')).toEqual([]);
  expect(await story.lab.sh('om-2', SAYINGS)).toBe('');
  await story.must(0, 'approve', 'om-lab', 'first-host');
  await story.must(0, 'wait', 'om-lab');

  await story.installedOnceAndOrderly();
  await story.daemonsRun();
  expect(await takingBackupJobs('om-1')).toEqual(['bkp-1']);
  expect((await story.lab.sh('om-2', SAYINGS)).split('\n').filter(Boolean)).toEqual(['before 4.4.13', 'after 4.4.18']);
  for (const host of ['om-1', 'om-2', 'om-3', 'bkp-1'] as const) expect(await story.lab.sh(host, 'ls /var/lib/lockkeeper/lock'), host).toBe('');
  const report = await story.must(0, 'report', 'om-lab');
  expect(report).toMatch(/4\.4\.13 → 4\.4\.18 done/);
  expect(report).toMatch(/was answered 405: writes are refused/);
  expect(report).toMatch(/was answered 404: writes are taken/);
  for (const secret of [SUDO_PASSWORD, API_KEY.privateKey]) expect(report).not.toContain(secret);
});

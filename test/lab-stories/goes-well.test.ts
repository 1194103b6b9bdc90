/** Nothing goes wrong, through the CLI. */
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story.end(); });

it('takes the installation to the target through the CLI: installed once everywhere, one host down at a time, service never gone', async () => {
  story = await Story.begin('om-lab');
  await story.write({ approve: ['start', 'first-host', 'each-host', 'finish'] });
  expect(JSON.parse(await story.must(0, 'validate', story.file, '-o', 'json'))).toMatchObject({ installation: 'om-lab' });
  expect(await story.must(0, 'plan', story.file)).toContain('sudo dpkg --force-confdef --force-confold -i');

  await story.must(0, 'start', story.file);
  await story.waitsFor('start');
  await story.must(3, 'wait', 'om-lab');
  for (const gate of ['start', 'host:om-2', 'host:om-3', 'host:bkp-1', 'finish']) await story.must(0, 'approve', 'om-lab', gate);
  await story.waitsFor('first-host');
  const { hosts } = await story.status();
  expect(hosts.find((host) => host.name === 'om-1')).toMatchObject({ state: 'upgraded', version: '4.4.18' });
  await story.must(0, 'approve', 'om-lab', 'first-host');
  await story.must(0, 'wait', 'om-lab');

  await story.installedOnceAndOrderly();
  await story.daemonsRun();
  const report = await story.must(0, 'report', 'om-lab');
  expect(report).toMatch(/4\.4\.13 → 4\.4\.18 done/);
  expect(report).not.toContain('ops-pass');
});

/** UrbanCode Deploy through the CLI, where nothing goes wrong: a full stop, one database change, everything put back. */
import { afterEach, expect, it } from 'vitest';
import { NODES, UcdStory } from './urbancode-story.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

it('takes an installation from 7.0 to the target: all down before the first installer, each installed once, all put back', async () => {
  story = await UcdStory.begin('ucd-lab');
  await story.write({ approve: ['start', 'first-installer', 'each-host', 'finish'] });
  const plan = await story.must(0, 'plan', story.file);
  expect(plan).toContain('install-server.sh');

  await story.must(0, 'start', story.file);
  await story.waitsFor('start');
  await story.must(0, 'approve', 'ucd-lab', 'start');
  await story.waitsFor('first-installer');
  for (const host of NODES) expect(await story.lab.sh(host, "pgrep -f '[U]DeployServer' || true"), host).toBe('');
  await story.lab.behave('ucd-1', { 'agents-away': 'payments-web-2' }); // who does not come back is told at the end
  for (const gate of ['first-installer', 'host:ucd-2', 'host:ucd-3', 'host:ucd-4', 'finish']) await story.must(0, 'approve', 'ucd-lab', gate);
  await story.must(0, 'wait', 'ucd-lab');

  await story.installedOnceAndOrderly();
  expect(await story.marks()).toEqual(['7.3.2.1', '7.3.2.1', '7.3.2.1', '7.3.2.1']);
  for (const host of NODES) expect(await story.lab.sh(host, 'ls /var/lib/lockkeeper/lock /var/lib/lockkeeper'), host).not.toMatch(/unpacked|autostart|maintenance|install-begun/);
  const report = await story.must(0, 'report', 'ucd-lab');
  expect(report).toMatch(/7\.0\.5\.2 → 7\.3\.2\.1 done on 4 of 4 hosts/);
  expect(report.replaceAll(/\s+/g, ' ')).toContain('Agents: 1 of 3 online. Online before and not now, and perhaps still reconnecting: payments-web-2 (OFFLINE). Agent relays: 1 of 1 online.');
});

/** Installers of UrbanCode Deploy that end half-way or lose whoever watches them. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { NODES, UcdStory } from '../urbancode-story.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

it('never runs an installer again by itself: the first after the file\'s restore and a word, a later one may be left stopped and be gone on with', async () => {
  story = await UcdStory.begin('ucd-half');
  const { lab } = story;
  const database = {
    backups: [{ host: 'ucd-1', command: 'ucd-database dump "$HOME/ucd.dump"', verify: 'test -s "$HOME/ucd.dump"', maxAge: '4h' }],
    restore: [{ host: 'ucd-1', command: 'ucd-database load "$HOME/ucd.dump"' }],
  };
  await story.write({}, { database });
  await lab.behave('ucd-1', { 'installer-dies': 'in-database' });
  await lab.behave('ucd-2', { 'installer-dies': 'before-the-mark' });
  await story.must(0, 'start', story.file);

  const first = await story.question('install:ucd-1');
  expect(first.asks).toMatch(/ended half-way: the database and .* may be half new/);
  expect(first.choices).toEqual(['restore', 'run-again', 'done-by-hand', 'abort']);
  await lab.behave('ucd-1', { 'installer-dies': undefined });
  await story.must(0, 'answer', story.name, first.id, 'restore');
  const after = await story.question('install:ucd-1:2');
  expect(await lab.installs('ucd-1')).toHaveLength(1);
  await story.must(0, 'answer', story.name, after.id, 'run-again');

  const other = await story.question('install:ucd-2');
  expect(other.choices).toEqual(['run-again', 'done-by-hand', 'leave-stopped', 'abort']);
  await story.must(0, 'answer', story.name, other.id, 'leave-stopped');
  await story.must(0, 'wait', story.name);
  expect(await story.marks()).toEqual(['7.3.2.1', '7.0.5.2', '7.3.2.1', '7.3.2.1']);
  expect(await story.must(0, 'report', story.name)).toMatch(/done on 3 of 4 hosts[^]*Left stopped, and nothing starts it: ucd-2 \(7\.0\.5\.2\)/);

  await lab.behave('ucd-2', { 'installer-dies': undefined });
  await story.must(0, 'start', story.file);
  const again = await story.question('install:ucd-2');
  expect(again.evidence).toContain('an installer began here before');
  expect(await lab.installs('ucd-2')).toHaveLength(1);
  await story.must(0, 'answer', story.name, again.id, 'run-again');
  await story.must(0, 'wait', story.name);
  expect(await story.marks()).toEqual(['7.3.2.1', '7.3.2.1', '7.3.2.1', '7.3.2.1']);
  for (const [index, times] of [2, 2, 1, 1].entries()) expect(await lab.installs(NODES[index] ?? 'ucd-1')).toHaveLength(times);
  expect(await lab.violations()).toEqual([]);
}, 900_000);

it('runs no installer twice when its worker is killed or the connection is cut while it runs, with -fips where the file says so', async () => {
  story = await UcdStory.begin('ucd-lost');
  const { lab } = story;
  await story.write({ fips: true });
  const plan = (await story.must(0, 'plan', story.file)).replace(/\s+/g, ' ');
  expect(plan).toContain('Cloud provisioning is not available on a FIPS-compliant server');
  expect(plan).toContain('FIPS 140-2 certified providers');
  await lab.behave('ucd-1', { 'install-seconds': 12 });
  await lab.behave('ucd-2', { 'install-seconds': 20 });
  await story.must(0, 'start', story.file);

  const runs = 'pgrep -f "[o]rg.apache.tools.ant.launch.Launcher" >/dev/null';
  await story.when('ucd-1', runs);
  await story.signalWorker('SIGKILL');
  await story.startWorker();
  await story.when('ucd-2', runs);
  await lab.partition('ucd-2');
  await story.when('ucd-2', `! ${runs}`);
  await lab.heal('ucd-2');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  for (const host of NODES) expect(await lab.installs(host), host).toMatchObject([{ fips: true }]);
}, 900_000);

/** Installers of UrbanCode Deploy that end half-way or lose whoever watches them. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { NODES, UcdStory } from '../urbancode-story.ts';

/** An installer is at work on the host. */
const RUNS = 'pgrep -f "[o]rg.apache.tools.ant.launch.Launcher" >/dev/null';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

it('never runs an installer again by itself, however it ends, and says why where that is known: the first after the file\'s restore and a word, a later one may be left stopped and be gone on with', async () => {
  story = await UcdStory.begin('ucd-half');
  const { lab } = story;
  const database = {
    backups: [{ host: 'ucd-1', command: 'ucd-database dump "$HOME/ucd.dump"', verify: 'test -s "$HOME/ucd.dump"', maxAge: '4h' }],
    restore: [{ host: 'ucd-1', command: 'ucd-database load "$HOME/ucd.dump"' }],
  };
  await story.write({}, { database });
  await lab.behave('ucd-1', { 'installer-dies': 'in-database', 'installer-death': 'no-space' });
  await lab.behave('ucd-2', { 'installer-dies': 'before-the-mark' });
  await lab.behave('ucd-3', { 'installer-dies': 'in-files', 'installer-death': 'failed' });
  await lab.behave('ucd-4', { 'installer-dies': 'in-files', 'installer-death': 'killed' });
  await story.must(0, 'start', story.file);

  const first = await story.question('install:ucd-1');
  expect(first.asks).toMatch(/ended half-way: the database and .* may be half new/);
  expect(first.choices).toEqual(['restore', 'run-again', 'done-by-hand', 'abort']);
  expect(first.evidence).toMatch(/its mark says 7\.0\.5\.2, 7\.3\.2\.1 was expected[^]*There is no room left on the disk[^]*exit code 1[^]*No space left on device/);
  await lab.behave('ucd-1', { 'installer-dies': undefined });
  await story.must(0, 'answer', story.name, first.id, 'restore');
  const after = await story.question('install:ucd-1:2');
  expect(after.asks).toMatch(/The file's commands that restore ended well at /);
  expect(await lab.installs('ucd-1')).toHaveLength(1);
  await story.must(0, 'answer', story.name, after.id, 'run-again');

  const other = await story.question('install:ucd-2');
  expect(other.choices).toEqual(['run-again', 'done-by-hand', 'leave-stopped', 'abort']);
  expect(other.evidence).toMatch(/its mark says 7\.0\.5\.2, 7\.3\.2\.1 was expected[^]*The installer says "Installer Complete\.", and the mark/);
  await story.must(0, 'answer', story.name, other.id, 'leave-stopped');
  for (const [host, printed] of [['ucd-3', /Build failed/], ['ucd-4', /Somebody killed the installer/]] as const) {
    const third = await story.question(`install:${host}`);
    expect(third.evidence).toMatch(printed);
    expect(await lab.installs(host), host).toHaveLength(1);
    await lab.behave(host, { 'installer-dies': undefined });
    await story.must(0, 'answer', story.name, third.id, 'run-again');
  }
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
  for (const [index, times] of [2, 2, 2, 2].entries()) expect(await lab.installs(NODES[index] ?? 'ucd-1')).toHaveLength(times);
  expect(await lab.violations()).toEqual([]);
}, 900_000);

it('runs no installer twice when its worker is killed and the connection is cut while it runs, with -fips and -frontend where the file says so', async () => {
  story = await UcdStory.begin('ucd-lost');
  const { lab } = story;
  const hosts = story.description().hosts.map((host) => (host.name === 'ucd-2' ? { ...host, roles: ['front-end'] } : host));
  await story.write({ fips: true, autostart: 'leave' }, { hosts, api: undefined });
  const plan = (await story.must(0, 'plan', story.file)).replace(/\s+/g, ' ');
  expect(plan).toContain('Cloud provisioning is not available on a FIPS-compliant server');
  expect(plan).toContain('FIPS 140-2 certified providers');
  expect(plan).toMatch(/Left on, as policy\.autostart says, .*boot link \/etc\/rc2\.d\/S\d\ducd-server/);
  for (const host of ['ucd-1', 'ucd-2'] as const) await lab.behave(host, { 'install-seconds': 40 });
  await story.must(0, 'start', story.file);
  const dashboard = await story.question('drain'); // nothing but a person can see it
  expect(dashboard.asks).toMatch(/Open the Dashboard: does no application, component or generic process run\?/);
  await story.must(0, 'answer', story.name, dashboard.id, 'done-by-hand');

  // The first installer, which changes the database: the worker dies, and its successor cannot reach the host before it has ended.
  await story.when('ucd-1', RUNS);
  await story.signalWorker('SIGKILL');
  await lab.partition('ucd-1');
  await story.startWorker();
  expect(await lab.sh('ucd-1', 'ls /etc/rc2.d')).toMatch(/^S\d\ducd-server$/m);
  expect(await lab.sh('ucd-2', 'systemctl is-enabled ucd-server')).toBe('enabled\n');
  await story.when('ucd-1', `! ${RUNS}`);
  await lab.heal('ucd-1');
  await story.when('ucd-2', RUNS);
  await lab.partition('ucd-2');
  await story.when('ucd-2', `! ${RUNS}`);
  await lab.heal('ucd-2');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  const begun = await Promise.all(NODES.map(async (host) => ({ host, ...(await lab.installs(host))[0] })));
  expect(begun.sort((a, b) => String(a.at).localeCompare(String(b.at))).map(({ host, fips, frontEnd }) => [host, fips, frontEnd])).toEqual([
    ['ucd-1', true, false], ['ucd-3', true, false], ['ucd-2', true, true], ['ucd-4', true, false], // servers, front-ends, standbys
  ]);
  expect((await story.status()).timeline.filter(({ step }) => step.startsWith('autostart'))).toEqual([]);
}, 900_000);

/** Servers of UrbanCode Deploy that somebody or something starts at the wrong time. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { service } from '../../lab/urbancode-by-hand.ts';
import { UcdStory } from '../urbancode-story.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

const monitored = (host: 'ucd-3') => story.lab.sh(host, 'monit -B status ucd-server | grep "monitoring status"');

it('lets no installer begin while one lives that a person started, stops what a supervisor brings up beside it, and puts supervisors back', async () => {
  story = await UcdStory.begin('ucd-unwanted');
  const { lab } = story;
  await story.write({ approve: ['first-installer'] }, { database: { ...story.description().database, sessions: { host: 'ucd-4', command: 'cat /tmp/forgotten 2>/dev/null || sudo -n -u ucd ucd-database sessions' } } });
  await lab.sh('ucd-4', 'echo 1 >/tmp/forgotten'); // a server that the file does not name has a session
  const tables = ['/etc/cron.d/ucd-watchdog', '/var/spool/cron/crontabs/ucd', '/var/spool/cron/crontabs/root'];
  for (const by of ['cron.d', 'crontab of ucd', 'crontab of root'] as const) await lab.supervise('ucd-1', by);
  await lab.supervise('ucd-3', 'monit');
  await lab.behave('ucd-1', { 'install-seconds': 80 });
  await lab.sh('ucd-3', 'until monit -B status ucd-server | grep -q "monitoring status *Monitored"; do sleep 0.2; done');
  const lines = await lab.sh('ucd-1', `cat ${tables.join(' ')}`);
  await story.must(0, 'start', story.file);

  const forgotten = await story.question('full-stop');
  expect(`${forgotten.asks}\n${forgotten.evidence}`).toMatch(/session/);
  await lab.sh('ucd-4', 'rm /tmp/forgotten');
  await story.must(0, 'answer', story.name, forgotten.id, 'retry');
  await story.waitsFor('first-installer');
  expect(await monitored('ucd-3')).toMatch(/Not monitored/i);
  expect((await lab.sh('ucd-1', `grep -h server ${tables.join(' ')}`)).match(/^#lockkeeper-off# /gm)).toHaveLength(3);
  await service(lab, 'ucd-2', 'start');
  await lab.sh('ucd-3', 'monit monitor ucd-server');
  await story.when('ucd-3', 'pgrep -f "[U]DeployServer"');
  await story.must(0, 'approve', story.name, 'first-installer');
  const alive = await story.question('full-stop');
  expect(alive.asks).toMatch(/No installer may run while a server lives, and one lives on ucd-2 and ucd-3\. Stop them by their service scripts\?/);
  expect(await lab.installs('ucd-1')).toEqual([]);
  await story.must(0, 'answer', story.name, alive.id, 'stop');

  await story.when('ucd-1', 'pgrep -f "[o]rg.apache.tools.ant.launch.Launcher"');
  await lab.sh('ucd-3', 'monit monitor ucd-server');
  await service(lab, 'ucd-2', 'start');
  const came = await story.question('intruder:ucd-3');
  expect(came.asks).toMatch(/A server lived on ucd-3 beside the installer on ucd-1[^]*Find out what started it and look at the database/);
  await story.when('ucd-3', '! pgrep -f "[U]DeployServer"');
  await story.must(0, 'answer', story.name, came.id, 'keep-mine');
  const another = await story.question('intruder:ucd-2');
  await story.when('ucd-2', '! pgrep -f "[U]DeployServer"');
  await story.must(0, 'answer', story.name, another.id, 'keep-mine');

  await story.must(0, 'wait', story.name);
  expect(await story.must(0, 'report', story.name)).toMatch(/A server lived on ucd-3 beside the installer on ucd-1; .* has looked at the database/);
  expect(await story.marks()).toEqual(['7.3.2.1', '7.3.2.1', '7.3.2.1', '7.3.2.1']);
  expect(await lab.sh('ucd-1', `cat ${tables.join(' ')}`)).toBe(lines);
  expect(await monitored('ucd-3')).toMatch(/status *Monitored/);
  // What the story itself provoked, and nothing else: monit and a person started them while the installer ran.
  expect((await lab.violations()).map(({ kind, host }) => `${kind} ${host}`).sort()).toEqual(['server-started-during-install ucd-2', 'server-started-during-install ucd-3']);
}, 900_000);

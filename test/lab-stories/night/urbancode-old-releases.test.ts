/** From the old releases of UrbanCode Deploy, each to the newest that it may become. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { servedBy } from '../../lab/urbancode-by-hand.ts';
import { APP_DATA, INSTALL_DIR } from '../../lab/urbancode.ts';
import { NODES, SERVERS, UcdStory } from '../urbancode-story.ts';

/** All that runs now ends, as it would when its time is over. */
const WORK_ENDS = 'ucd-database dump /tmp/now && sed -i \'s/"ends": [0-9.e+]*/"ends": 0/g\' /tmp/now && ucd-database load /tmp/now && rm /tmp/now';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

it('from 6.1.0 shows the moves of application data, which a person types, and installs only when all has arrived', async () => {
  story = await UcdStory.begin('ucd-storage', '6.1.0.4');
  const { lab } = story;
  await story.write({ approve: ['storage'] });
  await story.must(0, 'start', story.file);

  const gate = await story.question('storage');
  const moves = gate.evidence.split('\n').filter((line) => /^sudo /.test(line));
  expect(moves.length, gate.evidence).toBeGreaterThan(1);
  await story.must(0, 'approve', story.name, 'storage');
  const missing = await story.question('storage:1');
  expect(missing.asks).toContain(`Not all of the old layout is in ${APP_DATA} yet`);
  for (const host of NODES) expect(await lab.installs(host), host).toEqual([]);
  await lab.sh('ucd-1', `set -e\n${moves.join('\n')}`);
  await story.must(0, 'answer', story.name, missing.id, 'done-by-hand');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  for (const host of NODES) expect(await lab.sh(host, `cat ${INSTALL_DIR}/conf/server/installed.properties`), host).toContain(`server.appdata.dir=${APP_DATA}`);
});

it('from 6.2, which has no maintenance mode: waits for work, and for what begins between the last look and the stop', async () => {
  story = await UcdStory.begin('ucd-work', '6.2.7.1');
  const { lab } = story;
  await story.write({ drain: { for: '2s' } });
  await lab.behave('ucd-2', { work: 'component:3600' });
  for (const host of SERVERS) await lab.behave(host, { 'work-after-empty': 'application:3600' });
  await story.must(0, 'start', story.file);

  const running = await story.question('drain:1');
  expect(running.evidence).toMatch(/component process /);
  await lab.sh('ucd-1', WORK_ENDS);
  await story.must(0, 'answer', story.name, running.id, 'wait', '--for', '2m');
  const began = await story.question('drain:2');
  expect(began.evidence).toMatch(/application process /);
  expect((await story.status()).timeline).toContainEqual(expect.objectContaining({ step: 'drain', outcome: expect.stringMatching(/began meanwhile: waited for again/) as unknown }));
  for (const host of SERVERS) {
    expect(await servedBy(host), host).toBe('6.2.7.1'); // nothing was stopped meanwhile
    await lab.behave(host, { 'work-after-empty': undefined });
  }
  await lab.sh('ucd-1', WORK_ENDS);
  await story.must(0, 'answer', story.name, began.id, 'wait', '--for', '2m');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

/** Servers of UrbanCode Deploy that are awkward on their way down and up. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { SERVERS, UcdStory } from '../urbancode-story.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

it("cancels work and signals a server that hangs, or only says that it stops, by a person's word alone; removes a stale pid file; starts again what died", async () => {
  story = await UcdStory.begin('ucd-awkward');
  const { lab } = story;
  await story.write({ drain: { for: '2s' }, stop: { within: '15s' }, backup: 'both' });
  await lab.behave('ucd-1', { 'work': 'application:3600', 'server-stop': 'hangs-hard' });
  await lab.behave('ucd-2', { 'server-stop': 'hangs' }); // where systemd would start it again
  await lab.behave('ucd-3', { 'server-stop': 'lies', 'stop-leaves-pid-file': 1, 'start-fails-once': 1 });
  await story.must(0, 'start', story.file);

  const work = await story.question('drain');
  expect(work.choices).toEqual(['wait', 'cancel', 'abort']);
  expect(work.evidence).toMatch(/^application process .*, since \d{4}-\S+ \S+ UTC, started by alice$/);
  await story.answer('drain', 'cancel');

  for (const host of SERVERS) {
    const alive = await story.question(`stop:${host}`);
    expect(alive.choices).toEqual(expect.arrayContaining(['wait', 'stop', 'abort']));
    expect(alive.evidence).toMatch(new RegExp(`${host === 'ucd-3' ? '' : 'still went on after 15s[^]*'}${host}: [^]*UDeployServer`));
  }
  for (const host of SERVERS) await story.answer(`stop:${host}`, 'stop');

  const died = await story.question('serving:ucd-3');
  expect(died.asks).toContain('its process is gone. Start it again?');
  expect(died.evidence).toContain('OutOfMemoryError');
  await story.must(0, 'answer', story.name, died.id, 'retry');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  const done = (await story.must(0, 'report', story.name)).replace(/, 20\d\d-.*/g, '').split('\n');
  for (const step of ['ucd-3: remove the stale pid file of ucd-3', 'ucd-3: start ucd-3 by its service script']) expect(done.filter((line) => line.includes(`**${step}**: done`)).length, step).toBeGreaterThan(0);
  expect(done.filter((line) => line.includes('back up the database and the files on ucd-1**: done'))).toHaveLength(2); // before the drain, and when all were down
}, 900_000);

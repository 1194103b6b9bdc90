/** Servers of UrbanCode Deploy that are awkward on their way down. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test. */
import { afterEach, expect, it } from 'vitest';
import { UcdStory } from '../urbancode-story.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

it("cancels work and signals a server that hangs only by a person's word, and removes a pid file that is stale", async () => {
  story = await UcdStory.begin('ucd-awkward');
  const { lab } = story;
  await story.write({ drain: { for: '2s' }, stop: { within: '15s' } });
  await lab.behave('ucd-1', { 'work': 'application:3600', 'server-stop': 'hangs-hard' });
  await lab.behave('ucd-3', { 'stop-leaves-pid-file': 1 });
  await story.must(0, 'start', story.file);

  const work = await story.question('drain');
  expect(work.choices).toEqual(['wait', 'cancel', 'abort']);
  expect(work.evidence).toMatch(/application process .*, since \d{4}-.*, started by /);
  await story.answer('drain', 'cancel');

  const hanging = await story.question('stop:ucd-1');
  expect(hanging.choices).toEqual(expect.arrayContaining(['wait', 'stop', 'abort']));
  expect(hanging.evidence).toMatch(/still went on after 15s[^]*ucd-1: [^]*UDeployServer/);
  await story.answer('stop:ucd-1', 'stop');

  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
  expect((await story.status()).timeline).toContainEqual(expect.objectContaining({ step: 'remove-pid-file', host: 'ucd-3', outcome: 'done' }));
});

/**
 * The same figures of UrbanCode Deploy, 7.0.5.2 to 7.3.2.1 on three servers and a standby, with all waits at their least: by
 * hand (all stopped, each installed and started one after another), through the CLI, and with a worker killed amid an install.
 */
import { afterEach, it } from 'vitest';
import { historyFigures, killedFigures, seconds } from '../lab-stories/figures.ts';
import { UcdStory } from '../lab-stories/urbancode-story.ts';
import { stopAll, upgradeByHand } from '../lab/urbancode-by-hand.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });

const QUICK = { health: { consecutive: 1, every: '1s', within: '60s' } };

it('a full stop of three servers and a standby beside the same work by hand', async () => {
  story = await UcdStory.begin('ucd-figures');
  const { lab } = story;
  const typed = Date.now();
  await stopAll(lab);
  await upgradeByHand(lab, story.target);
  const byHand = Date.now() - typed;
  await lab.reset('7.0.5.2');
  await story.write(QUICK);
  const began = Date.now();
  await story.must(0, 'start', story.file);
  await story.must(0, 'wait', story.name);
  console.log(`by Lockkeeper, from start to done: ${seconds(Date.now() - began)}; by hand, four hosts: ${seconds(byHand)}`);
  console.log(await historyFigures(story, 4));
});

it('a worker killed amid the first installer', async () => {
  story = await UcdStory.begin('ucd-killed');
  await story.write(QUICK);
  await story.lab.behave('ucd-1', { 'install-seconds': 5 });
  await story.must(0, 'start', story.file);
  await story.when('ucd-1', 'grep -q begun /var/lib/stand-in/installs');
  console.log(await killedFigures(story, 'ucd-1'));
  await story.must(0, 'wait', story.name);
});

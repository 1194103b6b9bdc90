/**
 * What Lockkeeper costs on real hosts, with all waits at their least:
 *
 *   1. The same work typed by hand, host after host: stop, install, start, until it serves. That is the hosts' own time.
 *   2. The upgrade through the CLI, from `start` to done, and what it put into history.
 *   3. An upgrade whose worker is killed amid an install and started again at once: from the kill to the next step's end.
 */
import { afterEach, it } from 'vitest';
import { replaceApplication, served } from '../lab/by-hand.ts';
import { historyFigures, killedFigures, seconds } from '../lab-stories/figures.ts';
import { Story } from '../lab-stories/story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

const QUICK = { health: { consecutive: 1, every: '1s', within: '60s' }, soak: '0s', backupDaemons: { for: '30s', settle: '0s' } };
const APPLICATION_HOSTS = ['om-1', 'om-2', 'om-3'] as const;

it('an upgrade of three application hosts and a daemon host beside the same work by hand', async () => {
  story = await Story.begin('om-figures');
  const { lab } = story;
  let byHand = 0;
  for (const host of APPLICATION_HOSTS) {
    const began = Date.now();
    await replaceApplication(lab, host, '4.4.18');
    while (await served(host) !== '4.4.18') await lab.sh(host, 'sleep 0.1');
    byHand += Date.now() - began;
    console.log(`by hand, ${host}: ${seconds(Date.now() - began)}`);
  }
  await lab.reset();
  await story.write(QUICK);
  const began = Date.now();
  await story.must(0, 'start', story.file);
  await story.must(0, 'wait', story.name);
  console.log(`by Lockkeeper, from start to done: ${seconds(Date.now() - began)}; three hosts by hand: ${seconds(byHand)}`);
  console.log(await historyFigures(story, 4));
});

it('a worker killed amid an install', async () => {
  story = await Story.begin('om-killed');
  await story.write(QUICK);
  await story.lab.behave('om-1', { 'install-seconds': 5 });
  await story.must(0, 'start', story.file);
  await story.when('om-1', 'grep -q begun /var/lib/stand-in/installs');
  console.log(await killedFigures(story, 'om-1'));
  await story.must(0, 'wait', story.name);
});

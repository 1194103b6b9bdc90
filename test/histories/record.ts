/** Plays every story on Temporal's dev server and writes what was recorded beside this file. Run by scripts/record-histories.mjs. */
import { writeFileSync } from 'node:fs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, it } from 'vitest';
import { continuingAsNewAfter, RealTime } from '../workflows/dev-server.ts';
import type { FakeWorld } from '../workflows/fake-world.ts';
import { publishable } from './publishable.ts';
import { stories, type Story } from './stories.ts';
import { urbancodeStories } from './urbancode-stories.ts';

function recorded<World extends FakeWorld>({ name, fake, acts, continueAfter }: Story<World>): void {
  it(name, async () => {
    const env = await RealTime.begin(continueAfter === undefined ? [] : continuingAsNewAfter(continueAfter));
    const runs: string[] = [];
    for (const act of acts) {
      const upgrade = await env.begin(fake);
      await act(upgrade);
      for (const history of await env.runsOf(upgrade)) runs.push(historyToJSON(history));
    }
    await env.end();
    expect(fake.violations).toEqual([]);
    for (const [index, history] of runs.entries()) {
      writeFileSync(new URL(`${name}${runs.length > 1 ? `-${index + 1}` : ''}.json`, import.meta.url), publishable(history));
    }
  }, 120_000);
}

stories().forEach((story) => { recorded(story); });
urbancodeStories().forEach((story) => { recorded(story); });

import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { quiet } from '../workflows/harness.ts';
import { workflowBuild } from '../workflows/one-build.ts';

quiet();
const folder = new URL('.', import.meta.url);
const recorded = readdirSync(folder).filter((file) => file.endsWith('.json'));

interface Recorded { events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } }; workflowExecutionStartedEventAttributes?: { workflowId: string } }[] }
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recorded;
const replay = async (history: Recorded) => Worker.runReplayHistory(
  { workflowBundle: (await workflowBuild()).bundle }, history, history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId,
);

describe('a recorded upgrade', () => {
  it.each(recorded)('%s can be carried on by the code of today', async (file) => {
    await replay(read(file));
  });

  it('covers every main story', () => {
    expect(recorded.map((file) => file.replace(/(-\d+)?\.json$/, ''))).toEqual(expect.arrayContaining([
      'goes-well', 'daemons-stopped-by-hand', 'aborted-then-continued', 'held', 'answered-after-unknown', 'continued-as-new', 'quiesced',
      'urbancode-goes-well', 'urbancode-continued-as-new', 'urbancode-aborted-then-continued', 'urbancode-storage', 'urbancode-left-stopped',
    ]));
  });

  it('that the code of today would have done otherwise is found', async () => {
    const history = read('goes-well.json');
    const drain = history.events.find((event) => event.activityTaskScheduledEventAttributes?.activityType.name === 'drain');
    if (drain?.activityTaskScheduledEventAttributes) drain.activityTaskScheduledEventAttributes.activityType.name = 'stopApplication';
    await expect(replay(history)).rejects.toThrow(/Nondeterminism|stopApplication/);
  });
});

/** Nothing goes wrong: through the CLI, and once more through `temporal` alone. */
import { afterEach, expect, it } from 'vitest';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

it('can be started, approved and seen through with the temporal CLI alone, the Application Database being reached through a host only', async () => {
  story = await Story.begin('om-plain');
  await story.lab.applicationDatabase('hide');
  await story.write({ approve: ['start'] }, { applicationDatabase: { ...story.description().applicationDatabase, reach: { through: 'om-2' } } });
  const input = (await story.lockkeeper('validate', story.file, '-o', 'json')).stdout;
  const started = await story.temporal('workflow', 'start', '--type', 'opsManagerUpgrade', '--task-queue', 'lockkeeper', '--workflow-id', story.workflowId, '--input', input);
  expect(started).toMatchObject({ code: 0 });
  await story.waitsFor('start');
  expect((await story.status()).findings.map(({ says }) => says).join('\n')).toMatch(/Replica set .*, asked through om-2, has a primary and its majority/);
  const junk = await story.temporal('workflow', 'signal', '-w', story.workflowId, '--name', 'approve', '--input', '"junk"');
  expect(junk.code).toBe(0);
  const refused = await story.temporal('workflow', 'update', 'execute', '-w', story.workflowId, '--name', 'approve', '--input', '{"gate":"nowhere","by":"me"}');
  expect(refused.stderr + refused.stdout).toContain('There is no gate "nowhere"');
  const approved = await story.temporal('workflow', 'signal', '-w', story.workflowId, '--name', 'approve', '--input', '{"gate":"start","by":"me"}');
  expect(approved.code).toBe(0);
  const result = await story.temporal('workflow', 'result', '-w', story.workflowId, '-o', 'json');
  expect(result.stdout).toContain('"done"');
  await story.installedOnceAndOrderly();
  await story.daemonsRun();
});

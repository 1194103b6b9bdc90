/** Hold, abort, a dead neighbour, a long migration, other hands: what people decide, and what is never done without them. */
import { afterEach, expect, it } from 'vitest';
import { replaceApplication } from '../lab/by-hand.ts';
import { Story } from './story.ts';

let story: Story;
afterEach(async () => { await story?.end(); });

it('holds after the host in hand, then aborts; started again it goes on and installs nothing twice, with an Application Database that nobody may ask', async () => {
  story = await Story.begin('om-abort');
  const { lab } = story;
  await lab.applicationDatabase('hide');
  const { backups } = story.description().applicationDatabase;
  await story.write({}, { applicationDatabase: { backups, reach: { none: 'no worker may ask it' } } });
  await lab.behave('om-1', { 'install-seconds': 5 });
  await story.must(0, 'start', story.file);
  await story.when('om-1', 'grep -q begun /var/lib/stand-in/installs');
  await story.must(0, 'hold', story.name, '--note', 'lunch');
  await story.until('om-1 is finished and held', ({ hosts }) => hosts.some((host) => host.name === 'om-1' && host.state === 'upgraded'));
  expect((await story.status()).hosts.find((host) => host.name === 'om-2')?.state).toBe('waiting');
  expect(await story.must(3, 'status', story.name)).toMatch(/unknown +Application Database: It is not asked.*no worker may ask it/s);
  await story.must(0, 'abort', story.name, '--note', 'window over');
  await story.must(1, 'wait', story.name);
  const report = await story.must(1, 'report', story.name).catch(() => story.must(0, 'report', story.name));
  expect(report).toMatch(/read-only.*backups are not running/s);

  await story.must(0, 'start', story.file);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

it('does not stop the next host when another one died while its gate waited', async () => {
  story = await Story.begin('om-dies');
  const { lab } = story;
  await story.write({ approve: ['each-host'] });
  await story.must(0, 'start', story.file);
  await story.waitsFor('host:om-2');
  await lab.kill('om-3');
  await story.must(0, 'approve', story.name, 'host:om-2');
  const question = await story.waitsFor('why-not-drain:om-2');
  expect((await story.status()).waitingFor[0]?.asks).toContain('om-3');
  expect(await lab.sh('om-2', 'service mongodb-mms status >/dev/null && echo runs')).toContain('runs');
  await lab.up('om-3');
  await lab.waitForSsh('om-3');
  await story.serves('om-3');
  await story.must(0, 'answer', story.name, question, 'retry');
  for (const gate of ['host:om-3', 'host:bkp-1']) await story.must(0, 'approve', story.name, gate);
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

it('never restarts a host whose migration takes longer than the deadline: only wait and abort are offered', async () => {
  story = await Story.begin('om-migration');
  const { lab } = story;
  await story.write({ health: { consecutive: 2, every: '1s', within: '12s' }, backupDaemons: { stop: 'before-first-host' } });
  await lab.behave('om-1', { 'migration-seconds': 600 });
  await story.must(0, 'start', story.file);
  const question = await story.waitsFor('serving:om-1');
  expect((await story.status()).waitingFor[0]).toMatchObject({ choices: ['wait', 'abort'] });
  await lab.behave('om-1', { 'migration-seconds': 1 });
  await story.must(0, 'answer', story.name, question, 'wait');
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly();
});

it('a host that somebody upgrades by hand meanwhile is taken as done when it proves done; a stopped daemon that somebody starts is down again before its host is installed', async () => {
  story = await Story.begin('om-meddled');
  const { lab } = story;
  await story.write({ approve: ['each-host'] });
  await story.must(0, 'start', story.file);
  await story.waitsFor('host:om-2');
  await story.must(0, 'approve', story.name, 'host:om-2');
  await story.waitsFor('host:om-3');
  await replaceApplication(lab, 'om-3', '4.4.18');
  await story.serves('om-3');
  await lab.sh('bkp-1', 'runuser -u opsmgr -- /srv/ops-manager/bin/mongodb-mms-backup-daemon start');
  await story.must(0, 'approve', story.name, 'host:om-3');
  await story.must(0, 'approve', story.name, 'host:bkp-1');
  await story.must(0, 'wait', story.name);
  expect((await story.status()).timeline.filter(({ host }) => host === 'om-3').map(({ outcome }) => outcome).join('\n')).toContain('4.4.18 runs there already: somebody else installed it');
  expect(await story.must(0, 'report', story.name)).not.toContain('stop om-3');
  await story.installedOnceAndOrderly();
  await story.daemonsRun();
});

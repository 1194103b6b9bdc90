/**
 * An installation with a Windows node through the CLI: a person types there what is shown, Lockkeeper proves it. The node's shell is
 * Wine's cmd.exe, which is not Windows. Told only on request: LOCKKEEPER_TEST_NIGHT=yes npm test.
 */
import { afterEach, expect, it } from 'vitest';
import { servedBy } from '../../lab/urbancode-by-hand.ts';
import { NODES, SERVERS, UcdStory } from '../urbancode-story.ts';
import { WindowsPerson } from '../windows-person.ts';

let story: UcdStory;
afterEach(async () => { await story?.end(); });
const ALL = [...NODES, 'ucd-w'] as const;

it('is upgraded with what a person types on the Windows node and Lockkeeper proves; what is claimed and not so never lets an installer begin', async () => {
  story = await UcdStory.begin('ucd-windows', '7.0.5.2', true);
  const { lab } = story, person = new WindowsPerson(story);
  await story.write({ approve: ['first-installer'] });
  const plan = await story.must(0, 'plan', story.file);
  for (const line of ['sc stop ucd-server', 'cd /d C:\\ucd\\lockkeeper-7.3.2.1\\ibm-ucd-install', 'install-server.bat', 'sc start ucd-server']) expect(plan).toContain(`(a person) ${line}\n`);
  await story.must(0, 'start', story.file);

  await person.claims('stage:ucd-w');
  await person.brings('stage:ucd-w');

  const living = await person.claims('stop:ucd-w');
  expect(await servedBy('ucd-w')).toBe('7.0.5.2');
  for (const host of SERVERS) expect(await lab.installs(host), host).toEqual([]);
  await person.does(living);

  await story.waitsFor('first-installer');
  for (const host of [...SERVERS, 'ucd-w'] as const) expect(await servedBy(host), host).toBe('nothing');
  await person.types({ typed: ['sc start ucd-server'], notes: '' }); // somebody who knows nothing of the night
  await expect.poll(() => servedBy('ucd-w'), { timeout: 30_000 }).toBe('7.0.5.2');
  await story.must(0, 'approve', story.name, 'first-installer');
  const alive = await story.question('full-stop');
  expect(alive.asks).toMatch(/No installer may run while a server lives, and one lives on ucd-w/);
  await story.must(0, 'answer', story.name, alive.id, 'stop');
  const again = await person.claims('stop-again:ucd-w');
  for (const host of ALL) expect(await lab.installs(host), host).toEqual([]);
  await person.does(again);

  await person.does(await person.claims('install:ucd-w'));
  await person.does(await person.claims('start:ucd-w'));
  await story.must(0, 'wait', story.name);
  await story.installedOnceAndOrderly(ALL);
  expect(await story.marks(ALL)).toEqual(ALL.map(() => '7.3.2.1'));
  for (const host of [...SERVERS, 'ucd-w'] as const) expect(await servedBy(host), host).toBe('7.3.2.1');
  expect(await lab.sh('ucd-lb', "echo 'show stat' | socat - /run/haproxy/admin.sock | grep -c '^ucd,u[1234],.*,UP,'")).toMatch(/^4/);
  expect(await story.must(0, 'report', story.name)).toMatch(/7\.0\.5\.2 → 7\.3\.2\.1 done on 5 of 5 hosts/);
}, 900_000);

it('runs its first installer by a person on the Windows node: half-way it is believed by nobody, an abort starts no old server, and the next upgrade knows', async () => {
  story = await UcdStory.begin('ucd-windows-first', '7.0.5.2', true);
  const { lab } = story, person = new WindowsPerson(story);
  const hosts = (story.description() as { readonly hosts: readonly { readonly name: string }[] }).hosts;
  await story.write({}, {
    hosts: [...hosts].sort((a, b) => Number(b.name === 'ucd-w') - Number(a.name === 'ucd-w')),
    database: { backups: [{ host: 'ucd-1', command: 'ucd-database dump "$HOME/ucd.dump"', verify: 'test -s "$HOME/ucd.dump"', maxAge: '4h' }] },
  });
  await lab.behave('ucd-w', { 'installer-dies': 'in-database', 'installer-death': 'failed' });
  await story.must(0, 'start', story.file);
  await person.brings('stage:ucd-w');
  await person.does('stop:ucd-w');
  await expect(person.types(await person.reads('install:ucd-w'))).rejects.toThrow('Install Failed');
  const still = await person.claims('install:ucd-w');
  await story.signalWorker('SIGKILL');
  await story.startWorker();
  expect(await lab.sh('ucd-1', 'cat /var/lib/lockkeeper/lock/install-begun')).toMatch(/^7\.3\.2\.1 on ucd-w, /);
  await story.must(0, 'answer', story.name, still, 'abort');
  await story.must(1, 'wait', story.name);
  expect((await story.lockkeeper('report', story.name)).stdout).toMatch(/The installer on ucd-w may still run, or has ended half-way[^]*The database may be 7\.3\.2\.1 already: never start an old server on it/);
  for (const host of [...SERVERS, 'ucd-w'] as const) expect(await servedBy(host), host).toBe('nothing');

  await story.must(0, 'start', story.file);
  const again = await person.reads('install:ucd-w');
  expect(again.notes).toMatch(/An installer was begun before and was not seen to succeed \(7\.3\.2\.1 on ucd-w, .*Restore database, application data and install dir/);
  await lab.sh('ucd-1', 'ucd-database load /home/ops/ucd.dump');
  await lab.behave('ucd-w', { 'installer-dies': undefined });
  await person.does('install:ucd-w');
  await person.does('start:ucd-w');
  await story.must(0, 'wait', story.name);
  expect(await story.marks(ALL)).toEqual(ALL.map(() => '7.3.2.1'));
  expect(await Promise.all(ALL.map(async (host) => (await lab.installs(host)).length))).toEqual([1, 1, 1, 1, 2]);
  expect(await lab.violations()).toEqual([]);
}, 900_000);

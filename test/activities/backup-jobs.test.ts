import { beforeEach, describe, expect, it } from 'vitest';
import { isSameDaemon } from '../../src/upgrade/backup-jobs.ts';
import { Unreachable } from '../../src/ssh/errors.ts';
import type { HttpAnswer, HttpQuestion } from '../../src/ssh/port.ts';
import { refusals } from '../../src/upgrade/plan.ts';
import { FakeWorld, OWNER } from './fake-ports.ts';

const PATH = '/api/public/v1.0/admin/backup/daemon/configs';
const NOTE = '/var/lib/lockkeeper/lock/backup-jobs-off';
const api = { publicKey: { env: 'APPDB' }, privateKey: { env: 'APPDB' } };

/** What the API holds of a daemon; `id` and `links` are only in answers, `another` is documented nowhere. */
const settings = (machine: string, backupJobsEnabled: boolean) => ({
  assignmentEnabled: true, backupJobsEnabled, configured: true, garbageCollectionEnabled: true, headDiskType: 'SSD', id: '5628faffd4c606594adaa3b2',
  labels: ['l1'], links: [], machine: { headRootDirectory: '/data/backup/', machine }, numWorkers: 50, another: 1, resourceUsageEnabled: true, restoreQueryableJobsEnabled: true,
});

let world: FakeWorld;
/** The installation's settings, shared by all hosts. */
let held: ReturnType<typeof settings>[];
/** What was sent, without the questions that only bring the challenge. */
let updates: { url: string; body: unknown }[];
/** The status of every update, instead of doing it. */
let refused: number | null;

function answer({ url, method = 'GET', headers, body }: HttpQuestion): HttpAnswer {
  if (headers?.['Authorization'] === undefined) return { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="r", nonce="n", qop="auth"' }, body: '' };
  if (method === 'GET') return { status: 200, headers: {}, body: JSON.stringify({ results: held, totalCount: held.length }) };
  const sent = JSON.parse(body ?? '') as { machine: { machine: string; headRootDirectory: string }; backupJobsEnabled: boolean };
  updates.push({ url: decodeURIComponent(url), body: sent });
  if (refused !== null) return { status: refused, headers: {}, body: refused === 405 ? '{"errorCode": "WRITES_NOT_ALLOWED_DURING_APP_UPGRADES"}' : '' };
  held = held.map((each) => (isSameDaemon(each.machine, sent.machine) ? { ...each, backupJobsEnabled: sent.backupJobsEnabled } : each));
  return { status: 200, headers: {}, body: '{}' };
}

beforeEach(() => {
  world = new FakeWorld();
  [held, updates, refused] = [[settings('om-1', true), settings('bkp-1', true), settings('bkp-2', false)], [], null];
  for (const { name } of world.installation.hosts) {
    const http = world.host(name).http.bind(world.host(name));
    world.host(name).http = async (question) => (question.url.includes(PATH) ? answer(question) : http(question));
  }
});

const off = (mode: 'act' | 'look' = 'act') => world.run('switchBackupJobsOff', { hosts: world.installation.hosts, api, attempt: world.attempt(`off-${updates.length}`, mode) });
const on = (mode: 'act' | 'look' = 'act') => world.run('switchBackupJobsOn', { hosts: world.installation.hosts, api, attempt: world.attempt(`on-${updates.length}`, mode) });
const taking = () => held.filter(({ backupJobsEnabled }) => backupJobsEnabled).map(({ machine }) => machine.machine);
const noted = () => world.installation.hosts.map(({ name }) => world.host(name).files.get(NOTE)?.content);

describe('backup jobs', () => {
  it('are switched off for every daemon that takes some, noted on every host before, and seen off', async () => {
    expect(await off()).toMatchObject({ outcome: 'done', off: [{ machine: 'om-1' }, { machine: 'bkp-1' }], evidence: expect.stringContaining('bkp-1 (/data/backup/)') });
    expect(taking()).toEqual([]);
    for (const note of noted()) expect(note).toMatch(/om-1.*bkp-1/);
    expect(noted().join()).not.toContain('bkp-2');
  });

  it('are set by the documented path and the documented fields alone, as they were read', async () => {
    await off();
    const { id, links, another, ...documented } = settings('om-1', false);
    expect([id, links, another]).toBeDefined();
    expect(updates[0]).toEqual({ url: `http://om-1:8080${PATH}/om-1//data/backup/`, body: documented });
  });

  it('are switched on again for exactly those, and the notes go', async () => {
    await off();
    expect(await on('look')).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('tick "Backup Jobs" of om-1') });
    expect(await on()).toMatchObject({ outcome: 'done', off: [] });
    expect(taking()).toEqual(['om-1', 'bkp-1']);
    expect(noted()).toEqual([undefined, undefined, undefined]);
  });

  it('are remembered by any one host that is left', async () => {
    await off();
    for (const name of ['om-1', 'om-2']) world.host(name).files.delete(NOTE);
    await on();
    expect(taking()).toEqual(['om-1', 'bkp-1']);
  });

  it('that an attempt switched off before its worker died are still owed by the next one', async () => {
    await off();
    held[1] = settings('bkp-1', true); // it died between the two
    expect(await off()).toMatchObject({ outcome: 'done', off: [{ machine: 'om-1' }, { machine: 'bkp-1' }] });
    expect(await off()).toMatchObject({ outcome: 'already', off: [{ machine: 'om-1' }, { machine: 'bkp-1' }] });
    expect(await off('look')).toMatchObject({ outcome: 'already', off: [{ machine: 'om-1' }, { machine: 'bkp-1' }] });
  });

  it('are not touched where a host cannot note it', async () => {
    world.host('om-2').effects.set('sh -c', () => ({ code: 1, output: 'No space left on device' }));
    expect(await off()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('No space left') });
    expect(updates).toEqual([]);
  });

  it.each([[403, 'may not change'], [405, 'Upgrade Mode'], [401, 'not accepted'], [500, 'answers 500']])('that %i keeps as they are are said so', async (status, says) => {
    refused = status;
    expect(await off()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining(says) });
    expect(taking()).toEqual(['om-1', 'bkp-1']);
  });

  it('of a daemon that the list does not name any more are not seen to be on: only a person can say that it was taken away', async () => {
    await off();
    const bkp = held.splice(1, 1);
    expect(await on()).toMatchObject({ outcome: 'unknown', off: [{ machine: 'bkp-1' }], evidence: expect.stringMatching(/does not name bkp-1 .*\n.*tick "Backup Jobs" of bkp-1/) });
    expect(noted().join()).toContain('bkp-1');
    expect(await on('look')).toMatchObject({ outcome: 'unknown', off: [{ machine: 'bkp-1' }] });
    const byHand = { ...world.attempt('on-by-hand', 'look'), byHand: true };
    const word = () => world.run('switchBackupJobsOn', { hosts: world.installation.hosts, api, attempt: byHand });
    expect(await word()).toMatchObject({ outcome: 'already', off: [], evidence: expect.stringContaining('person\'s word') });
    held.push(...bkp);
    expect(await word()).toMatchObject({ outcome: 'failed', off: [{ machine: 'bkp-1' }] });
    held = [];
    expect(await on()).toMatchObject({ outcome: 'unknown', off: [{ machine: 'om-1' }, { machine: 'bkp-1' }] });
  });

  it('of a daemon whose entry cannot be read are unknown; one that was never set up has none', async () => {
    held = [{ ...settings('om-1', true), machine: { machine: 'om-1' } as never }];
    expect(await off()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('cannot be read') });
    held = [{ ...settings('om-1', true), machine: { machine: 'om-1' } as never, configured: false }];
    expect(await off()).toMatchObject({ outcome: 'already', evidence: expect.stringContaining('No Backup Daemon') });
  });

  it.each([
    ['whose lock is gone', () => { world.host('om-1').lock = null; }, 'not this upgrade\'s'],
    ['whose lock is another run\'s', () => { world.host('om-1').lock = { ...world.host('om-1').lock!, firstExecutionRunId: 'run-2' }; }, 'not this upgrade\'s'],
    ['that a later step has passed', () => { world.host('om-1').lock = { ...world.host('om-1').lock!, stepNumber: 99 }; }, 'step 99 has already passed'],
  ])('are left alone by an attempt that wakes up late, on a host %s', async (_, meanwhile, says) => {
    const notes = world.host('om-3').startJob.bind(world.host('om-3'));
    world.host('om-3').startJob = async (attempt, job) => {
      const seen = await notes(attempt, job);
      meanwhile();
      return seen;
    };
    expect(await off()).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining(says) });
    expect(updates).toEqual([]);
    expect(taking()).toEqual(['om-1', 'bkp-1']);
  });

  it('are asked of another host when one does not answer, and unknown is never taken for off', async () => {
    world.host('om-1').http = async () => { throw new Unreachable('om-1 gives no answer.'); };
    expect(await off()).toMatchObject({ outcome: 'done' });
    for (const name of ['om-2', 'om-3']) world.host(name).http = async () => ({ status: 200, headers: {}, body: '<html>' });
    expect(await off('look')).toMatchObject({ outcome: 'failed', evidence: expect.stringContaining('cannot be read') });
    expect(await on()).toMatchObject({ outcome: 'unknown', off: [{ machine: 'om-1' }, { machine: 'bkp-1' }] });
    for (const { name } of world.installation.hosts) world.host(name).http = world.host('om-1').http;
    await expect(on()).rejects.toThrow('om-1 gives no answer');
  });
});

describe('preflight', () => {
  const look = () => {
    const { policy } = world.installation;
    const installation = { ...world.installation, api, policy: { ...policy, backupDaemons: { ...policy.backupDaemons, quiesce: '5m' } } };
    return world.run('preflight', { installation, owner: OWNER, attempt: world.attempt('preflight') });
  };

  it('says whose backup jobs will be kept away and whose are off already, and plans it around the roll', async () => {
    const { findings, plan } = await look();
    expect(findings.filter(({ subject }) => subject === 'backup jobs')).toMatchObject([{ verdict: 'ok', says: expect.stringMatching(/from om-1 .*, bkp-1 .*Off already: bkp-2/) }]);
    const typed = plan.hosts.flatMap(({ commands }) => commands.map((command) => command.typed));
    expect(typed[0]).toMatch(/PUT .*daemon\/configs.*"backupJobsEnabled": false/);
    expect(typed.at(-1)).toMatch(/PUT .*"backupJobsEnabled": true/);
    expect(updates).toEqual([]);
  });

  it('names those that an earlier run left off, also where the file gives no key, and the end of the upgrade forgets them', async () => {
    await off();
    const preflight = () => world.run('preflight', { installation: world.installation, owner: OWNER, attempt: world.attempt(`preflight-${updates.length}`) });
    const left = async () => (await preflight()).hosts.map(({ backupJobsOff }) => backupJobsOff?.map(({ machine }) => machine));
    expect(await left()).toEqual([['om-1', 'bkp-1'], ['om-1', 'bkp-1'], ['om-1', 'bkp-1']]);
    for (const host of world.installation.hosts) await world.run('cleanUp', { host, attempt: world.attempt('clean-up') });
    expect(await left()).toEqual([[], [], []]);
  });

  it('warns, and refuses nothing, where the key may not see them', async () => {
    for (const { name } of world.installation.hosts) {
      const http = world.host(name).http.bind(world.host(name));
      world.host(name).http = async (question) => (question.url.includes(PATH) ? { status: 403, headers: {}, body: '' } : http(question));
    }
    const { findings } = await look();
    expect(refusals(findings)).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ subject: 'backup jobs', verdict: 'warning', says: expect.stringContaining('403') }));
  });
});

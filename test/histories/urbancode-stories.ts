/** The main stories of UrbanCode Deploy's upgrade, recorded like those of Ops Manager's. */
import { servers, type FakeServers } from '../workflows/fake-servers.ts';
import type { RunningUpgrade } from '../workflows/harness.ts';
import type { Story } from './stories.ts';

type Running = RunningUpgrade<FakeServers>;

const approvals = { approve: ['start', 'storage', 'first-installer', 'each-host', 'finish'] };
const quiet = { quiesce: { before: 'quiet', after: 'loud' } };

/** Gates, one of them approved early, and the site's own commands. */
async function goThrough(upgrade: Running): Promise<void> {
  await upgrade.waitsFor('start');
  await upgrade.approve('host:ucd-2');
  await upgrade.throughAll();
  await upgrade.done();
}

function goesWell(): Story<FakeServers> {
  return { name: 'urbancode-goes-well', fake: servers(approvals, {}, quiet), acts: [goThrough] };
}

function continuedAsNew(): Story<FakeServers> {
  return { name: 'urbancode-continued-as-new', fake: servers(approvals, {}, quiet), acts: [goThrough], continueAfter: 100 };
}

/** Once before the first installer, all put back; once after it. */
function abortedThenContinued(): Story<FakeServers> {
  const at = (gate: string) => async (upgrade: Running) => {
    await upgrade.waitsFor(gate);
    await upgrade.abort('the window is over');
    await upgrade.ended();
  };
  const fake = servers({ approve: ['first-installer', 'each-host'] });
  const first = async (upgrade: Running) => {
    await upgrade.waitsFor('first-installer');
    await upgrade.approve('first-installer');
    await at('host:ucd-2')(upgrade);
  };
  return { name: 'urbancode-aborted-then-continued', fake, acts: [at('first-installer'), first, goOn] };
}

async function goOn(upgrade: Running): Promise<void> {
  await upgrade.throughAll();
  await upgrade.done();
}

/** Below 6.1.1.5, without a token, with a server that its script cannot stop. */
function storage(): Story<FakeServers> {
  const fake = Object.assign(servers({ approve: ['storage'], backup: 'both' }, { api: undefined }), { layout: 'below-install-dir' as const });
  fake.host('ucd-2').obeys = 'signal';
  const play = async (upgrade: Running) => {
    await upgrade.answer('drain', 'done-by-hand');
    await upgrade.answer('stop:ucd-2', 'stop');
    await upgrade.waitsFor('storage');
    await upgrade.approve('storage');
    await upgrade.waitsFor('storage:1');
    fake.moved = true;
    await upgrade.answer('storage:1', 'done-by-hand');
    await upgrade.done();
  };
  return { name: 'urbancode-storage', fake, acts: [play] };
}

/** An installer ends half-way on a later host, which stays behind until the next upgrade. */
function leftStopped(): Story<FakeServers> {
  const fake = servers();
  fake.ending = (name, times) => (name === 'ucd-2' && times === 1 ? 'half-way' : 'well');
  const leaving = async (upgrade: Running) => {
    await upgrade.answer('install:ucd-2', 'leave-stopped');
    await upgrade.done();
  };
  const comingBack = async (upgrade: Running) => {
    await upgrade.answer('install:ucd-2', 'run-again');
    await upgrade.done();
  };
  return { name: 'urbancode-left-stopped', fake, acts: [leaving, comingBack] };
}

/** New worlds for each call: a fake remembers what was done to it. */
export function urbancodeStories(): readonly Story<FakeServers>[] {
  return [goesWell(), continuedAsNew(), abortedThenContinued(), storage(), leftStopped()];
}

/** The main stories, as people and hosts play them; `scripts/record-histories.mjs` writes down what Temporal recorded of each. */
import type { FakeInstallation } from '../workflows/fake-installation.ts';
import type { FakeWorld } from '../workflows/fake-world.ts';
import { unknown } from '../workflows/fake-outcomes.ts';
import { small } from '../workflows/dev-server.ts';
import type { RunningUpgrade } from '../workflows/harness.ts';

export interface Story<World extends FakeWorld = FakeInstallation> {
  readonly name: string;
  readonly fake: World;
  /** Runs of the upgrade, one after another, on the same hosts. */
  readonly acts: readonly ((upgrade: RunningUpgrade<World>) => Promise<void>)[];
  /** Events after which this story's upgrade continues as new. */
  readonly continueAfter?: number;
}

const approvals = { approve: ['start', 'first-host', 'each-host', 'finish'] };

function goesWell(): Story {
  const play = async (upgrade: RunningUpgrade) => {
    await upgrade.waitsFor('start');
    await upgrade.approve('host:om-2');
    await upgrade.throughAll();
    await upgrade.done();
  };
  return { name: 'goes-well', fake: small(approvals), acts: [play] };
}

function daemonsStoppedByHand(): Story {
  const fake = small({ backupDaemons: { for: '2s', attempts: 2, every: '1s', settle: '1s' } });
  Object.assign(fake.host('bkp-1'), { busy: Infinity, obeys: 'nothing' });
  const play = async (upgrade: RunningUpgrade) => {
    await upgrade.answer('backup-daemons', 'stop');
    await upgrade.waitsFor('stop-backup-daemon:bkp-1');
    fake.host('bkp-1').daemon = 'stopped';
    await upgrade.answer('stop-backup-daemon:bkp-1', 'done-by-hand');
    await upgrade.done();
  };
  return { name: 'daemons-stopped-by-hand', fake, acts: [play] };
}

function abortedThenContinued(): Story {
  const fake = small({ approve: ['each-host'] });
  const aborting = async (upgrade: RunningUpgrade) => {
    await upgrade.waitsFor('host:om-2');
    await upgrade.abort('the window is over');
    await upgrade.ended();
  };
  const continuing = async (upgrade: RunningUpgrade) => {
    await upgrade.throughAll();
    await upgrade.done();
  };
  return { name: 'aborted-then-continued', fake, acts: [aborting, continuing] };
}

function held(): Story {
  const play = async (upgrade: RunningUpgrade) => {
    await upgrade.waitsFor('start');
    await upgrade.update('hold', { by: 'anna', reason: 'a call' });
    await upgrade.approve('start');
    await upgrade.until((view) => view.phase === 'upgrading', 'the first host');
    await upgrade.update('resume', { by: 'anna' });
    await upgrade.done();
  };
  return { name: 'held', fake: small({ approve: ['start'] }), acts: [play] };
}

function answeredAfterUnknown(): Story {
  const fake = small();
  fake.fault('installPackage:om-2', (times) => (times === 1 ? unknown('The host was rebooted while it ran.') : undefined));
  const play = async (upgrade: RunningUpgrade) => {
    await upgrade.answer('install:om-2', 'retry');
    await upgrade.done();
  };
  return { name: 'answered-after-unknown', fake, acts: [play] };
}

function continuedAsNew(): Story {
  const play = async (upgrade: RunningUpgrade) => {
    await upgrade.waitsFor('start');
    await upgrade.approve('finish');
    await upgrade.throughAll();
    await upgrade.done();
  };
  return { name: 'continued-as-new', fake: small(approvals), acts: [play], continueAfter: 100 };
}

/** With an API key and a site's own commands. */
function quiesced(): Story {
  const quiesce = { before: 'puppet agent --disable', after: 'puppet agent --enable' };
  const changes = { api: { publicKey: { env: 'OM_PUBLIC' }, privateKey: { env: 'OM_PRIVATE' } } };
  const fake = small({ backupDaemons: { quiesce: '2s', settle: '1s' } }, changes, { quiesce });
  return { name: 'quiesced', fake, acts: [async (upgrade) => { await upgrade.done(); }] };
}

/** New worlds for each call: a fake remembers what was done to it. */
export function stories(): readonly Story[] {
  return [goesWell(), daemonsStoppedByHand(), abortedThenContinued(), held(), answeredAfterUnknown(), continuedAsNew(), quiesced()];
}

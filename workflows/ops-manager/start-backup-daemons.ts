/** Backup Daemons at the end: started one by one, and seen alive some minutes later. */
import { sleep } from '@temporalio/workflow';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import { act } from '../activities.ts';
import type { Upgrade } from './upgrade.ts';
import { duration } from '../runbook/duration.ts';
import { daemonsAlive } from './backup-daemons.ts';
import { hostNamed } from '../steps/backups.ts';
import { oldVersion } from './roll.ts';

const START_LIMIT = '15m';

/** Starts the daemons that ran before, one by one. */
export async function startBackupDaemons(upgrade: Upgrade): Promise<void> {
  for (const host of daemonHosts(upgrade)) await startDaemon(upgrade, host, 'start-backup-daemon', upgrade.installation.target.version);
}

/** Sees them alive after the policy's time; one that stopped itself again is started once more, then it is for a person. */
export async function backupDaemonsAlive(upgrade: Upgrade): Promise<void> {
  const { installation: { policy, target }, journal, record } = upgrade;
  const { settle } = policy.backupDaemons;
  record.note({ step: 'backup daemons', outcome: `looked at again in ${settle}` });
  await settled(settle);
  for (let again = 1; ; again += 1) {
    const dead = await deadDaemons(upgrade);
    if (dead.length === 0) return;
    for (const host of dead) {
      if (again > 1 && !await toBeStarted(upgrade, host)) continue;
      journal.again(`start-backup-daemon-again:${host.name}`);
      await startDaemon(upgrade, host, 'start-backup-daemon-again', target.version);
    }
    await settled(settle);
  }
}

/** Not cut short by an abort: what is seen too early proves nothing, and there is nothing left to abort. */
const settled = (time: string): Promise<void> => sleep(duration(time), { summary: 'before the Backup Daemons are looked at again' });

/** After an abort before the first host was upgraded: the daemons that we stopped run the old version again, each by itself. */
export function oldDaemonStarts(upgrade: Upgrade): readonly (() => Promise<void>)[] {
  return daemonHosts(upgrade).filter((host) => upgrade.journal.mayHaveHappened(`stop-backup-daemon:${host.name}`)).flatMap((host) => {
    const old = oldVersion(upgrade, host);
    return old === undefined ? [] : [() => startDaemon(upgrade, host, 'start-old-backup-daemon', old)];
  });
}

/** Hosts whose daemon a person decided to leave stopped: the report's headline names them. */
export function leftStopped({ journal, installation }: Upgrade): readonly string[] {
  return installation.hosts.map((host) => host.name).filter((name) => journal.isDone(`left-stopped:${name}`));
}

function daemonHosts({ installation, record }: Upgrade): readonly OpsManagerHost[] {
  return record.state.daemonsToStart.map((name) => hostNamed(installation.hosts, name));
}

async function deadDaemons(upgrade: Upgrade): Promise<readonly OpsManagerHost[]> {
  const hosts = daemonHosts(upgrade).filter((host) => !upgrade.journal.isDone(`left-stopped:${host.name}`));
  if (hosts.length === 0) return [];
  const alive = new Set((await daemonsAlive(upgrade, hosts)).filter((each) => each.running === 'yes').map((each) => each.host));
  return hosts.filter((host) => !alive.has(host.name));
}

async function toBeStarted({ journal, operator }: Upgrade, host: OpsManagerHost): Promise<boolean> {
  const { choice } = await operator.ask({
    id: journal.questionId(`backup-daemon-dead:${host.name}`), choices: ['retry', 'leave-stopped'], evidence: '',
    asks: `The Backup Daemon on ${host.name} was started twice and does not stay alive. Read its log there; start it once more, or leave it stopped?`,
  });
  if (choice === 'retry') return true;
  journal.done(`left-stopped:${host.name}`);
  return false;
}

async function startDaemon({ steps }: Upgrade, host: OpsManagerHost, step: string, version: string): Promise<void> {
  await steps.run({
    step, host: host.name, interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: START_LIMIT, title: `start the Backup Daemon on ${host.name}`, act: (attempt, title) => act(title).startBackupDaemon({ host, attempt, version }) }],
  });
}

/**
 * From started to serving. The HTTP port stays closed while migrations run, for minutes or hours, and starting again
 * would kill them: while a migration lives, or may live, the only choices are to wait and to abort.
 */
import type { StartSighting } from '../../activities/ops-manager/contract.ts';
import type { OpsManagerHost } from '../../src/upgrade/installation.ts';
import type { Choice } from '../../src/upgrade/messages.ts';
import { asRecord, asText } from '../../src/upgrade/shape.ts';
import { act, wait } from '../activities.ts';
import { AbortUpgrade } from '../runbook/abort-upgrade.ts';
import type { Upgrade } from './upgrade.ts';
import { bothEnded, succeeded } from '../runbook/step.ts';
import { restarted } from './application.ts';
import { clearToGoDown } from './clear-to-go-down.ts';
import { startSighting } from './start-sighting.ts';
import { backupDaemonsStopped, daemonDownAfterStart, daemonsAlive, stopDaemonOn } from './backup-daemons.ts';

/**
 * The first host enters Upgrade Mode when it starts, and Backup Daemons then stop themselves. If they did not, its start
 * fails or hangs; the vendor's guide: see them stopped, then restart the first instance.
 */
export async function firstHostStarted(upgrade: Upgrade, first: OpsManagerHost): Promise<void> {
  const { journal, steps } = upgrade;
  const id = `first-started:${first.name}`;
  if (journal.isDone(id)) return;
  await steps.asOne(() => startedWithDaemonsDown(upgrade, first));
  journal.done(id);
}

async function startedWithDaemonsDown(upgrade: Upgrade, first: OpsManagerHost): Promise<void> {
  const { installation: { hosts, target: { version } }, record } = upgrade;
  // Its own daemon was stopped before; one that its start brought up is handled as after every start.
  const elsewhere = hosts.filter((host) => host.name !== first.name);
  const aliveAtStart = await daemonsAlive(upgrade, elsewhere);
  // An abort ends the watch of the daemons; the start is seen through, so that a host that comes up can be put back.
  let hangs = false;
  const daemonsDown = async () => {
    const byThemselves = await backupDaemonsStopped(upgrade, elsewhere);
    // Its start waited for daemons that would not go: it is not waited for, unless a migration runs.
    hangs = !byThemselves && (await startSighting(upgrade, first, version)).migrating === 'no';
    return byThemselves;
  };
  const [serves, byThemselves] = await bothEnded([servesInTime(upgrade, first, version, () => hangs), daemonsDown()]);
  await daemonDownAfterStart(upgrade, first);
  if (!byThemselves || (!serves && aliveAtStart.length > 0)) {
    record.note({ step: 'restart', host: first.name, outcome: 'the Backup Daemons are down now; the first host is started again' });
    await noMigration(upgrade, first);
    if (serves) await clearToGoDown(upgrade, first, 'restart'); // the daemons' jobs may have taken hours
    await restarted(upgrade, first);
  }
  await served(upgrade, first, version);
}

/** Waits until the host serves the version; what takes longer than the policy's time, or dies, is a question. */
export async function served(upgrade: Upgrade, host: OpsManagerHost, version: string): Promise<void> {
  while (!await servesInTime(upgrade, host, version)) {
    const { journal, operator } = upgrade;
    let sighting = await startSighting(upgrade, host, version);
    if (sighting.serving === 'yes' && !sighting.keyLost) return;
    if (sighting.keyLost) {
      await stopForLostKey(upgrade, host);
      sighting = { ...await startSighting(upgrade, host, version), keyLost: true };
    }
    const answer = await operator.ask({
      id: journal.questionId(`serving:${host.name}`), asks: asks(host, version, sighting), choices: choicesFor(sighting), evidence: sighting.evidence,
    });
    if (answer.choice === 'abort') throw new AbortUpgrade(`aborted while ${host.name} does not serve ${version}`);
    if (answer.choice === 'retry') {
      await daemonDownAfterStart(upgrade, host); // the start brought it up; the application is not stopped under it
      // The answer may have come hours after the question: what holds now decides.
      const now = await startSighting(upgrade, host, version);
      if (now.serving === 'yes' && !now.keyLost) return;
      if (choicesFor(now).includes('retry')) await restarted(upgrade, host);
    }
    if (answer.choice === 'wait' && answer.for) await operator.pause(answer.for);
  }
}

async function servesInTime({ installation, journal, record, steps }: Upgrade, host: OpsManagerHost, version: string, needless = () => false): Promise<boolean> {
  const { health } = installation.policy;
  record.host(host.name, { state: 'starting', step: `wait until it serves ${version}` });
  const outcome = await steps.within(
    health.within, () => wait(`wait until ${host.name} serves ${version}`).awaitServing({ host, version, health, owner: journal.owner }),
    { interruptible: false, needless },
  );
  const seen = asRecord(outcome); // it may have been typed into the UI: only a sighting counts
  const serves = succeeded(outcome) && asRecord(seen['sighting'])['serving'] === 'yes';
  const otherwise = needless() ? 'not yet; its start is not waited for' : `not within ${health.within}`;
  record.note({ step: 'serving', host: host.name, outcome: serves ? version : asText(seen['outcome']) ?? otherwise });
  if (serves) record.host(host.name, { version });
  return serves;
}

/** Returns once it was seen that no migration runs on the host. */
async function noMigration(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { installation: { target, policy }, journal, operator } = upgrade;
  for (;;) {
    const sighting = await startSighting(upgrade, host, target.version);
    if (sighting.migrating === 'no') return;
    const answer = await operator.ask({
      id: journal.questionId(`migration:${host.name}`),
      asks: `${host.name} must be restarted once the Backup Daemons are down, but its migration ${sighting.migrating === 'yes' ? 'runs' : 'may still run'}. Starting again would kill it.`,
      choices: ['wait', 'abort'], evidence: sighting.evidence,
    });
    if (answer.choice === 'abort') throw new AbortUpgrade(`aborted while the migration of ${host.name} runs`);
    await operator.pause(answer.for ?? policy.health.within);
  }
}

/** A new private key was made because the shared one is gone: what it encrypts others cannot read. Stop, then ask. */
async function stopForLostKey(upgrade: Upgrade, host: OpsManagerHost): Promise<void> {
  const { journal, steps } = upgrade;
  await stopDaemonOn(upgrade, host, { interruptible: false });
  journal.again(`stop-key-lost:${host.name}`);
  await steps.run({
    step: 'stop-key-lost', host: host.name, state: 'stopping', then: 'stopped', interruptible: false, choices: ['retry', 'wait', 'done-by-hand'],
    ways: [{ limit: '30m', title: `stop ${host.name}: its gen.key is lost`, act: (attempt, title) => act(title).stopApplication({ host, attempt }) }],
  });
}

function asks(host: OpsManagerHost, version: string, sighting: StartSighting): string {
  if (sighting.keyLost) return `${host.name} made a new gen.key because the shared one was lost, and was stopped. Put the shared gen.key back (a copy was saved before the upgrade), then retry.`;
  if (sighting.migrating === 'yes') return `${host.name} does not serve ${version} yet: its migration runs. Nothing may restart it. Wait on?`;
  if (sighting.migrating === 'unknown') return `${host.name} does not serve ${version} yet, and whether its migration runs cannot be seen. Nothing may restart it. Wait on?`;
  if (sighting.process === 'no') return `${host.name} does not serve ${version}: its process is gone. Start it again?`;
  return `${host.name} does not serve ${version} yet; no migration runs. Wait on, or start it again?`;
}

function choicesFor(sighting: StartSighting): readonly Choice[] {
  const mayRestart = sighting.migrating === 'no' && sighting.process !== 'unknown';
  return mayRestart ? ['wait', 'retry', 'abort'] : ['wait', 'abort'];
}

/**
 * Watches the application come: its process, its migration, its port, its health, its version.
 *
 * The port stays shut for minutes while the data is migrated, and health may be 200 before. So a start is over only when
 * a process that is younger than the install is healthy several times in a row and serves the version; and it has failed
 * only when nothing of it lives any more, seen twice.
 */
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import { keyLost, stages, tail } from '../../src/products/ops-manager/logs.ts';
import { readEnd, sizeOf } from '../../src/products/linux/keeping.ts';
import type { Process } from '../../src/products/linux/processes.ts';
import { shown } from '../../src/products/ops-manager/processes.ts';
import { unitSays } from '../../src/products/linux/units.ts';
import { ownerOf } from '../../src/products/ops-manager/systemd.ts';
import type { AwaitedStart, OpsManagerLooks, StartSighting } from './contract.ts';
import { beat, notNow } from '../at-work.ts';
import { isKeyLost } from './configuration.ts';
import { atWork, evidenceOf, millisecondsOf, outcome, type HostAtWork } from './host-at-work.ts';
import { askService, describePackage, isNewerThan, isOn, lookAtPackage, lookAtProcesses, secondsSinceInstall } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';
import { journalOf } from './units.ts';

interface Look extends StartSighting {
  /** Nothing of the application lives: no process, no helper, no script. */
  readonly dead: boolean;
  readonly logSize: number;
}

/** One look. `grown` compares the migration log with an earlier look's size. */
async function look(at: HostAtWork, wanted: AwaitedStart, logBefore: number | null): Promise<Look> {
  const [seen, service, size, log] = await Promise.all([
    lookAtProcesses(at), askService(at), migrationLogSize(at), at.look(readEnd(at.layout.logs.startup, 1_000)),
  ]);
  const { application, units } = seen;
  // Where the start goes through a unit, what it says is in the journal; how much of it is in the log, too, is the product's affair.
  const unit = ownerOf('application', units);
  const journal = await journalOf(at, unit), said = journal === '' ? log.stdout : journal;
  const lost = keyLost(log.stdout) || keyLost(journal) || await isKeyLost(at, wanted.owner);
  const grown = logBefore !== null && size > logBefore;
  const wrong = application.process ? await whyNotTheNewOne(at, wanted, application.process) : null;
  const serving = application.running === 'yes' && wrong === null && service.healthy && service.version === wanted.version;
  return {
    process: application.comes ? 'no' : application.running,
    migrating: application.all.some(({ place }) => place === 'migration') || grown ? 'yes' : application.running === 'unknown' && application.all.length === 0 && !application.comes ? 'unknown' : 'no',
    serving: serving ? 'yes' : 'no',
    keyLost: lost,
    version: service.version ?? undefined,
    dead: application.running === 'no',
    logSize: size,
    evidence: evidenceOf(at.ports, [
      `${at.host.name}: ${application.process ? shown(application.process) : application.why}`, wrong ?? '', service.says, unit && application.running !== 'yes' ? unitSays(unit) : '',
      ...stages(said).slice(-8), ...(application.running === 'yes' ? [] : [tail(said, 12)]),
    ].filter((line) => line !== '').join('\n')),
  };
}

async function migrationLogSize(at: HostAtWork): Promise<number> {
  const { code, stdout } = await at.look(sizeOf(at.layout.logs.migration));
  return code === 0 ? Number(stdout) : 0;
}

/** Why this process is not the one that is waited for; null when it is. Ages are compared, so clocks may differ. */
async function whyNotTheNewOne(at: HostAtWork, wanted: AwaitedStart, process: Process): Promise<string | null> {
  const installed = await lookAtPackage(at);
  if (!isOn(installed, wanted.version)) return `The installed package is not ${wanted.version}.`;
  const newer = isNewerThan(process, await secondsSinceInstall(at));
  if (newer !== 'yes') return newer === 'no' ? 'The process was started before the install: it is still the old one.' : 'When the package was unpacked could not be seen.';
  if (wanted.startedAfter === undefined) return null;
  const since = (at.ports.clock.now().getTime() - Date.parse(wanted.startedAfter)) / 1_000;
  return process.age <= since + 2 ? null : `The process was started before ${wanted.startedAfter}: it was not restarted.`;
}

const BETWEEN_LOOKS = 2_000;

/** Looks for a few seconds: long enough to see a log grow and, where it serves, to see health hold. */
export async function lookAtStart(ports: OpsManagerPorts, wanted: AwaitedStart): Promise<StartSighting> {
  const at = atWork(ports, wanted.host);
  let seen = await look(at, wanted, null);
  for (let healthy = seen.serving === 'yes' ? 1 : 0, looks = 1; looks < 2 || (seen.serving === 'yes' && healthy < wanted.health.consecutive); looks += 1) {
    const migrated = seen.migrating;
    await at.pause(seen.serving === 'yes' ? millisecondsOf(wanted.health.every) : BETWEEN_LOOKS);
    const next = await look(at, wanted, seen.logSize);
    seen = { ...next, migrating: migrated === 'yes' ? 'yes' : next.migrating };
    healthy = seen.serving === 'yes' ? healthy + 1 : 0;
  }
  return sighting(seen);
}

/** One look, right before the host would be taken down: people upgrade hosts by hand, too. */
export async function lookAtUpgraded(ports: OpsManagerPorts, { host, version }: Parameters<OpsManagerLooks['lookAtUpgraded']>[0]): ReturnType<OpsManagerLooks['lookAtUpgraded']> {
  const at = atWork(ports, host);
  const [{ application }, installed, service] = await Promise.all([lookAtProcesses(at), lookAtPackage(at), askService(at)]);
  const fresh = application.process ? isNewerThan(application.process, await secondsSinceInstall(at)) : application.running;
  const says = [describePackage(installed), application.process ? shown(application.process) : application.why, service.says];
  const upgraded = isOn(installed, version) && service.healthy && service.version === version ? fresh : 'no';
  return { upgraded, evidence: evidenceOf(ports, `${host.name}: ${says.join('\n')}`) };
}

// One Temporal attempt looks this long before it comes back later: so no slot is held through a migration.
const PATIENCE = 60_000;

export async function awaitServing(ports: OpsManagerPorts, wanted: AwaitedStart): Promise<StepOutcome & { readonly sighting: StartSighting }> {
  const at = atWork(ports, wanted.host);
  let healthy = 0, dead = 0, before: number | null = null;
  for (let waited = 0; ;) {
    const seen = await look(at, wanted, before);
    before = seen.logSize;
    healthy = seen.serving === 'yes' ? healthy + 1 : 0;
    dead = seen.dead && seen.migrating !== 'yes' ? dead + 1 : 0;
    beat({ host: wanted.host.name, healthy, migrating: seen.migrating });
    const end = (is: 'done' | 'failed', says: string) => ({ ...outcome(ports, is, says, seen.evidence), sighting: sighting(seen) });
    if (seen.keyLost) return end('failed', `${wanted.host.name}: the shared gen.key is lost. Stop everything.`);
    if (healthy >= wanted.health.consecutive) return end('done', `${wanted.host.name} serves ${wanted.version}, healthy ${healthy} times in a row.`);
    if (dead >= 3) return end('failed', `${wanted.host.name}: the start is over and nothing of the application lives.`);
    const delay = seen.serving === 'yes' ? millisecondsOf(wanted.health.every) : BETWEEN_LOOKS;
    if (waited >= PATIENCE && healthy === 0 && dead === 0) throw notNow(`${wanted.host.name} does not serve ${wanted.version} yet${seen.migrating === 'yes' ? ': a migration runs' : ''}. ${seen.evidence.slice(0, 300)}`);
    waited += delay;
    await at.pause(delay);
  }
}

function sighting({ process, migrating, serving, keyLost, version, evidence }: Look): StartSighting {
  return { process, migrating, serving, keyLost, version, evidence };
}

/** The host must stay healthy, in its version, the whole time: one look that fails thrice in a row ends it. */
export async function soak(ports: OpsManagerPorts, input: Parameters<OpsManagerLooks['soak']>[0]): Promise<StepOutcome> {
  const at = atWork(ports, input.host);
  const every = millisecondsOf(input.every), total = millisecondsOf(input.for);
  let looks = 0, failed = 0;
  for (let waited = 0; ; waited += every) {
    const service = await askService(at);
    looks += 1;
    failed = service.healthy && service.version === input.version ? 0 : failed + 1;
    beat({ host: input.host.name, soakedMs: waited, looks });
    if (failed >= 3) return outcome(ports, 'failed', `${input.host.name} did not stay healthy: ${service.says} It had been watched for ${Math.round(waited / 1_000)} s.`);
    if (waited >= total && failed === 0) return outcome(ports, 'done', `${input.host.name} stayed healthy on ${input.version} for ${input.for}, ${looks} looks.`);
    await at.pause(every);
  }
}

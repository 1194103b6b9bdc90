/** Installs the staged package over the stopped host. The package's own scripts may start services: looked at again. */
import type { StepOutcome } from '../src/upgrade/outcome.ts';
import { stagedPackage } from '../src/products/ops-manager/layout.ts';
import type { OpsManagerActs } from './contract.ts';
import { notNow, refused } from './at-work.ts';
import { configurationKept } from './configuration.ts';
import { atWork, awaitJob, outcome, runJob, type HostAtWork, type JobEnd } from './host-at-work.ts';
import { describePackage, isOn, lookAtPackage, lookAtProcesses } from './processes.ts';
import { lookAtStaged } from './stage.ts';
import type { OpsManagerPorts } from './ports.ts';

type Install = Parameters<OpsManagerActs['installPackage']>[0];

export async function installPackage(ports: OpsManagerPorts, input: Install): Promise<StepOutcome> {
  const { host, attempt, version } = input;
  const at = atWork(ports, host);
  const job = await at.session.readJob(attempt, tryName(1), { signal: at.signal });
  const begun = job.state !== 'absent';
  if (attempt.mode === 'look' && job.state === 'running') return outcome(ports, 'unknown', `${host.name}: the installation still runs.`);
  if (attempt.mode === 'look' && begun) return unknownUnlessProven(await prove(at, input, 'already'));
  if (attempt.mode === 'look' || (!begun && isOn(await lookAtPackage(at), version))) return prove(at, input, 'already');
  const why = begun ? null : await whyNotInstall(at, input);
  if (why) return why;
  const ended = await install(at, input);
  return prove(at, input, 'done', ended);
}

/** What was begun and is not proven may have left anything on the disk: that is for a person, never "not begun". */
function unknownUnlessProven(seen: StepOutcome): StepOutcome {
  return seen.outcome === 'already' ? seen : { ...seen, outcome: 'unknown' };
}

async function whyNotInstall(at: HostAtWork, input: Install): Promise<StepOutcome | null> {
  const { application, daemon } = await lookAtProcesses(at);
  for (const part of [application, daemon]) {
    if (part.running !== 'no') return outcome(at.ports, part.running === 'yes' ? 'failed' : 'unknown', `${at.host.name} is not stopped: ${part.why} Nothing was installed.`);
  }
  const staged = await lookAtStaged(at, input);
  return staged.right ? null : outcome(at.ports, 'failed', staged.says, 'Nothing was installed.');
}

const tryName = (n: number): string => `install-${n}`;

/**
 * Another package manager at work makes ours end at once, having done nothing: that is "not now". The job has
 * then ended for good, so the next try is a job of the next name. Only such an end leads to another one.
 */
async function install(at: HostAtWork, { attempt, package: target }: Install): Promise<JobEnd> {
  const { isLockedOut, name, install: typed } = at.commands.package;
  const command = typed(stagedPackage(target.sha256));
  for (let n = 1; ; n += 1) {
    const seen = await at.session.readJob(attempt, tryName(n), { signal: at.signal });
    if (seen.state === 'refused') throw refused(`${at.host.name} did not run the step: ${seen.why}`);
    if (seen.state === 'absent') {
      const ended = await runJob(at, attempt, { name: tryName(n), command });
      if (isLockedOut(ended.output)) throw notNow(`${at.host.name}: another package manager is at work and holds ${name}'s lock; nothing was installed yet.`, '15s');
      return ended;
    }
    const ended = await awaitJob(at, attempt, tryName(n), seen);
    if (ended === null) throw notNow(`${at.host.name}: the installation still runs.`);
    if (!isLockedOut(ended.output)) return ended;
  }
}

/** Package, configuration, and that nothing was started. */
async function prove(at: HostAtWork, { version, attempt }: Install, when: 'done' | 'already', ended?: JobEnd): Promise<StepOutcome> {
  const installed = await lookAtPackage(at);
  const said = ended ? [ended.says] : [];
  if (!isOn(installed, version)) {
    const is = ended?.state === 'lost' || installed === 'unknown' ? 'unknown' : 'failed';
    return outcome(at.ports, is, `${at.host.name}: ${describePackage(installed)} Expected was ${version}.`, ...said, ended?.output ?? '');
  }
  const configuration = await configurationKept(at, attempt.owner);
  if (!configuration.kept) return outcome(at.ports, 'failed', `${at.host.name}: ${version} is installed, but the configuration is not as it was saved.`, configuration.says);
  const { application, daemon } = await lookAtProcesses(at);
  for (const part of [application, daemon]) {
    if (part.running !== 'no') return outcome(at.ports, part.running === 'yes' ? 'failed' : 'unknown', `${at.host.name}: ${version} is installed, but something was started: ${part.why}`);
  }
  return outcome(at.ports, when, `${at.host.name}: ${describePackage(installed)} Nothing runs.`, ...said, configuration.says);
}

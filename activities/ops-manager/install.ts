/** Installs the staged package over the stopped host. The package's own scripts may start services: looked at again. */
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import type { OpsManagerActs } from './contract.ts';
import { configurationKept } from './configuration.ts';
import { atWork, outcome, type HostAtWork, type JobEnd } from './host-at-work.ts';
import { leftAtBoot } from './at-boot.ts';
import { installerOf } from './installer.ts';
import { describePackage, isOn, lookAtPackage, notStopped } from './processes.ts';
import type { OpsManagerPorts } from './ports.ts';

type Install = Parameters<OpsManagerActs['installPackage']>[0];
type Installation = Awaited<ReturnType<OpsManagerActs['installPackage']>>;

export async function installPackage(ports: OpsManagerPorts, input: Install): Promise<Installation> {
  const { host, attempt, version } = input;
  const at = atWork(ports, host);
  const installer = installerOf(at);
  const progress = await installer.progress(attempt), begun = progress !== 'absent';
  if (attempt.mode === 'look' && progress === 'running') return outcome(ports, 'unknown', `${host.name}: the installation still runs.`);
  if (attempt.mode === 'look' && begun) return unknownUnlessProven(await prove(at, input, 'already'));
  if (attempt.mode === 'look' || (!begun && isOn(await lookAtPackage(at), version))) return prove(at, input, 'already');
  const why = begun ? null : await whyNotInstall(at, input);
  if (why) return why;
  const ended = await installer.install(attempt, input);
  return prove(at, input, 'done', ended);
}

/** What was begun and is not proven may have left anything on the disk: that is for a person, never "not begun". */
function unknownUnlessProven(seen: Installation): Installation {
  return seen.outcome === 'already' ? seen : { ...seen, outcome: 'unknown' };
}

async function whyNotInstall(at: HostAtWork, input: Install): Promise<StepOutcome | null> {
  const living = await notStopped(at);
  if (living) return outcome(at.ports, living.running === 'yes' ? 'failed' : 'unknown', `${at.host.name} is not stopped: ${living.why} Nothing was installed.`);
  const why = await installerOf(at).whyNotInstall(input);
  return why === null ? null : outcome(at.ports, 'failed', why, 'Nothing was installed.');
}

/** Package, configuration, and that nothing was started. */
async function prove(at: HostAtWork, { version, attempt, package: target, units }: Install, when: 'done' | 'already', ended?: JobEnd): Promise<Installation> {
  const installed = await lookAtPackage(at);
  const said = ended ? [ended.says] : [];
  if (!isOn(installed, version)) {
    const is = ended?.state === 'lost' || installed === 'unknown' ? 'unknown' : 'failed';
    const unfinished = typeof installed === 'object' && installed.state === 'unfinished';
    return { ...outcome(at.ports, is, `${at.host.name}: ${describePackage(installed)} Expected was ${version}.`, ...said, ended?.output ?? ''), unfinished };
  }
  const configuration = await configurationKept(at, attempt.owner);
  if (!configuration.kept) return outcome(at.ports, 'failed', `${at.host.name}: ${version} is installed, but the configuration is not as it was saved.`, configuration.says);
  const living = await notStopped(at);
  if (living) return outcome(at.ports, living.running === 'yes' ? 'failed' : 'unknown', `${at.host.name}: ${version} is installed, but something was started: ${living.why}`);
  const boot = await leftAtBoot(at, attempt, units);
  if (!boot.right) return outcome(at.ports, 'failed', `${at.host.name}: ${version} is installed, but not all is as it was at boot. ${boot.says}`, ...said);
  return outcome(at.ports, when, `${at.host.name}: ${describePackage(installed)} Nothing runs.`, boot.says, ...said, await installerOf(at).kept({ version, package: target }), configuration.says);
}

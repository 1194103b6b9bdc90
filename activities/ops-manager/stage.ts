/** Brings the package to a host, proves that it is the right one, and clears away at the end. Nothing is stopped here. */
import type { StepOutcome } from '../../src/upgrade/outcome.ts';
import { removePackages } from '../../src/products/linux/keeping.ts';
import { clearAway, takeInPackage } from '../staging.ts';
import type { OnHost, OpsManagerActs } from './contract.ts';
import { atWork, outcome, type HostAtWork } from './host-at-work.ts';
import { installerOf } from './installer.ts';
import type { OpsManagerPorts } from './ports.ts';
import { lookAtFile, type Seen } from './staged-file.ts';

type Stage = Parameters<OpsManagerActs['stagePackage']>[0];

export async function stagePackage(ports: OpsManagerPorts, input: Stage): Promise<StepOutcome> {
  const { host, attempt } = input;
  const at = atWork(ports, host);
  const before = await lookAtStaged(at, input);
  if (before.right) return outcome(ports, 'already', before.says);
  if (attempt.mode === 'look') return outcome(ports, 'failed', before.says);
  const taken = await takeInPackage(at, attempt, input.package);
  const ended = await installerOf(at).prepare(attempt, input) ?? taken;
  const after = await lookAtStaged(at, input);
  return after.right ? outcome(ports, 'done', after.says) : outcome(ports, ended.state === 'lost' ? 'unknown' : 'failed', ended.says, ended.output, after.says);
}

/** The file, then what its way of installing needs before a host is stopped. */
async function lookAtStaged(at: HostAtWork, input: Stage): Promise<Seen> {
  const file = await lookAtFile(at, input);
  if (!file.right) return file;
  const ready = await installerOf(at).lookAtStaged(input);
  return ready.right ? { right: true, says: `${file.says}, ${ready.says}.` } : ready;
}

/** The saved configuration stays. */
export async function cleanUp(ports: OpsManagerPorts, { host, attempt }: OnHost): Promise<StepOutcome> {
  return clearAway(atWork(ports, host), attempt, { removes: [removePackages()], stays: 'The saved configuration stays.' });
}

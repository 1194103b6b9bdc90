/** A host that could not be upgraded after the first: it may stay behind, proven down and out of the load balancer, while the others serve. */
import type { UrbancodeDeployHost } from '../../src/upgrade/installation-urbancode.ts';
import { stoppedAgain } from './stop.ts';
import type { Upgrade } from './upgrade.ts';

/** Thrown where a person chose so; caught around the host's turn. */
export class LeaveStopped extends Error {
  override readonly name = 'LeaveStopped';

  constructor(host: UrbancodeDeployHost) {
    super(`${host.name} is left stopped`);
  }
}

export async function orLeftStopped(upgrade: Upgrade, host: UrbancodeDeployHost, turn: () => Promise<void>): Promise<void> {
  if (isLeft(upgrade, host)) return;
  try {
    await turn();
  } catch (error) {
    if (!(error instanceof LeaveStopped)) throw error;
    await upgrade.steps.asOne(() => stoppedAgain(upgrade, host)); // what the person chose is in no state yet
    upgrade.record.state.leftStopped.push(host.name);
    upgrade.record.host(host.name, { state: 'left-stopped', step: undefined });
    upgrade.record.note({ step: 'leave stopped', host: host.name, outcome: 'proven down; the others go on without it' });
  }
}

export function isLeft({ record }: Upgrade, { name }: UrbancodeDeployHost): boolean {
  return record.state.leftStopped.includes(name);
}

/** One worker for many upgrades: every activity is answered by the fake installation whose upgrade it belongs to. */
import { Context } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import type { OpsManagerActivities } from '../../activities/ops-manager/contract.ts';
import { FakeInstallation } from './fake-installation.ts';
import { installation, upgradeId } from './harness.ts';
import { workflowBuild } from './one-build.ts';

export class Fakes {
  readonly #byUpgrade = new Map<string, OpsManagerActivities>();

  serve(fake: FakeInstallation): void {
    this.#byUpgrade.set(upgradeId(fake), fake.activities());
  }

  activities(): Record<string, (input: never) => Promise<unknown>> {
    const names = Object.keys(new FakeInstallation(installation()).activities()) as (keyof OpsManagerActivities)[];
    return Object.fromEntries(names.map((name) => [name, async (input: never) => {
      const { workflowId } = Context.current().info.workflowExecution ?? {};
      const activities = this.#byUpgrade.get(workflowId ?? '');
      if (!activities) throw new Error(`no fake installation for ${workflowId}`);
      return activities[name](input);
    }]));
  }
}

/** What an upgrade left in Temporal. */
export interface Ran { readonly workflowId: string; readonly history: unknown }

/** Runs the workflow code of today over histories; throws, naming the upgrade, when it would now do something else. */
export async function replayed(histories: readonly Ran[]): Promise<void> {
  const deviating: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: (await workflowBuild()).bundle }, histories)) {
    if (error) deviating.push(`${workflowId}: ${error.message}`);
  }
  if (deviating.length > 0) throw new Error(`Replayed, these did something else:\n${deviating.join('\n')}`);
}

/** One worker for many upgrades: every activity is answered by the fake installation whose upgrade it belongs to. */
import { Context } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import type { FakeWorld } from './fake-world.ts';
import { upgradeId } from './harness.ts';
import { workflowBuild } from './one-build.ts';

type Activities = Record<string, (input: never) => Promise<unknown>>;

export class Fakes {
  readonly #byUpgrade = new Map<string, Activities>();

  serve(fake: FakeWorld): void {
    this.#byUpgrade.set(upgradeId(fake), fake.activities() as Activities);
  }

  /** Whatever is asked for, by any product's runbook. */
  activities(): Activities {
    return {
      default: async (input: never) => {
        const { workflowExecution, activityType } = Context.current().info;
        const asked = this.#byUpgrade.get(workflowExecution?.workflowId ?? '')?.[activityType];
        if (!asked) throw new Error(`no fake installation answers ${activityType} of ${workflowExecution?.workflowId}`);
        return asked(input);
      },
    };
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

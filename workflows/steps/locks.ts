/** The lock on all hosts or on none. While it is there the hosts know whose upgrade is at work. */
import type { Reachable } from '../../src/upgrade/installation.ts';
import { act } from '../activities.ts';
import type { Upgrade } from '../runbook/conduct.ts';

/** Short steps: this long means that something is wrong. */
const LIMIT = '10m';

/** Windows hosts are only looked at: nothing is run there that a lock would hold back. */
function lockable({ hosts }: Upgrade['installation']): readonly Reachable[] {
  const all: readonly (Reachable & { readonly platform: string })[] = hosts;
  return all.filter(({ platform }) => platform !== 'windows');
}

export async function locked({ installation, record, steps }: Upgrade): Promise<void> {
  await steps.run({
    step: 'lock', interruptible: true, choices: ['retry'],
    ways: [{ limit: LIMIT, title: 'take the lock on every host', act: (attempt, title) => act(title).takeLocks({ hosts: lockable(installation), attempt }) }],
  });
  record.state.locked = true;
}

/** Also after a lock that was not seen to be taken: some hosts may have it. */
export async function unlocked({ installation, journal, record, steps }: Upgrade): Promise<void> {
  if (!journal.mayHaveHappened('lock')) return;
  await steps.run({
    step: 'unlock', interruptible: false, choices: ['retry'],
    ways: [{ limit: LIMIT, title: 'take the locks off', act: (attempt, title) => act(title).releaseLocks({ hosts: lockable(installation), attempt }) }],
  });
  record.state.locked = false;
}

/** Whose lock a load balancer's change is compared with, where the host itself has none. */
export function lockOf({ installation }: Upgrade, { name }: Reachable): { readonly lockedOn?: Reachable } {
  const locked = lockable(installation), [first] = locked;
  return first === undefined || locked.some((host) => host.name === name) ? {} : { lockedOn: first };
}

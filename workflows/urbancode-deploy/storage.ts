/**
 * Below 6.1.1.5 application data is under each install dir, linked to the network storage. A person moves it to the new
 * layout, because only the site knows how its storage is mounted; the exact moves are shown, and each entry is proven.
 */
import { act, look } from '../activities.ts';
import { didServe, factsOf, type Upgrade } from './upgrade.ts';

export function isOldLayout(upgrade: Upgrade): boolean {
  return upgrade.installation.hosts.some((host) => factsOf(upgrade, host)?.layout === 'below-install-dir');
}

const SHOWN = 'storage-moves-shown';

/** A person was shown what to move, by this run or by an earlier one that left all down, and may have begun: an old server would not find its data, and make new keys. */
export function mayBeMoved(upgrade: Upgrade): boolean {
  return upgrade.journal.isDone(SHOWN) || (isOldLayout(upgrade) && !didServe(upgrade));
}

export async function storageMoved(upgrade: Upgrade): Promise<void> {
  const { installation, journal, operator, steps } = upgrade;
  if (!isOldLayout(upgrade) || journal.isDone('storage')) return;
  const seen = await steps.look({
    step: 'storage-moves', asks: 'What is to be moved',
    look: () => look('what of the old layout is to be moved?').lookAtStorage({ installation }),
    isSeen: (value): value is { outcome: string; evidence: string } => typeof (value as { evidence?: unknown } | null)?.evidence === 'string',
  });
  journal.done(SHOWN); // a person may begin at any moment from here on
  await operator.gate('storage', `Move application data to ${installation.appData} as shown, on the network storage. Approve when it is done: every entry is looked at then.`, seen.evidence);
  await steps.run({
    step: 'storage', interruptible: true, choices: ['retry', 'done-by-hand'],
    asks: () => `Not all of the old layout is in ${installation.appData} yet. Move what is named below, then answer "done-by-hand": it is looked at again.`,
    ways: [{ limit: '10m', title: `see all of application data in ${installation.appData}`, act: (attempt, title) => act(title).proveStorage({ installation, attempt }) }],
  });
}

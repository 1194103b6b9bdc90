/** Before something that takes service away: the last moment at which a hold leaves all as it is. */
import type { Upgrade } from '../runbook/conduct.ts';

/** What was begun is not stopped by a hold any more, and its abort is listened to inside it, where the way back is known. */
export async function mayBegin({ journal, operator }: Upgrade, what: string): Promise<void> {
  if (isBegun({ journal }, what)) return;
  await operator.mayGoOn('host');
  operator.throwIfAborting();
  journal.done(`begin:${what}`);
}

export function isBegun({ journal }: Pick<Upgrade, 'journal'>, what: string): boolean {
  return journal.isDone(`begin:${what}`);
}

/** Every command that sudo will be asked to run on one host, as the host was seen. */
import { asLogin, type Command } from '../../../src/upgrade/command.ts';
import type { Package } from '../../../src/upgrade/installation.ts';
import type { LockOwner } from '../../../src/upgrade/outcome.ts';
import { rootCommands } from '../../../src/products/ops-manager/root-commands.ts';
import { isRefusal } from '../../at-work.ts';
import { findKey } from '../configuration.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { homeOf } from '../../staging.ts';
import { lookAtUnits } from '../units.ts';

/** What the upgrade puts on the host. */
interface Target { readonly package: Package | undefined; readonly version: string }

export async function neededCommands(at: HostAtWork, { firstExecutionRunId }: LockOwner, { package: target, version }: Target): Promise<readonly Command[]> {
  const home = await homeOf(at), units = await lookAtUnits(at);
  const commands = rootCommands({ host: at.host, target, version, units: units === 'unknown' ? undefined : units, varying: { firstExecutionRunId, home, key: await readKeyPath(at), pid: '1' } });
  const there = await Promise.all(commands.map(async ({ ifThere }) => ifThere === undefined || (await at.look(asLogin('ls', '-1', ifThere))).code === 0));
  return commands.filter((_, index) => there[index]).map(({ command }) => command);
}

/** Where mms.conf puts the key; undefined, and so taken for the product's own place, where sudo does not let it be read. */
async function readKeyPath(at: HostAtWork): Promise<string | undefined> {
  try {
    return await findKey(at) ?? undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

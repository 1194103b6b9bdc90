/** A package may enable a unit that the site had disabled, or the other way round: systemd is told again what it did at boot before. */
import { setAtBoot, unitAtBoot, type Unit } from '../../src/products/linux/units.ts';
import { SERVICES } from '../../src/products/ops-manager/systemd.ts';
import type { Attempt, Seen } from '../../src/upgrade/outcome.ts';
import type { OwningUnits } from '../../src/upgrade/plan.ts';
import { runJob, type HostAtWork } from './host-at-work.ts';
import { lookAtUnits } from './units.ts';

interface Changed { readonly unit: Unit; readonly before: Extract<Seen, 'yes' | 'no'> }

/** Only looks where the attempt only looks. `says` is empty where nothing had been changed. */
export async function leftAtBoot(at: HostAtWork, attempt: Attempt, before: OwningUnits | undefined): Promise<{ readonly right: boolean; readonly says: string }> {
  if (before === undefined) return { right: true, says: '' };
  const changed = await changedSince(at, before);
  if (changed === 'unknown') return { right: false, says: 'systemd does not tell what it starts at boot.' };
  if (attempt.mode === 'act') for (const { unit, before: was } of changed) await runJob(at, attempt, { name: `boot-${unit.name}`, command: setAtBoot(unit, was) });
  const left = changed.length === 0 || attempt.mode === 'look' ? changed : await changedSince(at, before);
  const words = (each: readonly Changed[]): string => each.map(({ unit, before: was }) => `${unit.name} ${was === 'yes' ? 'enabled' : 'disabled'}`).join(', ');
  if (left === 'unknown' || left.length > 0) return { right: false, says: `Before the install were: ${words(left === 'unknown' ? changed : left)}.` };
  return { right: true, says: changed.length === 0 ? '' : `As before the install, at boot: ${words(changed)}. The package had changed that.` };
}

async function changedSince(at: HostAtWork, before: OwningUnits): Promise<readonly Changed[] | 'unknown'> {
  const units = await lookAtUnits(at);
  if (units === 'unknown') return 'unknown';
  return SERVICES.flatMap((service) => {
    const unit = units[service], was = before[service]?.atBoot;
    const now = unit && unitAtBoot(unit);
    return unit && now && now !== 'unknown' && (was === 'yes' || was === 'no') && was !== now ? [{ unit, before: was }] : [];
  });
}

/** What systemd would do with the services of one host, and how it stands at boot. */
import { judgeUnits } from '../../../src/products/ops-manager/judge-units.ts';
import { showFiles, unitAtBoot } from '../../../src/products/linux/units.ts';
import { SERVICES, type Service, type Units } from '../../../src/products/ops-manager/systemd.ts';
import type { Finding, OwningUnits } from '../../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import type { ProcessSighting } from '../processes.ts';
import { about } from '../../preflight/finding.ts';

export async function checkUnits(at: HostAtWork, { units, application, daemon }: ProcessSighting): Promise<readonly Finding[]> {
  const { name, roles, service } = at.host;
  if (units === 'unknown') return [about('systemd', name).unknown(`systemd on ${name} did not tell about its units; services are started and stopped by service, which finds them.`)];
  const files = await Promise.all(SERVICES.map(async (each): Promise<[Service, string]> => {
    const unit = units[each];
    return [each, unit === null ? '' : (await at.look(showFiles(unit.name))).stdout];
  }));
  return judgeUnits({
    host: name, units, files: Object.fromEntries(files), running: { application: application.running, backupDaemon: daemon.running },
    needed: [...(roles.includes('application') ? ['application'] as const : []), ...(daemon.running === 'yes' ? ['backupDaemon'] as const : [])],
    own: [...(service?.start === undefined ? [] : ['application'] as const), ...(service?.backupDaemon === undefined ? [] : ['backupDaemon'] as const)],
  });
}

/** The units that own services here; what only boot links tell is left out, because no install changes those. */
export function owningUnits(units: Units | 'unknown'): OwningUnits | undefined {
  if (units === 'unknown') return undefined;
  const owning = SERVICES.flatMap((service) => {
    const unit = units[service];
    return unit === null ? [] : [[service, { name: unit.name, atBoot: unitAtBoot(unit) ?? 'unknown' }] as const];
  });
  return owning.length === 0 ? undefined : Object.fromEntries(owning);
}

/**
 * Can the probe see? Later "nothing found" will prove that a process is gone, so now, while things run, the very same
 * probe must find them. A host where something else shows that the product lives, and the probe does not, is blind.
 */
import type { Command } from '../../../src/upgrade/command.ts';
import { readFile } from '../../../src/products/linux/keeping.ts';
import { canSee } from '../../../src/products/linux/processes.ts';
import type { Unit } from '../../../src/products/linux/units.ts';
import { ownerOf } from '../../../src/products/ops-manager/systemd.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { ownUrl } from '../ask-host.ts';
import type { HostAtWork } from '../host-at-work.ts';
import type { ProcessSighting, Service } from '../processes.ts';
import { about } from '../../preflight/finding.ts';

export async function checkProbe(at: HostAtWork, seen: ProcessSighting, service: Service): Promise<readonly Finding[]> {
  const probe = about('process probe', at.host.name);
  if (!canSee(seen.processes)) {
    return [probe.refused(`The process list of ${at.host.name} is blind: process 1 is not in it, read as root. Let sudo run ps outside of any sandbox or hidepid.`)];
  }
  const blind = (what: string, because: string): Finding => probe.refused(`The process list of ${at.host.name} is blind: ${because}, but no process of ${what} is in it. "Stopped" could never be proven; look with: sudo ps -eww -o args=`);
  const findings: Finding[] = [];
  const application = await signOfLife(at, seen.application.running, { answers: service.answers, pid: seen.pids.application, status: at.commands.application.status, unit: ownerOf('application', seen.units) });
  if (application) findings.push(blind('the application', application));
  const daemon = await signOfLife(at, seen.daemon.running, { answers: false, pid: seen.pids.daemon, status: at.commands.backupDaemon.status, unit: ownerOf('backupDaemon', seen.units) });
  if (daemon) findings.push(blind('the Backup Daemon', daemon));
  return findings.length > 0 ? findings : [probe.ok(`${seen.processes.length} processes seen. ${seen.application.why} ${seen.daemon.why}`)];
}

interface Signs { readonly answers: boolean; readonly pid: number | null; readonly status: Command; readonly unit: Unit | null }

/** What else shows that it lives although the list does not; null when nothing does or the list does. */
async function signOfLife(at: HostAtWork, running: 'yes' | 'no' | 'unknown', { answers, pid, status, unit }: Signs): Promise<string | null> {
  if (running === 'yes') return null;
  if (answers && at.host.roles.includes('application')) return `${await ownUrl(at)} answers`;
  // systemd's own status of a unit that was made from an init script is "active" long after its process has ended.
  if (unit ? unit.sub === 'running' : (await at.look(status)).code === 0) return unit ? `systemd says that ${unit.name} runs` : `"${status.argv.join(' ')}" says that it runs`;
  if (pid !== null && (await at.look(readFile(`/proc/${pid}/cmdline`))).stdout.includes('-Dapp-id=')) return `its pid file names the living process ${pid}`;
  return null;
}

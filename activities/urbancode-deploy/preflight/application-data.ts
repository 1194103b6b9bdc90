/**
 * Application data: the same path on every host, one folder behind it, and writable by the user of the installer there. Each
 * host writes a file of its own into it; the others must see it; then all are removed.
 */
import { probeFile, removeProbe, seeProbe, writeProbe } from '../../../src/products/urbancode-deploy/commands.ts';
import { trimmed } from '../../../src/products/linux/paths.ts';
import { hasAppData } from '../../../src/products/urbancode-deploy/versions.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { about } from '../../preflight/finding.ts';
import { until } from '../../host-at-work.ts';
import type { HostAtWork } from '../host-at-work.ts';
import type { InstallDir } from './install-dir.ts';

/** By the server's own word. Of below 6.1.1.5 it is below the install dir, and a person moves it while all are down. */
export function checkDataPath({ host, layout }: HostAtWork, { properties, installed }: InstallDir, appData: string): readonly Finding[] {
  const data = about('application data', host.name);
  if (properties === null) return [];
  if (properties.appData === null) {
    const odd = installed !== null && hasAppData(installed) ? ` (although ${installed} is installed, whose layout is another)` : '';
    return [data.warning(`Application data of ${host.name} is below ${layout.installDir}, in the layout of below 6.1.1.5${odd}: while all servers are down a person moves it to ${trimmed(appData)}, as gate "storage" shows.`)];
  }
  return [properties.appData === trimmed(appData) ? data.ok(`It is ${properties.appData}.`)
    : data.refused(`Application data of ${host.name} is ${properties.appData} by its server.appdata.dir, and the file says appData: ${appData}: all servers share one folder under one path. Correct the file, or the server.`)];
}

/** Network file systems show what others wrote after a moment. */
const SEEN_WITHIN = 10_000;

/** `run`: the upgrade's first run, so that nobody else's file is taken for ours. */
export async function checkOneFolder(hosts: readonly HostAtWork[], { appData, run }: { readonly appData: string; readonly run: string }): Promise<readonly Finding[]> {
  const probes = hosts.map((at) => ({ at, file: probeFile(appData, `${run}-${at.host.name}`), data: about('application data', at.host.name) }));
  const written = await Promise.all(probes.map(async (probe) => ({ ...probe, wrote: await probe.at.look(writeProbe(probe.at.host, probe.file)) })));
  const there = written.filter(({ wrote }) => wrote.code === 0);
  const findings = await Promise.all(written.map(async ({ at, data, wrote }): Promise<Finding> => {
    if (wrote.code !== 0) return data.refused(`${at.host.runAs} may not write to ${appData} on ${at.host.name}: ${wrote.stderr.trim().slice(0, 200) || 'no answer'}. Mount the shared storage there, and let that user write to it.`);
    const unseen = await Promise.all(there.map(async (other) => {
      const seen = await until(at, () => at.look(seeProbe(at.host, other.file)), ({ code }) => code === 0, SEEN_WITHIN);
      return seen.code === 0 ? [] : [other.at.host.name];
    }));
    const apart = unseen.flat();
    return apart.length === 0 ? data.ok(`${at.host.runAs} may write to ${appData}, and what the others write there is seen.`)
      : data.refused(`${appData} on ${at.host.name} is not the folder that ${apart.join(' and ')} ${apart.length === 1 ? 'has' : 'have'} there: all servers must share one. Mount the same storage on every host.`);
  }));
  const left = await Promise.all(written.map(async ({ at, data, file }): Promise<readonly Finding[]> => {
    const { code } = await at.look(removeProbe(at.host, file));
    return code === 0 ? [] : [data.warning(`The probe file ${file} could not be removed on ${at.host.name}: remove it by hand.`)];
  }));
  return [...findings, ...left.flat()];
}

/** Is there room for the package, its unpacked tree and the old one beside it? */
import { asLogin } from '../../src/upgrade/command.ts';
import { KEPT } from '../../src/products/ops-manager/layout.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { about } from './finding.ts';

const GIGABYTE = 1024 ** 3;

/** Three times the package, because dpkg keeps old and new files side by side until it is done, plus 1 GB for the logs. */
export function roomNeeded(packageBytes: number): number {
  return packageBytes * 3 + GIGABYTE;
}

/** Free bytes of the file system in `df -Pk`; null when it cannot be read. */
export function freeBytes(listing: string): number | null {
  const free = /^\S.*?\s+\d+\s+\d+\s+(\d+)\s+\d+%\s+\//m.exec(listing)?.[1];
  return free === undefined ? null : Number(free) * 1024;
}

export async function checkRoom(at: HostAtWork, packageBytes: number): Promise<readonly Finding[]> {
  const disk = about('disk', at.host.name);
  const needed = roomNeeded(packageBytes);
  const gigabytes = (bytes: number): string => `${(bytes / GIGABYTE).toFixed(1)} GB`;
  const staging = KEPT.slice(0, KEPT.lastIndexOf('/')); // Lockkeeper's own folder may not be there yet
  return Promise.all([at.layout.installDir, staging].map(async (folder) => {
    const { stdout } = await at.look(asLogin('df', '-Pk', '--', folder));
    const free = freeBytes(stdout);
    if (free === null) return disk.unknown(`The room below ${folder} on ${at.host.name} could not be seen; ${gigabytes(needed)} are needed.`);
    return free >= needed ? disk.ok(`${gigabytes(free)} are free below ${folder}, ${gigabytes(needed)} are needed.`)
      : disk.refused(`Only ${gigabytes(free)} are free below ${folder} on ${at.host.name}, and ${gigabytes(needed)} are needed: make room there.`);
  }));
}

/** Is there room for the package, its unpacked tree and the old one beside it? */
import { asLogin } from '../../src/upgrade/command.ts';
import { STATE_FOLDER } from '../../src/upgrade/state-folder.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { about } from './finding.ts';

const GIGABYTE = 1024 ** 3;

/** Three times the package, because a package manager keeps old and new files side by side until it is done, plus 1 GB for the logs. */
export function roomNeeded(packageBytes: number): number {
  return packageBytes * 3 + GIGABYTE;
}

/** The file systems in `df -Pk`, one a line: where each is mounted, and its free bytes. */
export function fileSystems(listing: string): ReadonlyMap<string, number> {
  return new Map([...listing.matchAll(/^\S.*?\s+\d+\s+\d+\s+(\d+)\s+\d+%\s+(\/.*)$/gm)].map(([, free, mount]) => [mount!, Number(free) * 1024]));
}

/** `unpacksIn`: where an install puts its files, on the host. */
export async function checkRoom(at: HostAtWork, packageBytes: number, unpacksIn: string): Promise<readonly Finding[]> {
  const disk = about('disk', at.host.name);
  const needed = roomNeeded(packageBytes);
  const gigabytes = (bytes: number): string => `${(bytes / GIGABYTE).toFixed(1)} GB`;
  // Lockkeeper's own folder may not be there yet; the one above it always is. Both may be on one file system.
  const folders = [unpacksIn, STATE_FOLDER.slice(0, STATE_FOLDER.lastIndexOf('/'))];
  const { stdout } = await at.look(asLogin('df', '-Pk', '--', ...folders));
  const seen = fileSystems(stdout);
  if (seen.size === 0) return [disk.unknown(`The room below ${folders.join(' and ')} on ${at.host.name} could not be seen; ${gigabytes(needed)} are needed.`)];
  return [...seen].map(([mount, free]) => free >= needed
    ? disk.ok(`${gigabytes(free)} are free on ${mount}, ${gigabytes(needed)} are needed.`)
    : disk.refused(`Only ${gigabytes(free)} are free on ${mount} of ${at.host.name}, and ${gigabytes(needed)} are needed: make room there.`));
}

import { asArray, asRecord, asText } from './shape.ts';

/** A Backup Daemon as Ops Manager's API names it: one machine may serve several, each with a head directory of its own. */
export interface ManagedDaemon {
  readonly machine: string;
  readonly headRootDirectory: string;
}

/** For people: "bkp-1 (/data/backup/)". */
export function nameOf({ machine, headRootDirectory }: ManagedDaemon): string {
  return `${machine} (${headRootDirectory})`;
}

export function isSameDaemon(a: ManagedDaemon, b: ManagedDaemon): boolean {
  return a.machine === b.machine && a.headRootDirectory === b.headRootDirectory;
}

/** Each daemon once. */
export function everyDaemon(...lists: readonly (readonly ManagedDaemon[])[]): readonly ManagedDaemon[] {
  return lists.flat().reduce<readonly ManagedDaemon[]>((all, each) => (all.some((known) => isSameDaemon(known, each)) ? all : [...all, each]), []);
}

/** Reads names that came from elsewhere; what does not fit is left out. */
export function daemonsIn(value: unknown): readonly ManagedDaemon[] {
  return asArray(value).map(asRecord).flatMap(({ machine, headRootDirectory }) => {
    const [where, head] = [asText(machine), asText(headRootDirectory)];
    return where && head ? [{ machine: where, headRootDirectory: head }] : [];
  });
}

/** How a person switches their backup jobs on, in the application's own pages. */
export function onByHand(daemons: readonly ManagedDaemon[]): string {
  return `By hand, once Ops Manager takes writes: Admin, Backup, Daemons, tick "Backup Jobs" of ${daemons.map(nameOf).join(', ')}.`;
}

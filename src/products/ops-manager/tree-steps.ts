/**
 * What an upgrade of a tarball's tree types, step by step, and what is seen between the steps. Each step is a plain command
 * and a remote job of its own, so that a person can read the plan, and an upgrade that was cut off goes on from what is seen.
 */
import { asRoot, typed, type Command } from '../../upgrade/command.ts';
import type { OpsManagerHost } from '../../upgrade/installation.ts';
import { parentOf, trimmed } from '../linux/paths.ts';
import { troubles, type Printed } from '../linux/printed.ts';

export const MARK = { release: '.lockkeeper-release', unpacked: '.lockkeeper-unpacked' } as const;

/** What an upgrade to a version calls the trees on a host. */
export interface Places { readonly root: string; readonly work: string; readonly fresh: string; readonly before: string; readonly next: string }

export function placesOf(installDir: string, version: string): Places {
  const root = trimmed(installDir);
  return { root, work: `${root}.lockkeeper-${version}`, fresh: `${root}-${version}`, before: `${root}-before-${version}`, next: `${root}.lockkeeper-next` };
}

/** One command of an install, run as a remote job of that name. */
export interface TreeStep { readonly name: string; readonly command: Command }

export interface TreeUpgrade {
  readonly host: Pick<OpsManagerHost, 'installDir' | 'runAs'>;
  readonly version: string;
  readonly sha256: string;
  /** The tarball where only root can change it. */
  readonly staged: string;
}

export interface TreeSteps {
  readonly places: Places;
  /** What the marks say. */
  readonly mark: string;
  readonly look: Command;
  /** Lists the tree in use, or the new one, and what is on top of it: depth, device, type and name. */
  readonly tops: Readonly<Record<'inUse' | 'work', Command>>;
  /** The new tree, put together anew: nothing is stopped. The last one says that it is whole. */
  readonly unpack: readonly TreeStep[];
  /** What the site brought, into the new tree. `copy` where the old one is on another file system, else without needing room. */
  carry(how: 'link' | 'copy'): readonly TreeStep[];
  readonly switch: Readonly<Record<'folder' | 'link', readonly TreeStep[]>>;
  /** Left by a switch that did not come to its end. */
  readonly clearFresh: TreeStep;
  /** What takes a switch back, until the new version was started. */
  readonly undo: Readonly<Record<'folder' | 'link', readonly TreeStep[]>>;
  /** Lists one file of the logs of the tree in use, if there is any. */
  readonly logged: Command;
}

export function treeSteps({ host, version, sha256, staged }: TreeUpgrade): TreeSteps {
  const places = placesOf(host.installDir, version), { root, work, fresh, before, next } = places;
  const mark = `${version}/${sha256}`;
  const step = (name: string, ...argv: string[]): TreeStep => ({ name, command: asRoot(...argv) });
  const move = (name: string, from: string, to: string): TreeStep => step(name, 'mv', '-T', '--', from, to);
  return {
    places,
    mark,
    look: asRoot('find', parentOf(root), root, `${root}/.`, `${root}/${MARK.release}`, work, `${work}/${MARK.unpacked}`, `${work}/${MARK.release}`, fresh, `${fresh}/${MARK.release}`, before,
      '-maxdepth', '0', '-printf', '%y\\t%D\\t%p\\t%l\\n'),
    tops: { inUse: topsOf(root), work: topsOf(work) },
    unpack: [
      step('clear', 'rm', '-rf', '--', work),
      step('folders', 'install', '-d', '-m', '755', '--', work, `${work}/logs`, `${work}/tmp`),
      step('unpack', 'tar', '-xzf', staged, '-C', work, '--strip-components=1', '--no-same-owner', '--no-same-permissions'),
      step('keep-shipped', 'cp', '-a', '-T', '--', `${work}/conf`, `${work}/conf.shipped`),
      step('own', 'chown', '-R', `${host.runAs}:`, '--', work),
      step('unpacked', 'ln', '-s', '-T', '--', mark, `${work}/${MARK.unpacked}`),
    ],
    carry: (how) => [
      step('carry-begin', 'rm', '-f', '--', `${work}/${MARK.unpacked}`),
      // What the new tree brings by itself is never merged: old libraries beside new ones would be loaded.
      step('carry-foreign', 'find', `${root}/`, '-mindepth', '1', '-maxdepth', '1', '!', '-name', '.lockkeeper-*',
        '-execdir', 'test', '!', '-e', `${work}/{}`, ';', '-execdir', 'cp', how === 'link' ? '-al' : '-a', '-t', work, '--', '{}', '+'),
      // Never through a link that somebody put there: this is run as root, and the tree belongs to another user.
      step('carry-configuration', 'cp', '-a', '--remove-destination', '-T', '--', `${root}/conf/.`, `${work}/conf`),
      step('carried', 'ln', '-s', '-T', '--', mark, `${work}/${MARK.release}`),
    ],
    switch: {
      folder: [move('switch-away', root, before), move('switch-in', work, root)],
      link: [
        move('switch-name', work, fresh),
        step('switch-keep', 'cp', '-P', '--remove-destination', '-T', '--', root, before),
        step('switch-link', 'ln', '-s', '-f', '-T', '--', fresh, next),
        move('switch-in', next, root),
      ],
    },
    clearFresh: step('clear-fresh', 'rm', '-rf', '--', fresh),
    undo: {
      folder: [move('take-back-out', root, work), move('take-back', before, root)],
      link: [step('take-back-link', 'cp', '-P', '--remove-destination', '-T', '--', before, next), move('take-back', next, root)],
    },
    logged: asRoot('find', `${root}/logs/`, '-mindepth', '1', '-print', '-quit'),
  };
}

function topsOf(tree: string): Command {
  return asRoot('find', `${tree}/`, '-maxdepth', '1', '-printf', '%d\\t%D\\t%y\\t%P\\n');
}

export interface TreeSighting {
  readonly inUse: 'folder' | 'link' | 'absent' | 'other';
  /** The tree in use is the new one. */
  readonly switched: boolean;
  /** The new tree: whole and nothing but the tarball; with what the site brought; or neither. */
  readonly work: 'unpacked' | 'carried' | 'other' | 'absent';
  /** Ours: it bears the mark of this tarball. */
  readonly fresh: 'ours' | 'foreign' | 'absent';
  readonly before: 'folder' | 'link' | 'absent';
  /** The tree in use cannot be linked into the new one. */
  readonly onOtherFileSystem: boolean;
  /** The folder in use is where a file system is mounted: it cannot be renamed. */
  readonly isMount: boolean;
}

/** Null when the answer cannot be read. */
export function readSighting({ places, mark }: TreeSteps, { code, stdout, stderr }: Printed): TreeSighting | null {
  const { root, work, fresh, before } = places;
  const seen = new Map(stdout.split('\n').map((line) => line.split('\t')).map(([type = '', device = '', path = '', target = '']) => [path, { type, device, target }] as const));
  const parent = seen.get(parentOf(root));
  if (code === undefined || troubles(stderr).length > 0 || parent === undefined) return null;
  const typeOf = (path: string): string => seen.get(path)?.type ?? 'absent';
  const marked = (path: string): boolean => seen.get(path)?.target === mark;
  const kind = { d: 'folder', l: 'link', absent: 'absent' } as const;
  const kindOf = (path: string): 'folder' | 'link' | 'absent' | 'other' => kind[typeOf(path) as keyof typeof kind] ?? 'other';
  const tree = seen.get(`${root}/.`);
  const old = kindOf(before);
  return {
    inUse: kindOf(root),
    switched: marked(`${root}/${MARK.release}`),
    work: typeOf(work) === 'absent' ? 'absent' : marked(`${work}/${MARK.unpacked}`) ? 'unpacked' : marked(`${work}/${MARK.release}`) ? 'carried' : 'other',
    fresh: typeOf(fresh) === 'absent' ? 'absent' : marked(`${fresh}/${MARK.release}`) ? 'ours' : 'foreign',
    before: old === 'other' ? 'folder' : old,
    onOtherFileSystem: tree !== undefined && tree.device !== parent.device,
    isMount: kindOf(root) === 'folder' && tree !== undefined && tree.device !== parent.device,
  };
}

/** What stands in the way of the new tree, as a sentence; null when nothing does. */
export function whatIsInTheWay({ places }: TreeSteps, seen: TreeSighting): string | null {
  const { root, fresh, before } = places;
  if (seen.switched || (seen.inUse === 'absent' && seen.work === 'carried' && seen.before === 'folder')) return null;
  if (seen.inUse !== 'folder' && seen.inUse !== 'link') return `${root} is ${seen.inUse === 'absent' ? 'not there' : 'neither a folder nor a symbolic link'}: correct installDir.`;
  if (seen.isMount) return `a file system is mounted on ${root}, so that the tree cannot be renamed: move the tree into a folder of it, and make ${root} a symbolic link to that.`;
  if (seen.inUse === 'link' && seen.fresh === 'foreign') return `${fresh} is there already, and Lockkeeper did not make it: move it away, the new tree goes there.`;
  if (seen.inUse === 'folder' && seen.before !== 'absent') return `${before} is there already: move it away, the old tree is kept there.`;
  return null;
}

/** What finishes a switch that stopped between its two renames, and what takes it back, as sentences. */
export function halfSwitched({ installDir }: Pick<OpsManagerHost, 'installDir'>, version: string): string {
  const { root, work, before } = placesOf(installDir, version);
  const move = (from: string): string => typed(asRoot('mv', '-T', '--', from, root));
  return `finish it by: ${move(work)} Or go back by: ${move(before)}`;
}

/** Says which release is in the tree in use, where nothing else does. */
export function writeRelease({ installDir }: Pick<OpsManagerHost, 'installDir'>, version: string): Command {
  return asRoot('ln', '-s', '-T', '--', version, `${trimmed(installDir)}/${MARK.release}`);
}

/** What is on top of a tree. Mounts, and links in the place of folders that a tarball brings, cannot be carried over. */
export function readTops(printed: string): { readonly names: readonly string[]; readonly mounts: readonly string[]; readonly links: readonly string[] } {
  const lines = printed.split('\n').map((line) => line.split('\t'));
  const own = lines.find(([depth]) => depth === '0')?.[1];
  const tops = lines.filter(([depth]) => depth === '1');
  return {
    names: tops.flatMap(([, , , name = '']) => name.startsWith('.lockkeeper-') ? [] : [name]),
    mounts: tops.flatMap(([, device, type, name = '']) => type === 'd' && device !== own ? [name] : []),
    links: tops.flatMap(([, , type, name = '']) => type === 'l' && ['conf', 'logs', 'tmp'].includes(name) ? [name] : []),
  };
}

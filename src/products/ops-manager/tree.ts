/**
 * A tarball: unpacked beside the tree that runs, given the site's configuration and files, and then put in its place.
 *
 *   <installDir>                       the tree in use: a folder, or a symbolic link to one
 *   <installDir>.lockkeeper-<version>  the new tree while it is put together; the name is nobody else's
 *   <installDir>-<version>             where the new tree stays if installDir is a symbolic link
 *   <installDir>-before-<version>      the old tree, kept; or the old link to it
 *
 * Marks are symbolic links in a tree: made at once or not at all, and a person can read and write them. `unpacked` is there
 * as long as nothing but the tarball is in the tree; `release` from right before the switch on, when everything is stopped:
 * so a process is of the new tree if it is younger than that mark.
 */
import { asLogin, asRoot } from '../../upgrade/command.ts';
import type { OpsManagerHost } from '../../upgrade/installation.ts';
import { asPattern, asRegex, parentOf, trimmed } from '../linux/paths.ts';
import { troubles, type Printed } from '../linux/printed.ts';
import { PACKAGE, type PackageFile, type Packaging, type PackageState } from './packaging.ts';
import { MARK, placesOf } from './tree-steps.ts';

/** Folders that only the vendor fills; what a site changed in them is not carried over. */
const VENDORS = ['bin', 'classes', 'jdk', 'lib'] as const;
/** A file of the tree that nobody edits: it was last touched when the tree was unpacked. */
const UNTOUCHED = 'jdk/release';

export interface Tree extends Packaging {
  readonly kind: 'tree';
  readonly name: 'tar';
}

export function treeOf({ installDir }: Pick<OpsManagerHost, 'installDir'>): Tree {
  const root = trimmed(installDir), mark = `${root}/${MARK.release}`, script = scriptOf(root);
  return {
    kind: 'tree',
    name: 'tar',
    runsOn: 'x86_64',
    // The tree's own names beside it, and in it the mark and the vendor's script.
    state: asRoot('find', parentOf(root), mark, script, '-maxdepth', '1', '-path', `${asPattern(root)}*`, '-printf', '%y\\t%p\\t%l\\n'),
    readState: (printed) => readState(root, printed),
    whyAbsent: (host) => `${host} has no Ops Manager in ${root} (there is no ${script}): correct installDir or the platform of the host, or take the host out of the file.`,
    architecture: asLogin('uname', '-m'),
    // Reads the whole archive and prints only what is on top.
    describe: (file) => asRoot('tar', '-tzf', file, '--exclude=*/*/*'),
    readDescription: parseTop,
    changedFiles: asRoot('find', `${root}/`, '-mindepth', '2', '-type', 'f', '-regextype', 'posix-extended', '-regex', `${asRegex(root)}/(${VENDORS.join('|')})/.*`,
      '-newermc', `${root}/${UNTOUCHED}`, '-printf', '..5......    %p\\n'),
    // A tree that a person unpacked has no mark: then since its script was put there.
    unpackedAt: asRoot('find', mark, script, '-maxdepth', '0', '-type', 'l', '-printf', '%Ts\\n', '-quit', '-o', '-printf', '%Cs\\n'),
    shipped: (file) => file.replace(`${root}/conf/`, `${root}/conf.shipped/`),
  };
}

function scriptOf(root: string): string {
  return `${root}/bin/${PACKAGE}`;
}

/** Type, path and target of a link, by tabs: of the tree, of what is beside it under its name, of its mark and its script. */
function readState(root: string, { code, stdout, stderr }: Printed): PackageState | 'absent' | 'unknown' {
  if (code === undefined || troubles(stderr).length > 0 || (code !== 0 && stderr.trim() === '')) return 'unknown';
  const seen = new Map(stdout.split('\n').map((line) => line.split('\t')).map(([, path = '', target = '']) => [path, target]));
  const is = (version: string | null, state: PackageState['state']): PackageState => ({ version, architecture: 'x86_64', state });
  if (!seen.has(root)) {
    // Between the two renames of a switch there is no tree under its name.
    const version = [...seen.keys()].flatMap((path) => path.startsWith(`${root}-before-`) ? [path.slice(`${root}-before-`.length)] : [])
      .find((each) => seen.has(placesOf(root, each).work));
    return version === undefined ? 'absent' : is(version, 'unfinished');
  }
  if (!seen.has(scriptOf(root))) return 'absent';
  const mark = seen.get(`${root}/${MARK.release}`)?.split('/')[0];
  return is(mark ?? releaseInName(seen.get(root) ?? ''), 'installed');
}

/** The version in a folder's name: "/opt/mongodb-mms-4.4.18.100.20220101T0101Z". */
function releaseInName(path: string): string | null {
  return /-(\d+\.\d+\.\d+(?![\d])[\w.]*)/.exec(path.slice(trimmed(path).lastIndexOf('/') + 1))?.[1] ?? null;
}

/** The one folder on top of a tarball says what it is: "mongodb-mms-4.4.18.100.20220101T0101Z/", "…-1.x86_64/". */
export function parseTop(listing: string): PackageFile | null {
  const tops = new Set(listing.split('\n').filter((line) => line !== '').map((line) => line.replace(/^\.\//, '').split('/')[0] ?? '').filter((top) => top !== '' && top !== '.'));
  const [top] = tops;
  const found = tops.size === 1 && top !== undefined ? /^([a-z][a-z0-9-]*?)[-_](\d+\.\d+\.\d+(?!\d)[\w.]*?(?:-\d+)?)(?:[._-](x86_64|amd64|aarch64|arm64|ppc64le|s390x))?$/.exec(top) : null;
  if (!found?.[1] || !found[2]) return null;
  return { name: found[1], version: found[2], architecture: found[3] === 'amd64' ? 'x86_64' : found[3] ?? 'noarch' };
}

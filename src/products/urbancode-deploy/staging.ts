/**
 * The package on a host: staged where only root can change it, unpacked into a folder that belongs to the user who runs the
 * installer, given the answers that an unattended installer needs, and taken away at the end.
 */
import { asRoot, type Command } from '../../upgrade/command.ts';
import { stagedPackage } from '../linux/keeping.ts';
import { troubles, type Printed } from '../linux/printed.ts';
import type { UrbancodeDeployHost } from '../../upgrade/installation-urbancode.ts';
import { asOwner, type TypedOn } from './commands.ts';
import { UNPACKED, unpackedOf } from './layout.ts';

/** In this order, each safe to repeat. Nothing is stopped yet. */
export function unpack(host: TypedOn, sha256: string): readonly Command[] {
  const { folder, archive } = unpackedOf(sha256);
  return [
    asRoot('install', '-d', '-m', '711', folder.slice(0, folder.lastIndexOf('/'))),
    asRoot('install', '-d', '-m', '700', '-o', host.runAs, folder),
    asRoot('install', '-m', '400', '-o', host.runAs, '--', stagedPackage(sha256), archive),
    asOwner(host, 'unzip', '-q', '-o', archive, '-d', folder),
    asOwner(host, 'rm', '-f', '--', archive),
  ];
}

/** Lists what was unpacked: the folder on top, and the two files that matter in it. See `readUnpacked`. */
export function lookAtUnpacked(host: TypedOn, sha256: string): Command {
  const { folder } = unpackedOf(sha256);
  return asOwner(host, 'find', folder, '-mindepth', '1', '-maxdepth', '2', '-printf', '%y %P\\n');
}

/** The one folder of a package that holds the installer and its properties; `nothing` before it was unpacked. */
export function readUnpacked({ code, stdout, stderr }: Printed): { readonly top: string } | 'nothing' | 'foreign' | 'unknown' {
  if (code === undefined || troubles(stderr).length > 0) return 'unknown';
  const lines = stdout.split('\n').filter((line) => line !== '');
  const tops = lines.flatMap((line) => /^d ([^/]+)$/.exec(line)?.[1] ?? []);
  if (tops.length === 0) return 'nothing';
  const [top] = tops;
  const has = (name: string): boolean => lines.includes(`f ${top}/${name}`);
  return tops.length === 1 && top !== undefined && has('install-server.sh') && has('install.properties') ? { top } : 'foreign';
}

/**
 * Writes the installer's answers: the package's own properties, kept from the first time, and these lines below them.
 * The installer empties a password in its file, so it is written anew before every run.
 */
export function writeProperties(host: TypedOn, { sha256, top }: { readonly sha256: string; readonly top: string }, lines: readonly string[]): Command {
  const { folder, shippedProperties } = unpackedOf(sha256);
  return asOwner(host, 'sh', '-c', WRITE, 'lockkeeper-properties', shippedProperties, `${folder}/${top}/install.properties`, ...lines);
}

const WRITE = 'umask 077; [ -e "$1" ] || { cp -- "$2" "$1.new" && mv -- "$1.new" "$1"; } || exit; '
  + 'shipped=$1 ours=$2; shift 2; { cat -- "$shipped" && echo && printf "%s\\n" "$@"; } >"$ours.new" && mv -f -- "$ours.new" "$ours"';

/**
 * What the installer is told on its command line: the guide's `-fips`; and `-frontend`, as when that server was installed, for
 * the vendor has no other way for an upgrade ("performed using the same methods as an initial installation").
 */
export function switchesOf({ roles }: Pick<UrbancodeDeployHost, 'roles'>, fips: boolean): readonly string[] {
  return [...(roles.includes('front-end') ? ['-frontend'] : []), ...(fips ? ['-fips'] : [])];
}

/** The installer, from its own folder. */
export function install(host: TypedOn & Pick<UrbancodeDeployHost, 'roles'>, { sha256, top }: { readonly sha256: string; readonly top: string }, { fips, javaHome }: { readonly fips: boolean; readonly javaHome: string }): Command {
  return asOwner(host, 'sh', '-c', 'cd "$1" && JAVA_HOME=$2 && export JAVA_HOME && shift 2 && exec ./install-server.sh "$@"', 'lockkeeper-install',
    `${unpackedOf(sha256).folder}/${top}`, javaHome, ...switchesOf(host, fips));
}

/** All that was unpacked, the answers in it too, and what an earlier upgrade left. */
export function removeUnpacked(): Command {
  return asRoot('rm', '-rf', '--', UNPACKED);
}

/** What to type to keep a host's configuration and to bring the package there, in Lockkeeper's own folders. */
import { asRoot, type Command } from '../../upgrade/command.ts';
import { STATE_FOLDER } from '../../upgrade/state-folder.ts';

/** Lockkeeper's own folders on a host: root's, mode 700. */
export const KEPT = STATE_FOLDER;

/** Where uploads wait, beside the jobs of the login user whose home this is; nobody trusts them there. */
export function uploadsIn(home: string): string {
  return `${home}/.lockkeeper/uploads`;
}

/** Where the staged package is; named by its checksum, so that another upgrade's package is never taken for it. */
export function stagedPackage(sha256: string): string {
  return `${KEPT}/packages/${sha256}`;
}

/** Where one upgrade keeps the configuration as it was before: outlives the upgrade. */
export function savedConfiguration(firstExecutionRunId: string): string {
  return `${KEPT}/configuration/${firstExecutionRunId}`;
}

/** A folder that only root may enter. */
export function makeFolder(folder: string): Command {
  return asRoot('install', '-d', '-m', '700', folder);
}

/** Copies the files with owner, mode and their whole paths below the folder. */
export function copyInto(folder: string, files: readonly string[]): Command {
  return asRoot('cp', '-a', '--parents', '--', ...files, folder);
}

/** Copies the uploaded package to where only root can change it. */
export function takeIn(upload: string, to: string): Command {
  return asRoot('install', '-m', '600', '--', upload, to);
}

export function removePackages(): Command {
  return asRoot('rm', '-rf', `${KEPT}/packages`);
}

export function checksums(files: readonly string[]): Command {
  return asRoot('sha256sum', '--', ...files);
}

/** Mode, owner, size and path of each file, one a line: "600 mongodb-mms:mongodb-mms 24 /etc/…". */
export function describeFiles(files: readonly string[]): Command {
  return asRoot('stat', '-c', '%a %U:%G %s %n', '--', ...files);
}

/** The size of a file in bytes. */
export function sizeOf(path: string): Command {
  return asRoot('stat', '-c', '%s', '--', path);
}

/** When a file was last written, in seconds since 1970 by the host's clock. */
export function writtenAt(path: string): Command {
  return asRoot('stat', '-c', '%Y', '--', path);
}

export function readFile(path: string): Command {
  return asRoot('cat', '--', path);
}

export function readEnd(path: string, lines: number): Command {
  return asRoot('tail', '-n', String(lines), '--', path);
}

/** Reads `sha256sum`: path → checksum. A name with a backslash or newline is escaped by the tool; we have none. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sum, path]) => [path!, sum!]));
}

/** The same by their names below a folder. */
export function checksumsBelow(folder: string, text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...parseChecksums(text)].map(([path, sum]) => [path.slice(folder.length + 1), sum]));
}

export interface FileFacts { readonly mode: string; readonly owner: string; readonly size: number }

export function parseFiles(text: string): ReadonlyMap<string, FileFacts> {
  return new Map([...text.matchAll(/^(\d+) (\S+) (\d+) (.+)$/gm)]
    .map(([, mode, owner, size, path]) => [path!, { mode: mode!, owner: owner!, size: Number(size) }]));
}

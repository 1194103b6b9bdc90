/** Reads a package on the worker: size, checksum, and what it is, where that can be read here. */
import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { parseControl } from '../../src/products/ops-manager/dpkg.ts';
import { parseTop } from '../../src/products/ops-manager/tree.ts';
import type { PackageFile, Packaging } from '../../src/products/ops-manager/packaging.ts';
import { readWorkerFile, type WorkerFile } from '../worker-file.ts';

export interface PackageOnWorker extends WorkerFile {
  /** What reads it; null when it is no package at all. */
  readonly isFor: Packaging['name'] | null;
  /** Null when its compression cannot be read here; the hosts can. */
  readonly is: PackageFile | null;
}

export async function readPackageFile(path: string): Promise<PackageOnWorker | { readonly why: string }> {
  const file = await readWorkerFile(path);
  return 'why' in file ? file : { ...file, ...whatItIs(await beginning(path)) };
}

// What a package says of itself comes first and is small; real ones have a few dozen kilobytes.
const BEGINNING = 4 * 1024 * 1024;

async function beginning(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export function whatItIs(file: Buffer): Pick<PackageOnWorker, 'isFor' | 'is'> {
  if (file.subarray(0, 8).toString('latin1') === '!<arch>\n') {
    const control = controlOf(file);
    return { isFor: 'dpkg', is: control === null ? null : parseControl(control) };
  }
  if (file.length > 4 && file.readUInt32BE(0) === RPM) return { isFor: 'rpm', is: headerOf(file) };
  const tar = gunzippedBeginning(file);
  // The magic of a tar archive is at the end of its first header.
  if (tar?.subarray(257, 262).toString('latin1') === 'ustar') return { isFor: 'tar', is: parseTop(namesInTar(tar).join('\n')) };
  return { isFor: null, is: null };
}

/** What can be unpacked of a .gz that was cut off; null when it is none. */
function gunzippedBeginning(file: Buffer): Buffer | null {
  if (file.length < 3 || file.readUInt16BE(0) !== 0x1f8b) return null;
  try {
    return gunzipSync(file, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) return null;
    throw error;
  }
}

/** The names in as much of a tar archive as is there. Long ones are in records of their own and cut here: only tops matter. */
function namesInTar(tar: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const text = (from: number, to: number): string => tar.subarray(at + from, at + to).toString('latin1').replace(/\0.*$/s, '');
    const size = parseInt(text(124, 136), 8);
    if (!Number.isInteger(size)) break;
    const type = text(156, 157), prefix = text(345, 500);
    if (type === '' || '0125'.includes(type)) names.push(prefix === '' || text(257, 265) !== 'ustar' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names;
}

/** A .deb is an ar archive: "!<arch>\n", then members with 60-byte headers at even offsets. Null unless control.tar.gz is whole. */
function controlOf(deb: Buffer): string | null {
  for (let at = 8; at + 60 <= deb.length;) {
    const name = deb.subarray(at, at + 16).toString('latin1').trim().replace(/\/$/, '');
    const size = Number(deb.subarray(at + 48, at + 58).toString('latin1').trim());
    if (!Number.isInteger(size)) return null;
    const body = deb.subarray(at + 60, at + 60 + size);
    if (name === 'control.tar.gz') return body.length === size ? fileInTar(gunzipSync(body), 'control') : null;
    at += 60 + size + (size % 2);
  }
  return null;
}

/** A tar archive is blocks of 512 bytes: a header with name and octal size, then the contents. */
function fileInTar(tar: Buffer, wanted: string): string | null {
  for (let at = 0; at + 512 <= tar.length;) {
    const name = tar.subarray(at, at + 100).toString('latin1').replace(/\0.*$/s, '');
    if (name === '') return null;
    const size = parseInt(tar.subarray(at + 124, at + 136).toString('latin1'), 8) || 0;
    if (name.replace(/^\.\//, '') === wanted) return tar.subarray(at + 512, at + 512 + size).toString('utf8');
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return null;
}

const RPM = 0xedabeedb; // how an .rpm begins
const LEAD = 96; // bytes of its first part, which nobody reads any more
const HEADER = 0x8eade801; // how each of its two headers begins: signatures, then the package
const TAGS = { name: 1000, version: 1001, release: 1002, architecture: 1022 } as const;

/**
 * The second header of an .rpm. A header is 16 bytes with the number of its entries and the size of its store, then the
 * entries of 16 bytes (tag, type, offset, count), then the store; the first one is filled up to a multiple of 8.
 */
function headerOf(rpm: Buffer): PackageFile | null {
  const signatures = sizesOf(rpm, LEAD);
  const begin = signatures && LEAD + Math.ceil(signatures.all / 8) * 8;
  const sizes = begin === null ? null : sizesOf(rpm, begin);
  if (begin === null || sizes === null || rpm.length < begin + sizes.all) return null;
  const store = begin + 16 + sizes.entries * 16;
  const text = (wanted: number): string | null => {
    for (let at = begin + 16; at < store; at += 16) {
      if (rpm.readUInt32BE(at) !== wanted) continue;
      const from = store + rpm.readUInt32BE(at + 8);
      return rpm.subarray(from, rpm.indexOf(0, from)).toString('utf8');
    }
    return null;
  };
  const [name, version, release, architecture] = [text(TAGS.name), text(TAGS.version), text(TAGS.release), text(TAGS.architecture)];
  return name && version && release && architecture ? { name, version: `${version}-${release}`, architecture } : null;
}

function sizesOf(rpm: Buffer, at: number): { readonly entries: number; readonly all: number } | null {
  if (rpm.length < at + 16 || rpm.readUInt32BE(at) !== HEADER) return null;
  const entries = rpm.readUInt32BE(at + 8);
  return { entries, all: 16 + entries * 16 + rpm.readUInt32BE(at + 12) };
}

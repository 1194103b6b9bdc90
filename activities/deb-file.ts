/** Reads a package on the worker: size, checksum, and the control file where its compression can be read here. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

export interface PackageOnWorker { readonly bytes: number; readonly sha256: string; readonly control: string | null }

export async function readPackageFile(path: string): Promise<PackageOnWorker | { readonly why: string }> {
  try {
    const { size } = await stat(path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return { bytes: size, sha256: hash.digest('hex'), control: controlOf(await beginning(path)) };
  } catch (error) {
    return { why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no file ${path}.` : String(error) };
  }
}

// The control archive is the second member and small; real ones have a few dozen kilobytes.
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

/** A .deb is an ar archive: "!<arch>\n", then members with 60-byte headers at even offsets. Null unless control.tar.gz is whole. */
export function controlOf(deb: Buffer): string | null {
  if (deb.subarray(0, 8).toString('latin1') !== '!<arch>\n') return null;
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

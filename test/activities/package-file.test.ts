import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPackageFile, whatItIs } from '../../activities/ops-manager/package-file.ts';

const CONTROL = 'Package: mongodb-mms\nVersion: 4.4.18-1\nArchitecture: amd64\n';

function tar(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('ustar', 257);
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  return Buffer.concat([header, Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, '\0'))]);
}

function ar(...members: readonly (readonly [string, Buffer])[]): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.flatMap(([name, body]) => [
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(body.length).padEnd(10)}\`\n`), body, Buffer.alloc(body.length % 2, '\n'),
  ])]);
}

/** An .rpm as far as its header: lead, an empty header of signatures, and one with these texts. */
function rpmOf(texts: Readonly<Record<number, string>>): Buffer {
  const header = (entries: readonly (readonly [number, string])[]): Buffer => {
    const words = (...numbers: number[]): Buffer => Buffer.concat(numbers.map((number) => { const word = Buffer.alloc(4); word.writeUInt32BE(number); return word; }));
    const store = entries.map(([, text]) => `${text}\0`);
    const offsets = store.map((_, index) => store.slice(0, index).join('').length);
    return Buffer.concat([words(0x8eade801, 0, entries.length, store.join('').length), ...entries.map(([tag], index) => words(tag, 6, offsets[index] ?? 0, 1)), Buffer.from(store.join(''))]);
  };
  const lead = Buffer.alloc(96);
  lead.writeUInt32BE(0xedabeedb);
  return Buffer.concat([lead, header([]), header(Object.entries(texts).map(([tag, text]) => [Number(tag), text]))]);
}

describe('a package file on the worker', () => {
  const deb = ar(['debian-binary', Buffer.from('2.0\n')], ['control.tar.gz', gzipSync(Buffer.concat([tar('./md5sums', 'abc'), tar('./control', CONTROL)]))], ['data.tar.gz', Buffer.from('x')]);
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'lockkeeper-')); });
  afterEach(() => rm(folder, { recursive: true }));

  it('tells its size, its checksum and what it is', async () => {
    await writeFile(join(folder, 'a.deb'), deb);
    expect(await readPackageFile(join(folder, 'a.deb'))).toMatchObject({ bytes: deb.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), isFor: 'dpkg', is: { name: 'mongodb-mms', version: '4.4.18-1', architecture: 'amd64' } });
  });

  it('that is missing says so', async () => {
    expect(await readPackageFile(join(folder, 'none.deb'))).toEqual({ why: expect.stringContaining('there is no file') });
  });

  it('may be an .rpm, whose header says what it is', () => {
    expect(whatItIs(rpmOf({ 1000: 'mongodb-mms', 1001: '4.4.18.100', 1002: '1', 1022: 'x86_64' }))).toEqual({ isFor: 'rpm', is: { name: 'mongodb-mms', version: '4.4.18.100-1', architecture: 'x86_64' } });
    expect(whatItIs(rpmOf({ 1000: 'mongodb-mms' })), 'half of it is missing').toEqual({ isFor: 'rpm', is: null });
    expect(whatItIs(rpmOf({ 1000: 'mongodb-mms' }).subarray(0, 150)), 'it is cut').toEqual({ isFor: 'rpm', is: null });
  });

  it('may be a tarball, which its folder on top names, though only its beginning is read', () => {
    const tarball = gzipSync(Buffer.concat([tar('mongodb-mms-4.4.18.100/bin/mongodb-mms', 'x'.repeat(2_000)), tar('mongodb-mms-4.4.18.100/lib/mms.jar', 'y'.repeat(5_000))]));
    const is = { name: 'mongodb-mms', version: '4.4.18.100', architecture: 'noarch' };
    expect(whatItIs(tarball)).toEqual({ isFor: 'tar', is });
    expect(whatItIs(tarball.subarray(0, -20)), 'cut').toEqual({ isFor: 'tar', is });
    expect(whatItIs(gzipSync(tar('bin/mongodb-mms', 'no folder on top')))).toEqual({ isFor: 'tar', is: null });
    expect(whatItIs(gzipSync(Buffer.from('not tar')))).toEqual({ isFor: null, is: null });
    expect(whatItIs(Buffer.concat([gzipSync(Buffer.from('x')).subarray(0, 10), Buffer.alloc(600, 7)])), 'broken').toEqual({ isFor: null, is: null });
  });

  it('is left to the hosts where it is no package, cut, or packed in another way', () => {
    expect(whatItIs(Buffer.from('no package at all'))).toEqual({ isFor: null, is: null });
    expect(whatItIs(deb.subarray(0, 150))).toEqual({ isFor: 'dpkg', is: null });
    expect(whatItIs(ar(['debian-binary', Buffer.from('2.0\n')], ['control.tar.xz', Buffer.from('x')]))).toEqual({ isFor: 'dpkg', is: null });
  });
});

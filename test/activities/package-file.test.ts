import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPackageFile, whatItIs } from '../../activities/package-file.ts';

const CONTROL = 'Package: mongodb-mms\nVersion: 4.4.18-1\nArchitecture: amd64\n';

function tar(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124);
  return Buffer.concat([header, Buffer.from(text.padEnd(Math.ceil(text.length / 512) * 512, '\0'))]);
}

function ar(...members: readonly (readonly [string, Buffer])[]): Buffer {
  return Buffer.concat([Buffer.from('!<arch>\n'), ...members.flatMap(([name, body]) => [
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(body.length).padEnd(10)}\`\n`), body, Buffer.alloc(body.length % 2, '\n'),
  ])]);
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

  it('is left to the hosts where it is no package, cut, or packed in another way', () => {
    expect(whatItIs(Buffer.from('no package at all'))).toEqual({ isFor: null, is: null });
    expect(whatItIs(deb.subarray(0, 150))).toEqual({ isFor: 'dpkg', is: null });
    expect(whatItIs(ar(['debian-binary', Buffer.from('2.0\n')], ['control.tar.xz', Buffer.from('x')]))).toEqual({ isFor: 'dpkg', is: null });
  });
});

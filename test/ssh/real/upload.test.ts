import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hosts, HostSession } from '../../../src/ssh/port.ts';
import { asLogin } from '../../../src/upgrade/command.ts';
import { hostsOf, startSshd, until, type RealSshd } from './sshd.ts';

let sshd: RealSshd;
let hosts: Hosts;
let session: HostSession;
let from: string;
const bytes = randomBytes(5_000_001);
const sha256 = createHash('sha256').update(bytes).digest('hex');
beforeAll(async () => {
  sshd = await startSshd('upload');
  hosts = hostsOf(sshd);
  session = hosts.session(sshd.host());
  from = join(sshd.folder, 'package.deb');
  writeFileSync(from, bytes);
});
afterAll(async () => {
  await session.run(asLogin('rm', '-rf', at()));
  await hosts?.close();
  await sshd?.close();
});

const at = (name = ''): string => join(sshd.home, `lockkeeper-upload-${process.pid}`, name);
/** Puts the first bytes of an upload that broke off, as the login user. */
const part = async (to: string, content: Buffer): Promise<void> => {
  const seed = join(sshd.folder, 'seed');
  writeFileSync(seed, content);
  await session.run(asLogin('sh', '-c', 'mkdir -p "${2%/*}" && cp "$1" "$2.part"', 'sh', seed, to));
};
const progress = async (to: string): Promise<readonly number[]> => {
  const seen: number[] = [];
  await session.upload(from, to, { sha256, onProgress: (sent) => seen.push(sent) });
  return seen;
};

describe('an upload', () => {
  it('brings the file byte for byte, makes its folder, and leaves no part', async () => {
    const to = at("a folder/it's.deb");
    const seen = await progress(to);
    expect(seen.at(-1)).toBe(bytes.length);
    expect(readFileSync(to).equals(bytes)).toBe(true);
    expect(existsSync(`${to}.part`)).toBe(false);
  });

  it('does nothing when the file is there', async () => {
    const to = at('twice.deb');
    await progress(to);
    const before = statSync(to);
    expect(await progress(to)).toEqual([]);
    expect(statSync(to).mtimeMs).toBe(before.mtimeMs);
  });

  it('goes on where it broke off', async () => {
    const to = at('resumed.deb');
    await part(to, bytes.subarray(0, 3_000_000));
    const seen = await progress(to);
    expect(seen[0]).toBeGreaterThan(2_900_000);
    expect(readFileSync(to).equals(bytes)).toBe(true);
  });

  it.each([
    ['is not of this file', randomBytes(1_000_000)], ['is longer than the file', randomBytes(6_000_000)], ['is whole but wrong', randomBytes(5_000_001)],
  ])('starts over when the part %s', async (_what, content) => {
    const to = at('wrong.deb');
    await session.run(asLogin('rm', '-f', to));
    await part(to, content);
    await progress(to);
    expect(readFileSync(to).equals(bytes)).toBe(true);
  });

  it('that is cancelled stops, and the next one brings the rest', async () => {
    const to = at('cancelled.deb');
    const caller = new AbortController();
    const reason = new Error('cancelled');
    const upload = session.upload(from, to, { sha256, signal: caller.signal, onProgress: () => caller.abort(reason) });
    await expect(upload).rejects.toBe(reason);
    expect(existsSync(to)).toBe(false);
    await progress(to);
    expect(readFileSync(to).equals(bytes)).toBe(true);
  });

  it('whose connection is lost is unknown, and the next one brings the rest', async () => {
    const to = at('lost.deb');
    const upload = session.upload(from, to, { sha256, onProgress: () => sshd.cutSessions() });
    await expect(upload).rejects.toMatchObject({ name: 'Unreachable' });
    await until('the rest', async () => progress(to).then(() => true, () => false));
    expect(readFileSync(to).equals(bytes)).toBe(true);
  });

  it('of a file that is not the expected one is refused before anything is sent', async () => {
    const to = at('other.deb');
    await expect(session.upload(from, to, { sha256: 'f'.repeat(64) })).rejects.toMatchObject({
      name: 'Refused', message: expect.stringContaining(`has the sha256 ${sha256}, but ${'f'.repeat(64)} is expected`) as string,
    });
    await expect(session.upload(join(sshd.folder, 'nothing'), to, { sha256 })).rejects.toMatchObject({ name: 'Refused', message: expect.stringContaining('(ENOENT)') as string });
    expect(existsSync(`${to}.part`)).toBe(false);
  });

  it('to a folder that cannot be written is refused', async () => {
    await expect(session.upload(from, '/proc/nowhere/x.deb', { sha256 })).rejects.toMatchObject({ name: 'Refused' });
  });
});

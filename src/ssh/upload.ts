/**
 * A file from the worker to the host, resumable: the part that is there is kept, the rest is written behind it at its own
 * place, and the whole is moved into place only when its sha256 is right. Two uploads of one file at once write the same
 * bytes to the same places. A part that turns out wrong is thrown away once and the upload starts over.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { stat } from 'node:fs/promises';
import { exec } from './channel.ts';
import type { Connection } from './connection.ts';
import { Refused, Unreachable, throwIfAborted } from './errors.ts';
import { answered } from './jobs.ts';
import type { Ran, RunOptions } from './port.ts';
import { shellLine } from './shell.ts';

interface Line {
  readonly connection: Connection;
  script(script: string, data: readonly string[], options?: RunOptions): Promise<Ran>;
}
interface Load {
  readonly from: string;
  readonly to: string;
  readonly sha256: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** dd counts in blocks: an upload goes on at the last whole one. */
const BLOCK = 65_536;
/** Reading back 2 GB on a slow disk takes a minute or two. */
const SUM_TIMEOUT = 600_000;
/** An upload has no deadline of its own: keepalive ends it when the host is gone, the caller's signal when it is not wanted. */
const NO_DEADLINE = 2_147_483_647;

const SUM = `sum() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | sed 's/ .*//'
}
`;
/** Shell: `there`, or how many bytes of the part there are. */
const LOOK = `${SUM}if [ -f "$1" ] && [ "$(sum "$1")" = "$2" ]; then echo there; exit; fi
case $1 in */*) mkdir -p "\${1%/*}" || exit 73 ;; esac
if [ -f "$1.part" ]; then wc -c <"$1.part"; else echo 0; fi
`;
const WRITE = 'dd of="$1.part" bs=65536 seek="$2" conv=notrunc 2>/dev/null\n';
/** Shell: puts the part in place if it is right; else throws it away. */
const FINISH = `${SUM}if [ "$(sum "$1.part")" = "$2" ]; then mv -f "$1.part" "$1" && echo there; else rm -f "$1.part" && echo wrong; fi
`;

/** Returns when the file is in place with the right sha256, and does nothing when it already was. */
export async function upload(line: Line, load: Load): Promise<void> {
  const { name } = line.connection.host;
  const sha256 = load.sha256.toLowerCase();
  const ask = async (script: string): Promise<string> =>
    answered(await line.script(script, [load.to, sha256], { timeoutMs: SUM_TIMEOUT, signal: load.signal }), name).stdout.trim();
  const there = await ask(LOOK);
  if (there === 'there') return;
  const size = await checkedSize(load, sha256);
  const started = Number(there);
  // A part longer than the file is not a part of it.
  await send(line, load, { from: started > size ? 0 : Math.floor(started / BLOCK), size });
  if ((await ask(FINISH)) === 'there') return;
  await send(line, load, { from: 0, size });
  if ((await ask(FINISH)) === 'there') return;
  throw new Unreachable(`${load.from} arrived damaged on ${name} twice; its disk or the network is not sound.`);
}

/** The file's size, after its own sha256 was found right. */
async function checkedSize(load: Load, sha256: string): Promise<number> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(load.from), hash, { ...(load.signal ? { signal: load.signal } : {}) });
    const { size } = await stat(load.from);
    const found = hash.digest('hex');
    if (found === sha256) return size;
    throw new Refused(`The file ${load.from} on the worker has the sha256 ${found}, but ${sha256} is expected: it is another file, or damaged. Correct the file or the installation file.`);
  } catch (error) {
    throwIfAborted(load.signal);
    if (error instanceof Refused) throw error;
    throw new Refused(`The file ${load.from} cannot be read on the worker (${(error as NodeJS.ErrnoException).code}).`, { cause: error });
  }
}

async function send(line: Line, load: Load, part: { readonly from: number; readonly size: number }): Promise<void> {
  const start = part.from * BLOCK;
  const ran = await exec(line.connection, shellLine(WRITE, load.to, String(part.from)), {
    signal: load.signal,
    timeoutMs: NO_DEADLINE,
    async feed(channel, signal) {
      let sent = start;
      const file = createReadStream(load.from, { start, highWaterMark: BLOCK });
      file.on('data', (chunk) => {
        sent += chunk.length;
        load.onProgress?.(sent);
      });
      await pipeline(file, channel, { signal });
    },
  });
  const { name } = line.connection.host;
  if (ran.code === undefined) throw new Unreachable(`The channel to ${name} closed while ${load.from} was uploaded.`);
  if (ran.code !== 0) throw new Refused(`${load.to}.part cannot be written on ${name} (exit ${ran.code}): check the room on its disk and the folder's owner.`);
}

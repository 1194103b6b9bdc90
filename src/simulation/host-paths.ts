/**
 * How a simulated host gets a root of its own without being root: in every command line an absolute path is moved into
 * the host's folder before the shell sees it, and the folder is taken out of everything the command prints. So the
 * product types `/opt/mongodb/mms/…` as on a real host, and reads it back. `/dev` and `/proc` stay the machine's.
 */
import { Transform } from 'node:stream';

/** Folders at the top of a simulated host. A path below any other folder is left alone. */
export const TOP_FOLDERS = [
  'backup', 'bin', 'boot', 'etc', 'home', 'lib', 'mnt', 'opt', 'root', 'run', 'sbin', 'srv', 'tmp', 'usr', 'var',
] as const;

// A path begins after the line's start or a character that ends a shell word or opens an argument's value; what stands
// before it must not be part of a path or URL itself ("http://x/etc" and "a/etc" are left alone).
const ABSOLUTE_PATH = new RegExp(`(?<![\\w./~$}-])/(?=(?:${TOP_FOLDERS.join('|')})(?![\\w.-]))`, 'g');

/** The command line with every absolute path inside the host's folder. */
export function intoFolder(commandLine: string, folder: string): string {
  return commandLine.replace(ABSOLUTE_PATH, `${folder}/`);
}

/** The bytes with the folder taken out again: `<folder>/etc` is `/etc`, the folder alone is `/`. */
export function outOfFolder(folder: string): Transform {
  const inside = Buffer.from(`${folder}/`);
  let held = Buffer.alloc(0);
  const stripped = (bytes: Buffer): Buffer => {
    const parts: Buffer[] = [];
    let from = 0;
    for (let at = bytes.indexOf(inside); at >= 0; at = bytes.indexOf(inside, from)) {
      parts.push(bytes.subarray(from, at));
      from = at + inside.length - 1;
    }
    return Buffer.concat([...parts, bytes.subarray(from)]);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const bytes = Buffer.concat([held, chunk]);
      const keep = beginning(bytes, inside);
      held = bytes.subarray(bytes.length - keep);
      done(null, stripped(bytes.subarray(0, bytes.length - keep)));
    },
    flush(done) {
      const rest = held.equals(inside.subarray(0, -1)) ? Buffer.from('/') : held;
      done(null, rest);
    },
  });
}

/** How many bytes at the end may be the beginning of the searched word. */
function beginning(bytes: Buffer, word: Buffer): number {
  for (let length = Math.min(word.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(word.subarray(0, length))) return length;
  }
  return 0;
}

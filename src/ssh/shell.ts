/**
 * What is sent to a host's shell: always one fixed script, with all data as quoted arguments behind it.
 *
 * The login user's shell must read quotes as POSIX shells do (sh, bash, dash, ksh, zsh). It starts `sh`, which
 * prints a mark on both streams first: what a profile printed before it is cut off, and without it the script never ran.
 */
import { quoted } from '../upgrade/command.ts';
import { Refused } from './errors.ts';

/** Printed on both streams before anything of ours. No host's profile prints it by chance. */
export const MARK = '=lockkeeper=\n';

/** A non-login SSH command's PATH lacks the sbin folders; messages are parsed, so they must be in English. */
const PREAMBLE = `PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
printf '=lockkeeper=\\n'
printf '=lockkeeper=\\n' >&2
`;

/** The line for the host's shell. Throws `Refused` for data that no shell can carry. */
export function shellLine(script: string, ...data: readonly string[]): string {
  const nul = data.findIndex((word) => word.includes('\0'));
  if (nul !== -1) throw new Refused(`Argument ${nul} of a command holds a NUL byte: no shell can carry it.`);
  return ['exec', 'sh', '-c', PREAMBLE + script, 'lockkeeper', ...data].map(quoted).join(' ');
}

/** The stream behind the mark; undefined when the mark never came. */
export function afterMark(output: string): string | undefined {
  const at = output.indexOf(MARK);
  return at === -1 ? undefined : output.slice(at + MARK.length);
}

/**
 * What is sent to a host's shell: always one fixed script, with all data as quoted arguments behind it.
 *
 * The login user's shell may be any that knows single quotes and `exec`: sh, bash, zsh, csh, tcsh. It sees nothing
 * but letters, digits and octal codes in quotes (csh takes neither a newline nor `!` in them), and starts `/bin/sh`,
 * which reads them. That prints a mark on both streams first: what a profile printed before it is cut off, and without
 * it the script never ran.
 */
import { quoted } from '../upgrade/command.ts';
import { Refused } from './errors.ts';

/** Printed on both streams before anything of ours. No host's profile prints it by chance. */
export const MARK = '=lockkeeper=\n';

/** A non-login SSH command's PATH lacks the sbin folders, a restricted one even more; messages are parsed, so they must be in English. */
const PREAMBLE = `PATH=\${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
LC_ALL=C
export PATH LC_ALL
printf '=lockkeeper=\\n'
printf '=lockkeeper=\\n' >&2
`;

/** The line for the host's shell. Throws `Refused` for data that no shell can carry. */
export function shellLine(script: string, ...data: readonly string[]): string {
  const nul = data.findIndex((word) => word.includes('\0'));
  if (nul !== -1) throw new Refused(`Argument ${nul} of a command holds a NUL byte: no shell can carry it.`);
  return forAnyShell(['exec', '/bin/sh', '-c', PREAMBLE + script, 'lockkeeper', ...data].map(quoted).join(' '));
}

/** csh takes no word of more than 1024 characters. */
const LONGEST_WORD = 900;

/** The line for `sh`, in words that every login shell passes on as they are. */
function forAnyShell(line: string): string {
  const codes = [...Buffer.from(line)].map((byte) => {
    const sign = String.fromCharCode(byte);
    return /[A-Za-z0-9 _.,:;=/@%+$(){}<>|&"*-]/.test(sign) ? sign : `\\0${byte.toString(8).padStart(3, '0')}`;
  });
  return `exec /bin/sh -c 'eval "$(printf %b "$@")"' sh ${inWords(codes).map((word) => `'${word}'`).join(' ')}`;
}

/** Joined to words of at most that length; no code is torn apart. */
function inWords(codes: readonly string[]): readonly string[] {
  const words: string[] = [];
  let word = '';
  for (const code of codes) {
    if (word.length + code.length > LONGEST_WORD) {
      words.push(word);
      word = '';
    }
    word += code;
  }
  return [...words, word];
}

/** The stream behind the mark; undefined when the mark never came. */
export function afterMark(output: string): string | undefined {
  const at = output.indexOf(MARK);
  return at === -1 ? undefined : output.slice(at + MARK.length);
}

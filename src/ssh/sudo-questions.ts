/**
 * Many questions to sudo in one command: which of these would you run?
 *
 * They go over stdin, one quoted line each and an empty line at the end, so there may be any number of them. The host's
 * shell asks one after another, each with the password helper of its own, and runs none. A wrong password ends it: given
 * again for every question it would lock the account. What comes back tells every answer by its place: `+` when sudo
 * would run it, else `-` and what sudo printed, behind blanks.
 */
import { quoted, type Command } from '../upgrade/command.ts';
import { DEFAULT_TIMEOUT } from './channel.ts';
import { Unreachable } from './errors.ts';
import type { Forbidden } from './port.ts';
import { SUDO_ASKED, SUDO_ASKING, sudoRefusal, sudoRefused, sudoWords } from './sudo.ts';

/** In milliseconds: a sudo that asks a directory server for its rules takes a second or two for each. */
const EACH_WITHIN = 2_000;

/** Shell: the loop. A newline in a word is written `"$newline"`, so that a question is always one line. */
export function askEach(withPassword: boolean): string {
  const ask = 'eval "$question" </dev/null 2>&1 >/dev/null';
  return `newline='
'
${withPassword ? 'IFS= read -r password\n' : ''}while IFS= read -r question && [ -n "$question" ]; do
  if said=$(${withPassword ? `${SUDO_ASKING}${ask} 3>&-\ncode=$?\n${SUDO_ASKED}exit $code` : ask}); then
    echo +
    continue
  fi
  printf '%s\\n' "$said" | sed 's/^/ /; 1s/^/-/'
  case $said in *'incorrect password attempt'*) break ;; esac
done`;
}

/** The questions as the loop reads them. */
export function questions(commands: readonly Command[], withPassword: boolean): string {
  const line = (command: Command): string => sudoWords(command, withPassword, 'ask').map(quoted).join(' ').replaceAll('\n', `'"$newline"'`);
  return `${commands.map((command) => `${line(command)}\n`).join('')}\n`;
}

export function withinFor(commands: readonly Command[]): number {
  return DEFAULT_TIMEOUT + commands.length * EACH_WITHIN;
}

/** Reads the answers. Throws `Unreachable` when some are missing: about those nothing is known. */
export function forbiddenIn(printed: string, host: string, commands: readonly Command[]): readonly Forbidden[] {
  const answers = printed.match(/^(\+|-.*(\n .*)*)$/gm) ?? [];
  const said = answers.map((answer) => answer === '+' ? null : answer.replace(/^-? /gm, ''));
  const wrong = /incorrect password attempt/.test(said.at(-1) ?? '');
  if (!wrong && said.length !== commands.length) throw new Unreachable(`sudo on ${host} answered ${said.length} of ${commands.length} questions.`);
  return commands.flatMap((command, index): readonly Forbidden[] => {
    const stderr = said[index];
    if (stderr === null) return [];
    const missing = /^sudo: (\S+): command not found$/m.exec(stderr ?? '')?.[1];
    if (missing !== undefined) return [{ command, missing, why: `sudo on ${host} finds no ${missing}.` }];
    const refusal = stderr === undefined ? 'it was not asked, because the password is wrong' : sudoRefusal(command, { code: 1, stdout: '', stderr });
    return [{ command, why: sudoRefused(host, command, refusal ?? 'sudoers does not allow it') }];
  });
}

/**
 * Commands as another user. Without a password `sudo -n` is asked; with one, sudo fetches it itself, and only if it
 * needs one, from a helper that reads it once from a pipe. So the password is never an argument, an environment
 * variable or a file; the command never finds it on its stdin, even where sudoers says NOPASSWD or a ticket is still
 * valid; and a wrong password is tried once, so that no account is locked.
 */
import type { Command } from '../upgrade/command.ts';
import { quoted, typed } from '../upgrade/command.ts';

/**
 * The words of the command with its sudo. With a password they run where `SUDO_ASKING` was read. As another user they run
 * with that user's HOME, whatever sudoers keeps: Ops Manager looks for its key there. `ask`: whether sudo would run it.
 */
export function sudoWords(command: Command, withPassword: boolean, ask?: 'ask'): readonly string[] {
  if (command.as === 'login') return command.argv;
  const user = command.as === 'root' ? [] : [...(ask ? [] : ['-H']), '-u', command.as.user];
  return ['sudo', withPassword ? '-A' : '-n', ...(ask ? ['-l'] : []), ...user, '--', ...command.argv];
}

/**
 * Shell: $1, a line for a shell, with a terminal that it can open but not write to: where sudoers has `requiretty`, sudo wants
 * one to be there, and our looks must not pass through one (it cuts, merges and echoes). util-linux's script makes it.
 */
const ON_TERMINAL = 'SHELL=/bin/sh exec script -qec "$1 <&6 >&7 2>&8 6<&- 7>&- 8>&-" /dev/null 6<&0 7>&1 8>&2 </dev/null >/dev/null 2>&1';

/** The same words with a terminal beside them; stdin, stdout, stderr and exit code stay the command's own. */
export function withTerminal(words: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', ON_TERMINAL, 'sudo', words.map(quoted).join(' ')];
}

/** Whether sudo said that it runs nothing without a terminal. Nothing was run then. */
export function wantsTerminal(refusal: string | null): boolean {
  return refusal !== null && /must have a tty/.test(refusal);
}

/**
 * Shell: makes a private pipe that holds the password in $password, and a helper that hands it out once. sudo runs its
 * helper with the prompt as argument, so `/bin/sh` as helper with the script's path as prompt works on file systems
 * mounted noexec too. Descriptor 3 keeps the pipe alive, and dies with this shell.
 */
export const SUDO_ASKING = `asking=$(mktemp -d) && mkfifo -m 600 "$asking/password" || exit 125
printf '%s\\n' 'cd "\${0%/*}" && IFS= read -r p <password && rm -f password && printf "%s\\n" "$p"' >"$asking/ask"
exec 3<>"$asking/password"
printf '%s\\n' "$password" >&3
unset password
SUDO_ASKPASS=/bin/sh SUDO_PROMPT=$asking/ask
export SUDO_ASKPASS SUDO_PROMPT
`;

/** Shell: takes the pipe and its helper away. */
export const SUDO_ASKED = `exec 3>&-
rm -rf "$asking"
`;

/** What sudo says, in its own words, when it did not run the command at all. */
const REFUSALS = [
  /^sudo: a password is required$/,
  /^sudo: (no password was provided|\d+ incorrect password attempts?)$/,
  /^sudo: (a terminal is required to read the password|no tty present|no askpass program|sorry, you must have a tty)/,
  /^(Sorry, user .+ is not allowed to execute |.+ is not in the sudoers file)/,
  /^sudo: (account validation failure|PAM authentication error|unable to initialize policy plugin|unknown user|effective uid is not 0|\/etc\/sudo)/,
  /^sudo: .+ (is owned by uid|is world writable|must be owned by uid)/,
  /^\S*sh: .*sudo: (not found|command not found)$/,
];

/**
 * Why sudo did not run the command; null when it did, whatever became of it. A refusal shows as a failure with nothing
 * on stdout and sudo's own sentence as the last one on stderr.
 */
export function sudoRefusal(command: Command, ran: { readonly code: number | undefined; readonly stdout: string; readonly stderr: string }): string | null {
  if (command.as === 'login' || ran.code === undefined || ran.code === 0 || ran.stdout !== '') return null;
  const last = ran.stderr.trim().split('\n').findLast((line) => !/^(\s*|This incident .*)$/.test(line))?.trim() ?? '';
  return REFUSALS.some((refusal) => refusal.test(last)) ? last : null;
}

/** The sentence for a person. */
export function sudoRefused(host: string, command: Command, why: string): string {
  const wayOut = /password/.test(why)
    ? 'set ssh.sudoPassword to the right password, or allow it with NOPASSWD in sudoers'
    : "allow it in the host's sudoers";
  return `sudo on ${host} did not run \`${typed(command)}\`: ${why.replace(/\.$/, '')}. Nothing was done; ${wayOut}.`;
}

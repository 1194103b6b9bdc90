/** Can the host be reached, is its key known, does the login work, and will sudo run exactly what will be typed? */
import { typed, type Command } from '../../src/upgrade/command.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import type { Forbidden } from '../../src/ssh/port.ts';
import { isRefusal, isUnreachable } from '../at-work.ts';
import type { HostAtWork } from '../host-at-work.ts';
import { about } from './finding.ts';

// A host that just rebooted or a packet that was lost is no reason to send people home.
const TRIES = 3, BETWEEN_TRIES = 2_000;

export async function checkLogin(at: HostAtWork): Promise<Finding> {
  const login = about('login', at.host.name);
  for (let tried = 1; ; tried += 1) {
    try {
      const { code } = await at.look({ argv: ['true'], as: 'login' });
      return code === 0 ? login.ok(`${at.host.ssh.user}@${at.host.address} answers.`)
        : login.refused(`The login works, but the shell of ${at.host.ssh.user} on ${at.host.name} runs no command (exit code ${code ?? 'unknown'}): give it a POSIX shell.`);
    } catch (error) {
      if (isRefusal(error)) return login.refused(error.message);
      if (!isUnreachable(error)) throw error;
      if (tried >= TRIES) return login.refused(`${at.host.name} cannot be reached: ${error.message} Check the address, the network and its sshd, then start again.`);
      await at.pause(BETWEEN_TRIES);
    }
  }
}

/**
 * Runs the harmless process list by sudo, then asks about every other command. One at first, alone: a wrong password
 * given twice may lock the account on hosts that count.
 */
export async function checkSudo(at: HostAtWork, { listing, needs }: { readonly listing: Command; readonly needs: () => Promise<readonly Command[]> }): Promise<readonly Finding[]> {
  const sudo = about('sudo', at.host.name);
  let needed: readonly Command[];
  try {
    const { code, stderr } = await at.look(listing);
    if (code !== 0) return [sudo.refused(`"${typed(listing)}" fails on ${at.host.name} with exit code ${code ?? 'unknown'}: ${stderr.trim()}`)];
    needed = await needs();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [sudo.refused(error.message)];
  }
  const forbidden = await at.session.sudoForbids(needed, { signal: at.signal });
  if (forbidden.length === 0) return [sudo.ok(`sudo runs the ${needed.length} commands that will be needed.`)];
  return [...notThere(at, forbidden).map(sudo.refused), ...notAllowed(at, forbidden).map(sudo.refused)];
}

/** No line of sudoers helps where the program itself is missing. */
function notThere({ host }: HostAtWork, forbidden: readonly Forbidden[]): readonly string[] {
  const missing = [...new Set(forbidden.flatMap((each) => each.missing ?? []))];
  return missing.length === 0 ? [] : [`sudo on ${host.name} finds no ${missing.join(', no ')}: install what is missing; where it is there, add its folder to secure_path in sudoers.`];
}

function notAllowed({ host }: HostAtWork, forbidden: readonly Forbidden[]): readonly string[] {
  const [first, ...others] = forbidden.filter(({ missing }) => missing === undefined);
  if (first === undefined) return [];
  const named = [first, ...others].slice(0, NAMED).map(({ command }) => `"${typed(command)}"`).join(', ');
  const more = others.length >= NAMED ? ` and ${others.length + 1 - NAMED} more commands` : '';
  return [`sudo on ${host.name} will not run ${named}${more}: ${first.why} Add ${others.length === 0 ? 'it' : 'them'} to the sudoers of ${host.ssh.user}; \`lockkeeper sudoers FILE\` prints the lines.`];
}

/** As many as a person reads; the rest is in the lines that `lockkeeper sudoers` prints. */
const NAMED = 5;

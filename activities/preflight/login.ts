/** Can the host be reached, is its key known, does the login work, and will sudo run exactly what will be typed? */
import { asRoot, typed, type Command } from '../../src/upgrade/command.ts';
import type { Finding } from '../../src/upgrade/plan.ts';
import { checksums, copyInto, describeFiles, makeFolder, readEnd, readFile, removePackages, takeIn } from '../../src/products/ops-manager/keeping.ts';
import { KEPT, savedConfiguration, stagedPackage } from '../../src/products/ops-manager/layout.ts';
import type { LockOwner } from '../../src/upgrade/outcome.ts';
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

/** Everything that will be run by sudo on the host, word for word. */
export function rootCommands({ commands, host, layout }: Pick<HostAtWork, 'commands' | 'host' | 'layout'>, owner: LockOwner, sha256: string): readonly Command[] {
  const staged = stagedPackage(sha256), saved = savedConfiguration(owner.firstExecutionRunId);
  const files = [layout.key, layout.properties, layout.settings];
  return [
    commands.processes, commands.package.changedFiles, commands.package.describe(staged), commands.package.dryRun(staged), commands.package.install(staged),
    commands.application.start, commands.application.stop, commands.application.status,
    commands.backupDaemon.start, commands.backupDaemon.stop.service, commands.backupDaemon.stop['init-script'], commands.backupDaemon.status,
    asRoot('install', '-d', '-m', '0755', '-o', host.ssh.user, `${KEPT}/lock`), // what taking the lock makes the first time
    makeFolder(saved), makeFolder(staged.slice(0, staged.lastIndexOf('/'))), copyInto(saved, files), takeIn('/home/upload.deb', staged), removePackages(),
    checksums(files), describeFiles(files), readFile(layout.properties), readEnd(layout.logs.daemon, 500),
  ].filter(({ as }) => as !== 'login');
}

/**
 * Runs the harmless process list by sudo, then asks about every other command. One at first, alone: a wrong password
 * given a dozen times locks the account on hosts that count.
 */
export async function checkSudo(at: HostAtWork, owner: LockOwner, sha256: string): Promise<readonly Finding[]> {
  const sudo = about('sudo', at.host.name);
  try {
    const listing = await at.look(at.commands.processes);
    if (listing.code !== 0) return [sudo.refused(`"${typed(at.commands.processes)}" fails on ${at.host.name} with exit code ${listing.code ?? 'unknown'}: ${listing.stderr.trim()}`)];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [sudo.refused(error.message)];
  }
  const asked = await Promise.all(rootCommands(at, owner, sha256).map(async (command) => ({ command, why: await at.session.sudoAllows(command, { signal: at.signal }) })));
  const forbidden = asked.filter(({ why }) => why !== null);
  if (forbidden.length === 0) return [sudo.ok(`sudo runs the ${asked.length} commands that will be needed.`)];
  const reasons = [...new Set(forbidden.map(({ why }) => why))].join(' ');
  return [sudo.refused(`sudo on ${at.host.name} will not run ${forbidden.map(({ command }) => `"${typed(command)}"`).join(', ')}: ${reasons} Add ${forbidden.length === 1 ? 'it' : 'them'} to the sudoers of ${at.host.ssh.user}.`)];
}

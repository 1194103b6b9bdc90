/**
 * Reads what the installer printed: known failures, each as one sentence with the way out. What it says of its own success
 * is evidence and no proof: that is the node's version mark. Wordings are the product's own where it has them (domain guide,
 * the installer's messages), the database drivers' and Java's where they speak.
 */
interface Failure {
  readonly sign: RegExp;
  /** The installer looks for it before it changes anything. */
  readonly atOnce?: true;
  says(found: RegExpExecArray): string;
}

/** First what is most certain; of several in one log the first in this table is told. */
const FAILURES: readonly Failure[] = [
  {
    sign: /Found pid file at (\S+?)\.? /,
    atOnce: true,
    says: (found) => `The installer stops at ${found[1] ?? 'the pid file'}: prove that no server process is left on the host, remove that file, and run it again.`,
  },
  {
    sign: /A previously installed version of .{1,80}? is running|Please shutdown the running /,
    atOnce: true,
    says: () => 'The installer says that the server of this host is running: stop it by its service script, prove it gone, and run it again.',
  },
  {
    sign: /(?:property for|required|missing|must|no)\b.{0,60}agentcomm\.uri|agentcomm\.uri.{0,60}(?:required|missing|must)/i,
    atOnce: true,
    says: () => 'The installer misses agentcomm.uri, which an unattended run needs from 7.0 on: give the host its agentcommUri in the file, another one on every host.',
  },
  {
    sign: /No space left on device|There is not enough space on the disk|Disk quota exceeded/i,
    says: () => 'There is no room left on the disk: make room before it is run again.',
  },
  {
    sign: /does not meet required minimum (\S+)|Java (\S+) or greater required|UnsupportedClassVersionError/,
    says: ([, needed, orGreater]) => `The Java of the host is too old${needed ?? orGreater ? ` (${needed ?? orGreater} is needed)` : ''}: install a newer one and name it by javaHome.`,
  },
  {
    sign: /Class Not Found: JDBC driver (\S+)|ClassNotFoundException: (\S*(?:jdbc|sql|driver|db2|oracle)\S*)|No suitable driver|(?:cannot|could not|unable to) (?:load|find) (?:the )?(?:database |JDBC )?driver/i,
    says: ([, driver, itsClass]) => `The database driver${driver ?? itsClass ? ` ${driver ?? itsClass}` : ''} is missing: put the driver's jar for this release into lib/ext of the unpacked package, or of the install dir, and run it again.`,
  },
  {
    sign: /(\S+) is not a supported database type/,
    says: (found) => `${found[1] ?? 'The database'} is no database of this release any more: restore nothing, for nothing was changed; move the installation to another database first.`,
  },
  {
    sign: /server\.initial\.password is required/,
    says: () => 'The installer asks for an initial password, which it does only where it finds no server to upgrade: see that installDir is the folder of the installed server.',
  },
  {
    sign: /(?:Communications link failure|The Network Adapter could not establish the connection|Connection refused|The TCP\/IP connection to the host|Error opening socket to server)/,
    says: () => 'The installer cannot reach the database: see that it is up and can be reached from this host, and run it again.',
  },
  {
    sign: /Access denied for user|ORA-01017|Login failed for user|ORA-01031|(?:CREATE|ALTER) command denied/,
    says: () => 'The database lets the product\'s user not in, or not change its tables: give it the rights of an installation, and run it again.',
  },
  {
    sign: /Permission denied|FileNotFoundException: \S+ \(Permission denied\)|AccessDeniedException/,
    says: () => 'The installer may not write somewhere: see that runAs owns the whole install dir and may write the application data.',
  },
  {
    sign: /Non-Interactive Mode: problem with default value of .{0,200}? for '([^']{1,200})|the input has ended|Downgrade aborted/i,
    says: (found) => `The installer asked something although it runs unattended${found[1] === undefined ? '' : ` ("${found[1]}")`}: put its answer into installProperties of the file.`,
  },
];

/** The kernel's way out when memory is short; the shell of the installer's own script says so. */
const KILLED = /^(?:\S.{0,200}: +\d+ )?Killed\b/m;

/** Why the installer failed, as one sentence with the way out; null when nothing known is in its output. */
export function whyInstallFailed(output: string): string | null {
  for (const { sign, says } of FAILURES) {
    const found = sign.exec(output);
    if (found) return says(found);
  }
  if (KILLED.test(output)) return 'Somebody killed the installer, or the kernel did because memory was short: dmesg of the host tells.';
  return installerSays(output) === 'complete' ? 'The installer says "Installer Complete.", and the mark, which it writes last, does not: look at its log.' : null;
}

/** Whether it ended before it touched anything: at the checks that it makes first. */
export function refusedToBegin(output: string): boolean {
  return FAILURES.some(({ atOnce, sign }) => atOnce && sign.test(output)) && installerSays(output) !== 'complete' && !changedSchema(output);
}

/** What the installer says of its end: evidence for people, never proof. */
export function installerSays(output: string): 'complete' | 'failed' | null {
  const last = [...output.matchAll(/Installer Complete\.|Install Failed\./g)].at(-1)?.[0];
  return last === undefined ? null : last.startsWith('Installer') ? 'complete' : 'failed';
}

/** Whether this run changed the schema of the database. The first node's does, and says that it cancels what runs, whether anything did or not. */
export function changedSchema(output: string): boolean {
  return /Found database upgrades, cancelling currently running processes|(?:Upgrading|Migrating) (?:the )?database/i.test(output);
}

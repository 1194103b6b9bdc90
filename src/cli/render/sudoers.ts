/**
 * Lines for sudoers(5): one command each, so that they can be read, compared and counted.
 *
 * Words that are known are written out. A part that differs from upgrade to upgrade is written as so many [0-9a-f]: an
 * asterisk would also match blanks and slashes, and so further arguments and other folders. Regular expressions would be
 * shorter, but sudo knows them only since 1.9.10, which Debian 11, Ubuntu 22.04 and RHEL 9 do not have.
 */
import type { Package, Reachable } from '../../upgrade/installation.ts';
import type { Installation } from '../../upgrade/installation-urbancode.ts';
import type { Command } from '../../upgrade/command.ts';
import type { NeededOnHost, RootCommand } from '../../products/linux/needed-by-sudo.ts';
import { rootCommandsOf as rootCommandsOfOpsManager } from '../../products/ops-manager/root-commands.ts';
import { rootCommandsOf as rootCommandsOfUrbancodeDeploy } from '../../products/urbancode-deploy/root-commands.ts';
import { unitWords } from '../../ssh/job-start.ts';

/** Hosts that need the same lines. */
export interface SudoersGroup {
  readonly hosts: readonly string[];
  readonly user: string;
  /** Whether sudo asks the user for a password there. */
  readonly password: boolean;
  /** The lines, with comments that say which step needs them: a whole file for /etc/sudoers.d. */
  readonly text: string;
}

export interface SudoersWish {
  readonly installation: Installation;
  /** Let the lines hold for every package that is brought there, and so for later upgrades too. */
  readonly anyPackage: boolean;
}

const HEX = '[0-9a-f]';
/** Stand for the varying parts until the words around them are written; no word of a file holds such a character. */
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  // A run id of Temporal's is a UUID.
  '\uE000': [[8, 4, 4, 4, 12].map((digits) => HEX.repeat(digits)).join('-')],
  // Homes may be anywhere. What the asterisk lets in is only copied to where root alone can read it.
  '\uE001': ['/*'],
  // A process number has at most seven digits.
  '\uE002': Array.from({ length: 7 }, (_, more) => `[1-9]${'[0-9]'.repeat(more)}`),
  '\uE003': [HEX.repeat(64)],
  // A release of Ops Manager: three numbers, of which the last may have two digits.
  '\uE004': ['[0-9].[0-9].[0-9]', '[0-9].[0-9].[0-9][0-9]'],
};
const [RUN, HOME, PID, CHECKSUM, VERSION] = Object.keys(PATTERNS) as [string, string, string, string, string];

/**
 * /bin and /sbin, too, lead to these programs where everything is in /usr, so the paths hold on old and new systems:
 * sudo compares the file, not the path's spelling.
 */
const FOLDERS: Readonly<Record<string, string | readonly string[]>> = {
  cat: '/bin', chown: '/bin', cp: '/bin', journalctl: '/bin', ln: '/bin', mv: '/bin', ps: '/bin', rm: '/bin', rpm: '/bin', systemctl: '/bin', tar: '/bin',
  sh: '/bin',
  dpkg: '/usr/bin', 'dpkg-deb': '/usr/bin', find: '/usr/bin', install: '/usr/bin', sha256sum: '/usr/bin', socat: '/usr/bin', stat: '/usr/bin',
  'systemd-run': '/usr/bin', tail: '/usr/bin', service: '/usr/sbin',
  // Debian has it among the programs for everybody, Red Hat among those for root.
  ss: ['/bin', '/usr/sbin'],
};

/** What to put into sudoers, host by host; nothing for hosts whose user is root. */
export function sudoersGroups(wish: SudoersWish): readonly SudoersGroup[] {
  const needed = neededBy(wish).filter(({ commands }) => commands.length > 0);
  return needed.filter(({ host }) => host.ssh.user !== 'root').reduce<readonly SudoersGroup[]>((groups, { host, commands }) => {
    const own = { hosts: [host.name], user: host.ssh.user, password: host.ssh.sudoPassword !== undefined, text: linesFor(host, commands.map(wish.installation.product === 'urbancode-deploy' ? asItsUserAll : asItIs)) };
    const same = groups.find((group) => group.text === own.text);
    return same ? groups.map((group) => group === same ? { ...same, hosts: [...same.hosts, host.name] } : group) : [...groups, own];
  }, []);
}

function neededBy({ installation, anyPackage }: SudoersWish): readonly NeededOnHost[] {
  const packages = Object.fromEntries(Object.entries(installation.target.packages)
    .map(([platform, target]) => [platform, target && anyPackage ? { ...target, sha256: CHECKSUM } : target]));
  const target = { ...installation.target, packages, version: anyPackage ? VERSION : installation.target.version };
  return installation.product === 'ops-manager'
    ? rootCommandsOfOpsManager({ ...installation, target }, { firstExecutionRunId: RUN, home: HOME, pid: PID })
    : rootCommandsOfUrbancodeDeploy({ ...installation, target }, { home: HOME });
}

const asItIs = (needed: RootCommand): RootCommand => needed;
/** A product whose uploaded installer runs with all rights of its user: to list what that user may do would only look tighter. */
const asItsUserAll = (needed: RootCommand): RootCommand => typeof needed.command.as === 'object' ? { ...needed, command: { argv: [EVERYTHING], as: needed.command.as } } : needed;
const EVERYTHING = 'ALL';

/** The groups below each other, with what a person should know who reads or installs them. */
export function sudoersText({ installation, anyPackage }: SudoersWish, groups: readonly SudoersGroup[]): string {
  const { installation: name, target } = installation;
  return [
    anyPackage ? `# What upgrades of ${name} run by sudo, and nothing else.` : `# What the upgrade of ${name} to ${target.version} runs by sudo, and nothing else.`,
    '# To install the lines of a host there, as root, once they are in FILE:',
    '#   visudo -cf FILE && install -m 0440 FILE /etc/sudoers.d/lockkeeper',
    '# [0-9a-f], many times over, is a name that differs from upgrade to upgrade; it matches no blank and no slash.',
    ...warnings(installation, groups),
    ...(installation.product === 'ops-manager' ? ['# gen.key is taken to be in its usual place; where ENC_KEY_PATH in mms.conf names another, write that one.'] : []),
    '# What your own commands in the file do by sudo (backups, load balancers) is not in here.',
    ...groups.flatMap(({ hosts, text }) => ['', `# ---- ${hosts.join(', ')} ----`, text.trimEnd()]),
  ].join('\n');
}

/** What the lines let people do who have them, beyond what they are for. */
function warnings({ product, target }: Installation, groups: readonly SudoersGroup[]): readonly string[] {
  const packages: Readonly<Record<string, Package | undefined>> = target.packages;
  const isUploaded = (...platforms: readonly string[]): boolean => platforms.some((platform) => packages[platform]?.file !== undefined);
  if (product === 'urbancode-deploy') return ["# The installer runs with all rights of the product's user, so everything is allowed as that user, and nothing more than this as root."];
  return [
    ...(isUploaded('debian', 'rhel') ? [
      '# Lockkeeper uploads the package, and a package runs scripts as root: who has these lines can become root by a package',
      '# of their own. Where that is too much, put one that only root can change on the hosts and name it by onHost.',
    ] : []),
    ...(isUploaded('linux') ? ["# Lockkeeper uploads the tarball: who has these lines can run a tree of their own as the product's user."] : []),
    ...(groups.some(({ text }) => /\/service \S+ status$/m.test(text)) ? [
      '# Where systemd is older than 247, `service NAME status` on a terminal opens a pager, and a pager a shell. Lockkeeper uses',
      '# no terminal; let nobody else log in as its user there.',
    ] : []),
  ];
}

function linesFor(host: Reachable, commands: readonly RootCommand[]): string {
  const steps = [...new Set(commands.map(({ step }) => step))];
  const written = new Set<string>();
  const lines = steps.flatMap((step) => {
    const own = [...new Set(commands.filter((each) => each.step === step).flatMap(({ command }) => rules(host, command)))].filter((line) => !written.has(line));
    for (const line of own) written.add(line);
    return own.length === 0 ? [] : [`# To ${step}:`, ...own];
  });
  return [...lines, ...onlyWhere(host, steps.length > 1)].map((line) => `${line}\n`).join('');
}

/** What some hosts need besides: nothing in the installation file says whether these do. */
function onlyWhere(host: Reachable, isUpgraded: boolean): readonly string[] {
  return [
    ...(isUpgraded && host.ssh.sudoPassword === undefined ? [
      `# To run these as units of ${host.ssh.user}'s own where systemd is there, which may end what a login leaves behind; it gives no more right:`,
      `${begin(host, 'root')}/usr/bin/${unitWords({ user: host.ssh.user, job: '/*/.lockkeeper/jobs/*' }).map((word) => word.split('*').map(escaped).join('*')).join(' ')}`,
    ] : []),
  ];
}

/** Several where a pattern has several forms. */
function rules(host: Reachable, command: Command): readonly string[] {
  if (command.as === 'login') return [];
  const [program = '', ...words] = command.argv;
  if (program === EVERYTHING) return [begin(host, command.as === 'root' ? 'root' : command.as.user) + EVERYTHING];
  const paths = program.startsWith('/') ? [program] : foldersOf(program).map((folder) => `${folder}/${program}`);
  // Without words sudoers would allow any; an empty word allows none.
  const texts = paths.map((path) => [path, ...(words.length === 0 ? ['""'] : words)].map((word) => (word === '""' ? word : escaped(word))).join(' '));
  const forms = Object.entries(PATTERNS).reduce<readonly string[]>((all, [mark, patterns]) =>
    all.flatMap((each) => (each.includes(mark) ? patterns.map((pattern) => each.replaceAll(mark, pattern)) : [each])), texts);
  return forms.map((form) => begin(host, command.as === 'root' ? 'root' : command.as === 'login' ? '' : command.as.user) + form);
}

function begin(host: Reachable, runAs: string): string {
  return `${userName(host.ssh.user)} ALL=(${userName(runAs)}) ${host.ssh.sudoPassword === undefined ? 'NOPASSWD: ' : ''}`;
}

function foldersOf(program: string): readonly string[] {
  const folder = FOLDERS[program];
  if (folder === undefined) throw new Error(`Nobody has said in which folder ${program} is: add it to the table in sudoers.ts.`);
  return [folder].flat();
}

/**
 * A word as sudoers wants it: the characters that end a command, and those that would be patterns, behind a backslash; a
 * backslash four times, because the file's reader and the matcher each take half of them.
 */
export function escaped(word: string): string {
  return word.replaceAll('\\', '\\\\\\\\').replace(/[,:=# *?[\]]/g, '\\$&');
}

/** In quotes where it is all capitals, which would be taken for an alias; a backslash doubled, which quotes do not need. */
export function userName(name: string): string {
  return /^[A-Z0-9_]+$/.test(name) ? `"${name}"` : name.replaceAll('\\', '\\\\');
}

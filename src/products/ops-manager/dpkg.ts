/** dpkg and its relatives, in the manual's words (`sudo dpkg -i`): what to type and what they print. */
import { asLogin, asRoot } from '../../upgrade/command.ts';
import type { Printed } from '../linux/printed.ts';
import { NO_PACKAGE, PACKAGE, type PackageFile, type PackageManager, type PackageState } from './packaging.ts';

// An edited configuration file makes dpkg ask; without a terminal the question is an error. Keep what the site edited.
const KEEP_EDITED = ['--force-confdef', '--force-confold'];

export const dpkg: PackageManager = {
  kind: 'package-manager',
  name: 'dpkg',
  runsOn: 'amd64',
  state: asLogin('dpkg-query', '-W', '-f=${Version}\\t${db:Status-Abbrev}\\t${Architecture}\\n', PACKAGE),
  readState,
  whyAbsent: (host) => `dpkg on ${host} ${NO_PACKAGE}`,
  architecture: asLogin('dpkg', '--print-architecture'),
  describe: (file) => asRoot('dpkg-deb', '-f', file, 'Package', 'Version', 'Architecture'),
  readDescription: parseControl,
  dryRun: (file) => asRoot('dpkg', '--dry-run', ...KEEP_EDITED, '-i', file),
  install: (file) => asRoot('dpkg', ...KEEP_EDITED, '-i', file),
  isLockedOut: (output) => /dpkg: error: (?:dpkg (?:frontend|database) (?:lock )?(?:was|is) locked by another process|parsing file .* locked)/.test(output),
  changedFiles: asRoot('dpkg', '-V', PACKAGE),
  // dpkg writes this list anew with every unpacking.
  unpackedAt: asLogin('stat', '-c', '%Y', `/var/lib/dpkg/info/${PACKAGE}.list`),
  shipped: (file) => `${file}.dpkg-dist`,
};

function readState({ code, stdout, stderr }: Printed): PackageState | 'absent' | 'unknown' {
  if (code === 1 && /no packages found matching/.test(stderr)) return 'absent';
  return (code === 0 ? parsePackageState(stdout) : null) ?? 'unknown';
}

/** Reads `dpkg-query -W` with version, status and architecture by tabs; null when the line is none. */
export function parsePackageState(line: string): PackageState | 'absent' | null {
  const [version, status, architecture] = line.trim().split('\t');
  if (version === undefined || status === undefined || architecture === undefined) return null;
  const letter = status.charAt(1);
  if (letter === 'n' || letter === 'c') return 'absent'; // not there, or only its configuration
  return { version, architecture, state: letter === 'i' ? 'installed' : 'unfinished' };
}

/** Reads the control fields of a package: `dpkg-deb -f FILE Package Version Architecture`, or a control file. */
export function parseControl(text: string): PackageFile | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}:[ \\t]*(\\S+)`, 'm').exec(text)?.[1];
  const name = field('Package'), version = field('Version'), architecture = field('Architecture');
  return name && version && architecture ? { name, version, architecture } : null;
}

/** rpm, in the manual's words (`sudo rpm -Uvh`): what to type and what it prints. */
import { asLogin, asRoot } from '../../upgrade/command.ts';
import type { Printed } from '../linux/printed.ts';
import { NO_PACKAGE, PACKAGE, type PackageFile, type PackageManager, type PackageState } from './packaging.ts';

const FIELDS = '%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';

/**
 * An interrupted upgrade leaves the new package beside the old one, and a plain `-U` would then call the new one installed
 * and do nothing: so it may replace itself.
 */
const OVER_ITSELF = '--replacepkgs';

/** Configuration that a site edited is kept where the vendor marked it so (`.rpmnew` is put beside): no option is needed. */
export const rpm: PackageManager = {
  kind: 'package-manager',
  name: 'rpm',
  runsOn: 'x86_64',
  state: asLogin('rpm', '-q', '--qf', FIELDS, PACKAGE),
  readState,
  whyAbsent: (host) => `rpm on ${host} ${NO_PACKAGE}`,
  architecture: asLogin('rpm', '--eval', '%{_arch}'),
  describe: (file) => asRoot('rpm', '-qp', '--qf', FIELDS, file),
  readDescription: (printed) => parseFields(printed)[0] ?? null,
  dryRun: (file) => asRoot('rpm', '-U', '--test', OVER_ITSELF, file),
  install: (file) => asRoot('rpm', '-Uvh', OVER_ITSELF, file),
  isLockedOut: (output) => /error: can't create transaction lock on/.test(output),
  changedFiles: asRoot('rpm', '-V', PACKAGE),
  unpackedAt: asLogin('rpm', '-q', '--qf', '%{INSTALLTIME}\\n', PACKAGE),
  shipped: (file) => `${file}.rpmnew`,
};

/** An interrupted upgrade leaves the new package beside the old one: two lines, the new one last. */
function readState({ code, stdout }: Printed): PackageState | 'absent' | 'unknown' {
  if (code === 1 && new RegExp(`^package ${PACKAGE} is not installed$`, 'm').test(stdout)) return 'absent';
  const packages = code === 0 ? parseFields(stdout) : [];
  const last = packages.at(-1);
  return last ? { version: last.version, architecture: last.architecture, state: packages.length === 1 ? 'installed' : 'unfinished' } : 'unknown';
}

/** Name, version with release, and architecture, by tabs; a line for each package. Warnings about keys are left out. */
function parseFields(printed: string): readonly PackageFile[] {
  return printed.split('\n').flatMap((line) => {
    const [name, version, architecture] = line.trim().split('\t');
    return name && version && architecture ? [{ name, version, architecture }] : [];
  });
}

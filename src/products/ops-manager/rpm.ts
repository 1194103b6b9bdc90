/** rpm, in the manual's words (`sudo rpm -Uvh`): what to type and what it prints. */
import { asLogin, asRoot } from '../../upgrade/command.ts';
import { PACKAGE, type PackageFile, type PackageManager, type PackageState, type Printed } from './package-manager.ts';

const FIELDS = '%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n';

/** A file of the package that its vendor marked as configuration is kept when a site edited it: no option is needed. */
export const rpm: PackageManager = {
  name: 'rpm',
  runsOn: 'x86_64',
  state: asLogin('rpm', '-q', '--qf', FIELDS, PACKAGE),
  readState,
  architecture: asLogin('rpm', '--eval', '%{_arch}'),
  describe: (file) => asRoot('rpm', '-qp', '--qf', FIELDS, file),
  readDescription: (printed) => parseFields(printed)[0] ?? null,
  dryRun: (file) => asRoot('rpm', '-U', '--test', file),
  install: (file) => asRoot('rpm', '-Uvh', file),
  // It waits for the lock of another rpm; it gives up where it cannot even ask for it.
  isLockedOut: (output) => /can't create transaction lock on|cannot get exclusive lock on/.test(output),
  changedFiles: asRoot('rpm', '-V', PACKAGE),
  unpackedAt: asLogin('rpm', '-q', '--qf', '%{INSTALLTIME}\\n', PACKAGE),
  shippedSuffix: '.rpmnew',
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

/**
 * Makes simulated hosts tell secrets wherever they can, and finds what is left of secrets in files.
 *
 * A host keeps the secrets in `/var/note`. From then on each of its programs prints the note on stderr, the package
 * manager and the service scripts on stdout too, the product has it in its command line, its logs and its answers, and
 * the application's configuration holds the connection string. What each program was itself given, by its arguments and
 * its environment, and by whom, it writes to `/var/given`: there must be no secret in that.
 */
import {
  appendFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { SimulatedHost } from '../../src/simulation/simulated-host.ts';

const MMS = 'opt/mongodb/mms';

/** Files of a host in which the secrets are by right: the site put them there, or its programs wrote what they say. */
const BY_RIGHT = [
  /^var\/note$/,
  /^etc\/sudo-password$/,
  /^opt\/mongodb\/mms\/conf\/conf-mms\.properties$/,
  /^var\/lib\/lockkeeper\/.*\/opt\/mongodb\/mms\/conf\/conf-mms\.properties$/, // the copy that is saved beside the key, for root only
  /^opt\/mongodb\/mms\/logs\//,
];

export interface Telltale { readonly note: string; readonly databaseUri: string }

export function makeTelltale(host: SimulatedHost, { note, databaseUri }: Telltale): void {
  const { folder } = host;
  writeFileSync(join(folder, 'var/note'), `${note}\n`);
  for (const name of ownPrograms(folder)) tellInProgram(folder, name);
  if (!existsSync(join(folder, MMS))) return;
  change(join(folder, MMS, 'conf/conf-mms.properties'), /^mongo\.mongoUri=.*$/m, `mongo.mongoUri=${databaseUri}`);
  change(join(folder, MMS, 'lib/ops-manager.cjs'), /simulation: true/g, "simulation: true, note: read(path.join(folder, 'var/note'))");
  change(join(folder, MMS, 'lib/ops-manager.cjs'), "' [main] INFO  ' + text", "' [main] INFO  ' + text + ' ' + read(path.join(folder, 'var/note'))");
  change(join(folder, MMS, 'lib/ops-manager.cjs'), "'Waiting for Backup Daemons on '", "read(path.join(folder, 'var/note')) + ' Waiting for Backup Daemons on '");
  appendFileSync(join(folder, MMS, 'logs/daemon.log'), `${note}\n`); // the daemon that runs has read its program already
  for (const script of ['mongodb-mms', 'mongodb-mms-backup-daemon']) {
    change(join(folder, 'etc/init.d', script), /-Duser\.timezone=GMT/g, '-Duser.timezone=GMT "-Dnote=$(cat "$SIM_FOLDER/var/note")"');
  }
}

/** From now on the host's shell runs nothing and tells the note instead. Returns what mends it. */
export function breakShell(host: SimulatedHost | undefined): () => void {
  if (host === undefined) throw new Error('there is no such host');
  const shell = join(host.folder, 'usr/bin/sh');
  const real = readlinkSync(shell);
  rmSync(shell);
  writeFileSync(shell, '#!/bin/sh\ncat "$SIM_FOLDER/var/note" >&2\nexit 1\n', { mode: 0o755 });
  return () => {
    rmSync(shell);
    symlinkSync(real, shell);
  };
}

function ownPrograms(folder: string): readonly string[] {
  return readdirSync(join(folder, 'usr/bin')).filter((name) => lstatSync(join(folder, 'usr/bin', name)).isFile());
}

/** Shell, with no process of its own where none is needed: hundreds of programs run in an upgrade. */
function tellInProgram(folder: string, name: string): void {
  const program = join(folder, 'usr/bin', name);
  const told = join(folder, 'usr/lib/telltale', name);
  mkdirSync(join(folder, 'usr/lib/telltale'), { recursive: true });
  renameSync(program, told);
  writeFileSync(program, `#!/bin/sh
{ echo "$0 $*"; export -p${name === 'sudo' ? '; cat "/proc/$PPID/cmdline"' : ''}; } >>"$SIM_FOLDER/var/given" 2>&1
read -r note <"$SIM_FOLDER/var/note"
echo "$note" >&2
case "\${0##*/} $*" in 'dpkg '*' -i '* | mongodump* | service*) echo "$note" ;; esac
unset note
exec "${told}" "$@"
`, { mode: 0o755 });
}

function change(file: string, what: string | RegExp, by: string): void {
  const before = readFileSync(file, 'utf8');
  const after = before.replace(what, () => by);
  if (after === before) throw new Error(`${file} holds no ${String(what)}`);
  writeFileSync(file, after);
}

/** The files below the folder of a host that hold one of the secrets though they should not, and pipes that were left. */
export function leftIn(folder: string, secrets: readonly string[]): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => {
    const seen = lstatSync(join(folder, path));
    if (secrets.some((secret) => path.includes(secret)) || seen.isFIFO()) return true;
    if (!seen.isFile() || BY_RIGHT.some((place) => place.test(path))) return false;
    const text = readFileSync(join(folder, path), 'latin1');
    return secrets.some((secret) => text.includes(secret));
  });
}

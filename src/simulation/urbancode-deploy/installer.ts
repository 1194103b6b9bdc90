/**
 * A simulated package of the server: a text file, with the installer in it and filler so that there is something to upload.
 * Installing takes some seconds, and writes when it began and ended to `/var/log/installs`: the host's own record.
 */

/** What the package's own `install-server.sh` does. It refuses where the real one would, and where the real one should. */
const INSTALLER = `#!/bin/sh
cd "$(dirname "$0")" || exit
read -r version < version
tree="$SIM_FOLDER/opt/ucd/server" log="$SIM_FOLDER/var/log/installs"
[ -e "$tree/var/server.pid" ] && { echo "Found pid file at $tree/var/server.pid. Is the server running?"; exit 1; }
for session in "$SIM_SHARED"/sessions/*; do
  [ -e "$session" ] && [ "$(cat "$session")" != "$version" ] && { echo "A previously installed version of the server is running on \${session##*/}."; exit 1; }
done
printf '%s begin ibm-ucd %s\\n' "$(date -u +%H:%M:%S)" "$version" >> "$log"
read -r schema < "$SIM_SHARED/schema"
[ "$schema" = "$version" ] && echo "No database upgrades found" || echo "Upgrading the database from $schema to $version"
sleep "$SIM_INSTALL_SECONDS"
echo "$version" > "$SIM_SHARED/schema"
echo "$version" > "$tree/version"
echo "installed.version=$version.1161889" > "$tree/conf/installed.version"
printf '%s end ibm-ucd %s\\n' "$(date -u +%H:%M:%S)" "$version" >> "$log"
echo "Installer Complete."
# end of the installer
`;

/** The text of a simulated package; padded to about the size given, in bytes. */
export function serverPackage(version: string, bytes: number): string {
  const text = `Lockkeeper simulation: not a real package\nVersion: ${version}\n${INSTALLER}`;
  return text + 'filler\n'.repeat(Math.max(0, Math.floor((bytes - text.length) / 7)));
}

/** Typed as `unzip -q -o ARCHIVE -d FOLDER`. */
export const UNZIP = `#!/bin/sh
archive=$3 top=$5/ibm-ucd-install
head -n 1 "$archive" | grep -q '^Lockkeeper simulation' || { echo "unzip: $archive is no package of this simulation" >&2; exit 9; }
mkdir -p "$top"
sed -n 's/^Version: //p' "$archive" > "$top/version"
sed -n '/^#!/,/^# end of the installer/p' "$archive" > "$top/install-server.sh"
chmod 755 "$top/install-server.sh"
echo '# Answers for an unattended install' > "$top/install.properties"
`;

/** Listeners: a port of a simulated host is a socket in its folder. Its sshd is always there. */
export const SS = `#!/bin/sh
echo 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=2,fd=3))'
for port in "$SIM_FOLDER"/run/[0-9]*; do
  [ -S "$port" ] && echo "LISTEN 0 100 0.0.0.0:\${port##*/} 0.0.0.0:* "
done
exit 0
`;

# What both init scripts do: insist on root, misbehave where a test asks for it, else hand over to the vendor's script.

# The tree that this file is in; a tarball's belongs to the user that it runs as.
BASE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$BASE/lib/record.sh"

# service(8) runs an init script in an emptied environment; a person's or sudo's own call brings a HOME. That is how
# `service X stop` can fail where `/etc/init.d/X stop` works.
called_by_service() { [ -z "${HOME+set}" ]; }

run_init_script() {
  local name=$1 verb=${2:-} label=Ops\ Manager
  [ "$(id -u)" = 0 ] || { echo "This script must be run as root" >&2; exit 4; }
  if [ "$name" = mongodb-mms-backup-daemon ] && [ "$verb" = stop ]; then
    label='Backup Daemon'
    if called_by_service; then
      [ "$(behaviour service-stop works)" = lies ] && { echo "Stop $label...[  OK  ]"; exit 0; }
    else
      [ "$(behaviour init-script-stop works)" = fails ] && { echo "Stop $label...[FAILED]"; exit 0; }
    fi
  fi
  export STAND_IN_INIT=1
  local owner; owner=$(stat -c %U "$BASE/bin")
  [ "$owner" = root ] || exec setpriv --reuid "$owner" --regid "$owner" --init-groups env HOME="$(getent passwd "$owner" | cut -d: -f6)" "$BASE/bin/$name" "$verb"
  exec "$BASE/bin/$name" "$verb"
}

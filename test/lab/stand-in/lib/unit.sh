#!/bin/bash
# unit.sh SERVICE: what a unit starts. It runs the vendor's script and stays for as long as that one's process lives, so
# that `systemctl start` has returned long before a start has failed.
BASE=$(cd "$(dirname "$0")/.." && pwd)
. "$BASE/lib/process.sh"

case $1 in
  mongodb-mms) "$BASE/bin/mongodb-mms" start_mms || exit 1; pid=$(application_pid) ;;
  *) "$BASE/bin/$1" start || exit 1; pid=$(daemon_pid) ;;
esac
exec tail --pid="${pid:-1}" -s 0.2 -f /dev/null

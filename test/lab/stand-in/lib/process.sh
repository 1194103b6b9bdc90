# Starting and finding the stand-in's processes. Their listing is the real product's: a JVM-like program, a long tail of
# options, the application id somewhere in it and the main class at the very end, beyond any 80 columns.

# The calling script sets BASE, the tree it is in.
. "$BASE/lib/record.sh"
. "$BASE/conf/mms.conf"

APPLICATION_PID=$BASE/tmp/mms-0.pid
DAEMON_PID=$BASE/tmp/bgrid-0.pid
MIGRATION_PID=$BASE/tmp/migration.pid
STARTUP_LOG=$BASE/logs/mms0-startup.log
DAEMON_STARTUP_LOG=$BASE/logs/daemon-startup.log

CLASSPATH=$(printf "$BASE/classes/mms.jar"; for jar in $(seq -f %02g 40); do printf ":$BASE/lib/module-$jar.jar"; done)

# Print pid if the file PIDFILE names a live process of ours. A pid from before a power cut may be anybody's by now.
live_pid() {
  local pid; pid=$(cat "$1" 2>/dev/null) || return 1
  [ -n "$pid" ] && { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q -- "-Dapp-id=$2 " && echo "$pid"
}

application_pid() { live_pid "$APPLICATION_PID" mms; }
daemon_pid() { live_pid "$DAEMON_PID" bgrid; }
migration_pid() { live_pid "$MIGRATION_PID" mms; }

# Become PROGRAM (a Python file) under the product's listing: as_product PROGRAM APP_ID MAIN_CLASS
as_product() {
  local user=() home=$HOME
  if [ "$(id -u)" = 0 ]; then user=(setpriv --reuid mongodb-mms --regid mongodb-mms --init-groups) home=$BASE; fi
  exec "${user[@]}" env -i PATH=/usr/bin:/bin HOME="$home" \
    "$BASE/jdk/bin/mms-app" -B "$BASE/lib/$1.py" -Duser.timezone=GMT -Djava.net.preferIPv4Stack=false \
    -Dsun.net.client.defaultReadTimeout=20000 -Dsun.net.client.defaultConnectTimeout=10000 -Dfile.encoding=UTF-8 \
    -Xss328k -Xms4352m -Xmx4352m -XX:NewSize=600m -XX:ReservedCodeCacheSize=128m -XX:-OmitStackTraceInFastThrow \
    "-Dbase-port=$BASE_PORT" "-Dinstance-id=0" "-Dlog_path=$BASE/logs" "-Dapp-dir=$BASE" \
    "-Dapp-id=$2" "-Dmms.keyfile=$ENC_KEY_PATH" -classpath "$CLASSPATH" "$3"
}

# Start PROGRAM detached from whoever calls, log to LOG, keep its pid in PIDFILE: launch PIDFILE LOG PROGRAM APP_ID CLASS
launch() {
  local pid_file=$1 log=$2; shift 2
  count_tree
  (
    trap '' HUP
    cd / || exit
    echo $BASHPID >"$pid_file"
    # 9 is the scripts' lock, where one is held.
    as_product "$@" </dev/null >>"$log" 2>&1 9>&-
  ) &
  disown
}

is_tarball() { [ -e "$BASE/TARBALL" ]; }

# A tarball has no scriptlet that could count its installs: a tree counts itself when something is first started from it.
count_tree() {
  is_tarball && [ ! -e "$BASE/logs/counted" ] || return 0
  local version event; version=$(cat "$BASE/VERSION")
  for event in begun configured; do
    printf '{"event":"%s","version":"%s","pid":%d,"at":"%s"}\n' "$event" "$version" $$ "$(date -u +%FT%T.%3NZ)" >>"$STAND_IN/installs"
  done
  : >"$BASE/logs/counted"
}

# Make sure that the shared key is there; a lost one is silently made anew, which no upgrade may ever let happen.
ensure_key() {
  [ -s "$ENC_KEY_PATH" ] && return
  echo "Generating new Ops Manager private key..." | tee -a "$1"
  install -d -m 755 "$(dirname "$ENC_KEY_PATH")"
  head -c 24 /dev/urandom >"$ENC_KEY_PATH"
  [ "$(id -u)" != 0 ] || chown mongodb-mms: "$ENC_KEY_PATH"
  chmod 600 "$ENC_KEY_PATH"
  [ -e "$STAND_IN/key-was-there" ] && violation gen-key-lost "started without $ENC_KEY_PATH"
  : >"$STAND_IN/key-was-there"
}

# Wait until CONDITION... holds: within SECONDS CONDITION...
within() {
  local ends=$(($(date +%s%N) + $1 * 1000000000)); shift
  until "$@"; do
    [ "$(date +%s%N)" -lt "$ends" ] || return 1
    sleep 0.1
  done
}

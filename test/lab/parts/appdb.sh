# The Application Database, in the lab's network at the control address: a mongod on PATH, else SecantusDB, a server
# in Python that speaks MongoDB's protocol (a replica set of one). GPL-2.0: used by tests, never shipped.

SECANTUS=SecantusDB==0.7.0b3
APPDB=$CONTROL:27017

lab_appdb() {
  case ${1:-} in
    start) appdb_start ;;
    stop) appdb_stop ;;
    wipe) appdb_stop KILL; rm -rf "$LAB_STATE/appdb/data" ;;
    uri) echo "mongodb://$APPDB/?replicaSet=$(appdb_set)" ;;
    *) die "usage: lab appdb start|stop|wipe|uri" ;;
  esac
}

appdb_set() { if command -v mongod >/dev/null; then echo lab; else echo secantus; fi; }
appdb_answers() { in_net bash -c "exec 3<>/dev/tcp/${APPDB/:/\/}" 2>/dev/null; }

appdb_start() {
  network_up
  appdb_answers && return
  mkdir -p "$LAB_STATE/appdb/data"
  local server attempt
  if command -v mongod >/dev/null; then
    server=(mongod --bind_ip "$CONTROL" --port 27017 --dbpath "$LAB_STATE/appdb/data" --replSet lab)
  else
    server=("$(secantus)/bin/secantusd-py" --host "$CONTROL" --port 27017 --storage-path "$LAB_STATE/appdb/data" --cache-size 64M)
  fi
  in_net setsid "${server[@]}" </dev/null >>"$LAB_STATE/appdb/log" 2>&1 &
  disown
  for attempt in $(seq 300); do appdb_answers && break; sleep 0.05; done
  appdb_answers || die "no Application Database after $attempt looks in 15 s; see $LAB_STATE/appdb/log"
}

# Whoever listens on the port in the lab's network is the server. Resolves when the process is gone, not only its port:
# it writes to its folder until then. A dead process that nobody has reaped yet has no command line.
appdb_stop() {
  local signal=${1:-TERM} pid
  [ -e "/run/netns/$NET" ] || return 0
  for pid in $(in_net ss -Hltnp "sport = :27017" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u); do
    kill "-$signal" "$pid"
    while [ -n "$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null)" ]; do sleep 0.02; done
  done
}

# Print the folder of the Python environment that holds SecantusDB; make it once.
secantus() {
  local venv=$LAB_CACHE/$SECANTUS
  [ -d "$venv" ] && { echo "$venv"; return; }
  (
    flock 9
    [ -d "$venv" ] && exit
    rm -rf "$venv.building"
    # Scripts in an environment hold its path, so it is made in place and marked ready by a rename of what points at it.
    python3 -m venv "$venv.building" && "$venv.building/bin/pip" install -q "$SECANTUS" >&2 || die "SecantusDB could not be installed"
    sed -i "s|$venv.building|$venv|g" "$venv.building"/bin/*
    mv "$venv.building" "$venv"
  ) 9>"$LAB_CACHE/secantus.lock" || exit 1
  echo "$venv"
}

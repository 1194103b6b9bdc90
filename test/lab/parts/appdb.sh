# The Application Database, in the lab's network at the control address: a mongod on PATH, else SecantusDB, a server
# in Python that speaks MongoDB's protocol (a replica set of one). GPL-2.0: used by tests, never shipped.
#
# It has a user with a password, as every production's has: what tests look for where no secret may be.

SECANTUS=SecantusDB==0.7.0b3
APPDB=$CONTROL:27017
APPDB_USER=mms
APPDB_PASSWORD=appdb-pass
APPDB_FOLDER=$LAB_STATE/appdb

lab_appdb() {
  case ${1:-} in
    start) appdb_start ;;
    stop) appdb_stop ;;
    wipe) appdb_show; appdb_stop KILL; rm -rf "$APPDB_FOLDER/data" ;;
    hide) appdb_hide ;;
    show) appdb_show ;;
    program) echo "$(secantus)/bin/secantusd-py" ;;
    uri) echo "mongodb://$APPDB_USER:$APPDB_PASSWORD@$APPDB/?replicaSet=$(appdb_set)&authSource=admin" ;;
    *) die "usage: lab appdb start|stop|wipe|hide|show|uri|program" ;;
  esac
}

has_mongod() { command -v mongod >/dev/null; }
appdb_set() { if has_mongod; then echo lab; else echo secantus; fi; }
appdb_answers() { in_net bash -c "exec 3<>/dev/tcp/${APPDB/:/\/}" 2>/dev/null; }

# A firewall between the control address, where workers run, and the database beside it; the hosts still reach it.
appdb_hide() {
  in_net nft -f - <<RULES
table inet appdb {
  chain output { type filter hook output priority 0; ip saddr $CONTROL tcp dport 27017 reject with tcp reset; }
}
RULES
}
appdb_show() { [ ! -e "/run/netns/$NET" ] || ! in_net nft list table inet appdb >/dev/null 2>&1 || in_net nft delete table inet appdb; }

# An empty database with its user is made once per lab and copied: quicker than making it at every reset.
appdb_start() {
  network_up
  appdb_answers && return
  if [ ! -d "$APPDB_FOLDER/data" ]; then
    [ -d "$APPDB_FOLDER/empty" ] || make_empty_appdb
    cp -a "$APPDB_FOLDER/empty" "$APPDB_FOLDER/data"
  fi
  serve_appdb "$APPDB_FOLDER/data" --auth
}

make_empty_appdb() {
  local making=$APPDB_FOLDER/making
  rm -rf "$making"; mkdir -p "$making"
  serve_appdb "$making"
  in_net "$(secantus)/bin/python" - "$APPDB" "$APPDB_USER" "$APPDB_PASSWORD" "$(has_mongod && echo initiate)" <<'PYTHON' || die "the Application Database's user could not be made"
import sys
import time
import pymongo
address, user, password, initiate = sys.argv[1:]
client = pymongo.MongoClient(f'mongodb://{address}/', directConnection=True)
if initiate:
    client.admin.command('replSetInitiate', {'_id': 'lab', 'members': [{'_id': 0, 'host': address}]})
while not client.admin.command('hello')['isWritablePrimary']:
    time.sleep(0.1)
client.admin.command('createUser', user, pwd=password, roles=['root'], mechanisms=['SCRAM-SHA-256'])
PYTHON
  appdb_stop
  mv "$making" "$APPDB_FOLDER/empty"
}

# serve_appdb FOLDER [--auth]. A mongod of a replica set would need a key file to insist on the password: it takes it anyway.
serve_appdb() {
  local server attempt
  if has_mongod; then
    server=(mongod --bind_ip "$CONTROL" --port 27017 --dbpath "$1" --replSet lab)
  else
    server=("$(secantus)/bin/secantusd-py" --host "$CONTROL" --port 27017 --storage-path "$1" --cache-size 64M ${2:+"$2"})
  fi
  in_net setsid "${server[@]}" </dev/null >>"$APPDB_FOLDER/log" 2>&1 &
  disown
  for attempt in $(seq 300); do appdb_answers && break; sleep 0.05; done
  appdb_answers || die "no Application Database after $attempt looks in 15 s; see $APPDB_FOLDER/log"
}

# Whoever listens on the port in the lab's network is the server. Returns when the process is gone, not only its port: it
# writes to its folder until then. Nor only its memory: its port still answers a moment longer, and it would be taken for
# the next one. A dead process that nobody has reaped yet is a zombie, and holds neither.
appdb_stop() {
  local signal=${1:-TERM} pid
  [ -e "/run/netns/$NET" ] || return 0
  for pid in $(in_net ss -Hltnp "sport = :27017" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u); do
    kill "-$signal" "$pid"
    until is_dead "$pid"; do sleep 0.02; done
  done
}

# Print the folder of the Python environment that holds SecantusDB; make it once.
secantus() {
  local venv=$LAB_CACHE/$SECANTUS
  [ -d "$venv" ] && { echo "$venv"; return; }
  mkdir -p "$LAB_CACHE"
  (
    flock 9
    [ -d "$venv" ] && exit
    echo "lab: installing $SECANTUS" >&2
    rm -rf "$venv.building"
    python3 -m venv "$venv.building" && "$venv.building/bin/pip" install -q "$SECANTUS" >&2 || die "SecantusDB could not be installed"
    # The scripts of an environment hold its path.
    sed -i "s|$venv.building|$venv|g" "$venv.building"/bin/*
    mv "$venv.building" "$venv"
  ) 9>"$LAB_CACHE/secantus.lock" || exit 1
  echo "$venv"
}

is_dead() { ! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null; }

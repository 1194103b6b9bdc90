/**
 * The simulated Ops Manager: one program, started under the process lines of the real one. What the hosts share (the
 * real one keeps it in the Application Database) is a folder of small files:
 *
 *   registered/<host>   version the application of that host last ran; two different ones: Upgrade Mode
 *   daemons/<host>      process id of that host's Backup Daemon
 *   migrated/<version>  the migrations to that version have run
 *
 * The first host's start waits when Backup Daemons live in Upgrade Mode, and stays like that until it is started again.
 * A Backup Daemon that sees Upgrade Mode tries to stop itself, and cannot while its job lasts.
 */
export const OPS_MANAGER = `'use strict';
const fs = require('node:fs'), http = require('node:http'), path = require('node:path');
const { SIM_FOLDER: folder, SIM_SHARED: shared, SIM_HOST: host, SIM_PID: simulation } = process.env;
const main = process.argv[process.argv.length - 1].split('.').pop();
const mms = path.join(folder, 'opt/mongodb/mms');
const version = fs.readFileSync(path.join(mms, 'version'), 'utf8').trim();
const read = (file) => { try { return fs.readFileSync(file, 'utf8').trim(); } catch { return ''; } };
const list = (name) => { try { return fs.readdirSync(path.join(shared, name)); } catch { return []; } };
// Put in place by rename: the other hosts read it at any moment, and a version half written would be another version.
const note = (name, text) => {
  const draft = path.join(shared, name.replace('/', '.') + '.new');
  fs.mkdirSync(path.join(shared, path.dirname(name)), { recursive: true });
  fs.writeFileSync(draft, text + '\\n');
  fs.renameSync(draft, path.join(shared, name));
};
const lives = (pid) => { try { process.kill(Number(pid), 0); return true; } catch { return false; } };
const say = (log, text) => fs.appendFileSync(path.join(mms, 'logs', log), new Date().toISOString().replace('Z', '+0000') + ' [main] INFO  ' + text + '\\n');
const upgradeMode = () => new Set(list('registered').map((name) => read(path.join(shared, 'registered', name)))).size > 1;
const daemons = () => list('daemons').filter((name) => lives(read(path.join(shared, 'daemons', name)) || -1));

// The simulation's own process is gone: nothing of it may stay behind.
setInterval(() => { if (!lives(simulation)) process.exit(0); }, 1000).unref();

if (main === 'PreFlightCheck') {
  setTimeout(() => {}, 200);
} else if (main === 'MigrationRunner') {
  if (!fs.existsSync(path.join(shared, 'migrated', version))) {
    say('mms-migration.log', 'Migrating the Application Database to ' + version);
    const steps = 4;
    for (let step = 1; step <= steps; step += 1) {
      setTimeout(() => say('mms-migration.log', 'Migration ' + step + ' of ' + steps + ' done'), step * 350);
    }
    setTimeout(() => note('migrated/' + version, host), steps * 350 + 100);
  }
} else if (main === 'Daemon') {
  backupDaemon();
} else {
  application();
}

function application() {
  note('registered/' + host, version);
  const waiting = upgradeMode() ? daemons() : [];
  say('mms0.log', 'Starting Ops Manager server, version ' + version);
  if (waiting.length > 0) say('mms0.log', 'Upgrade Mode: Backup Daemons still run on ' + waiting.join(', ') + '. Stop them, then start this instance again.');
  const server = http.createServer((request, response) => {
    const answer = (status, body) => {
      const headers = { 'Content-Type': 'application/json' };
      if (status === 200) headers['X-MongoDB-Service-Version'] = 'gitHash=simulation; versionString=' + version + '.100';
      response.writeHead(status, headers);
      response.end(JSON.stringify(body));
    };
    if (request.url.startsWith('/monitor/health')) {
      if (waiting.length > 0) answer(503, { error: 503, detail: 'Waiting for Backup Daemons on ' + waiting.join(', ') });
      else answer(200, { status: 'ok', simulation: true });
    } else if (request.url.startsWith('/api/public/v1.0/unauth/versionManifest')) {
      answer(200, { version, simulation: true });
    } else if (request.method !== 'GET' && upgradeMode()) {
      answer(405, { error: 405, reason: 'Method Not Allowed', detail: 'Ops Manager is in Upgrade Mode.', errorCode: 'WRITES_NOT_ALLOWED_DURING_APP_UPGRADES' });
    } else {
      answer(404, { error: 404, reason: 'Not Found', detail: 'The simulation has no such page.', errorCode: 'RESOURCE_NOT_FOUND' });
    }
  });
  const socket = path.join(folder, 'run/8080');
  fs.rmSync(socket, { force: true });
  server.listen(socket, () => say('mms0.log', 'Started on port 8080'));
  process.on('SIGTERM', () => { say('mms0.log', 'Stopping'); fs.rmSync(socket, { force: true }); setTimeout(() => process.exit(0), 300); });
}

function backupDaemon() {
  note('daemons/' + host, String(process.pid));
  // A job is a file that holds how many seconds it goes on once somebody wants the daemon to stop.
  const jobFile = path.join(mms, 'tmp/backup-job');
  const began = Date.now();
  const log = (text) => say('daemon.log', text);
  log('Starting Backup Daemon, version ' + version);
  if (read(jobFile)) log('Backup job for replica set shard-07 began, 412 GB to read');
  let end = 0, asked = 0, last = 0;
  const stop = (why, job) => {
    if (!asked) { asked = Date.now(); end = asked + Number(read(jobFile) || 0) * 1000; }
    if (job === 'leave') end = Math.min(end, Date.now() + 2500);
    log(why);
  };
  process.on('SIGTERM', () => stop('Asked to stop: leaving the running job at its next safe point', 'leave'));
  setInterval(() => {
    if (!asked && upgradeMode()) stop('Upgrade Mode detected: this Backup Daemon stops itself');
    if (!asked) return;
    if (Date.now() >= end) { log('Stopped'); fs.rmSync(jobFile, { force: true }); fs.rmSync(path.join(shared, 'daemons', host), { force: true }); process.exit(0); }
    if (Date.now() - last > 4000) { last = Date.now(); log('Cannot stop yet: backup job for replica set shard-07 still running after ' + Math.round((Date.now() - began) / 1000) + ' s'); }
  }, 250);
}
`;

/** What both init scripts know. `start <name> <app id> <main class>` leaves a process of its own group behind. */
const INIT = `#!/bin/sh
mms="$SIM_FOLDER/opt/mongodb/mms"
alive() { [ -s "$mms/tmp/$1.pid" ] && "$SIM_REAL_PS" -o stat= -p "$(cat "$mms/tmp/$1.pid")" 2>/dev/null | grep -qv '^Z'; }
java() { "$mms/jdk/bin/mms-app" "$mms/lib/ops-manager.cjs" -Duser.timezone=GMT "-Dapp-id=$1" "-Dbase-port=8080" "$2"; }
launch() { # PIDFILE APP-ID MAIN-CLASS LOG
  ( cd / && exec setsid "$mms/jdk/bin/mms-app" "$mms/lib/ops-manager.cjs" -Duser.timezone=GMT "-Dapp-id=$2" "-Dbase-port=8080" "$3" </dev/null >>"$mms/logs/$4" 2>&1 ) &
  echo $! > "$mms/tmp/$1.pid"
}
halt() { # PIDFILE NAME SECONDS
  alive "$1" || { rm -f "$mms/tmp/$1.pid"; echo "$2 is not running"; return 0; }
  kill "$(cat "$mms/tmp/$1.pid")"
  tries=0
  while alive "$1"; do
    [ $tries -lt $(($3 * 5)) ] || { echo "Could not stop $2"; return 0; }
    tries=$((tries + 1)); sleep 0.2
  done
  rm -f "$mms/tmp/$1.pid"; echo "Stopped $2... [  OK  ]"
}
`;

export const INIT_BACKUP_DAEMON = `${INIT}
case $1 in
  start) alive bgrid-0 && { echo "Backup Daemon is already running"; exit 0; }
    launch bgrid-0 bgrid com.xgen.svc.brs.grid.Daemon daemon-startup.log; echo "Start Backup Daemon... [  OK  ]" ;;
  stop) halt bgrid-0 "Backup Daemon" 60 ;;
  status) if alive bgrid-0; then echo "Backup Daemon is running"; else echo "Backup Daemon is not running"; exit 1; fi ;;
  restart) "$0" stop; "$0" start ;;
  *) echo "Usage: $0 {start|stop|status|restart}" >&2; exit 2 ;;
esac
`;

export const INIT_OPS_MANAGER = `${INIT}
stages() {
  echo "Starting pre-flight checks"
  java mms com.xgen.svc.core.PreFlightCheck && echo "Successfully finished pre-flight checks" || { echo "Preflight check failed"; exit 1; }
  [ -s "$SIM_FOLDER/etc/mongodb-mms/gen.key" ] || echo "Generating new Ops Manager private key..."
  echo "Migrate Ops Manager data"
  java mms com.xgen.svc.common.migration.MigrationRunner && echo "   Running migrations... [  OK  ]"
  echo "Starting Ops Manager server"
  launch mms-0 mms com.xgen.svc.core.ServerMain mms0-startup.log
  echo "   Instance 0 starting... [  OK  ]"
}
case $1 in
  start|start_mms)
    alive mms-0 && { echo "Ops Manager is already running"; exit 0; }
    stages 2>&1 | tee -a "$mms/logs/mms0-startup.log"
    # As the real script does: a start of the application starts the Backup Daemon too, unless it was disabled here.
    [ "$1" = start_mms ] || [ -e "$mms/conf/backup-daemon.disabled" ] || "$SIM_FOLDER/etc/init.d/mongodb-mms-backup-daemon" start ;;
  stop|stop_mms) halt mms-0 "Ops Manager" 20 ;;
  start_backup_daemon) exec "$SIM_FOLDER/etc/init.d/mongodb-mms-backup-daemon" start ;;
  stop_backup_daemon) exec "$SIM_FOLDER/etc/init.d/mongodb-mms-backup-daemon" stop ;;
  status) if alive mms-0; then echo "Ops Manager is running"; else echo "Ops Manager is not running"; exit 1; fi ;;
  restart) "$0" stop; "$0" start ;;
  *) echo "Usage: $0 {start|stop|status|restart}" >&2; exit 2 ;;
esac
`;

/**
 * The simulated server of UrbanCode Deploy: one program, started under the process line of the real one. What the servers share
 * (the real ones keep it in the database) is a folder of small files:
 *
 *   schema            version of the database; a server of another version ends at once
 *   sessions/<host>   version of the server that lives there
 *   work.json         processes that run, with the time at which each ends by itself
 *   maintenance       nothing new begins
 */
export const SERVER = `'use strict';
const fs = require('node:fs'), http = require('node:http'), path = require('node:path');
const { SIM_FOLDER: folder, SIM_SHARED: shared, SIM_HOST: host, SIM_PID: simulation } = process.env;
const tree = path.join(folder, 'opt/ucd/server');
const read = (file) => { try { return fs.readFileSync(file, 'utf8').trim(); } catch { return ''; } };
const version = read(path.join(tree, 'version'));
const session = path.join(shared, 'sessions', host), work = path.join(shared, 'work.json'), maintenance = path.join(shared, 'maintenance');
const socket = path.join(folder, 'run/8080');
// Put in place by rename: another server reads it at any moment.
const put = (file, text) => { fs.writeFileSync(file + '.' + host, text); fs.renameSync(file + '.' + host, file); };
const say = (level, text) => fs.appendFileSync(path.join(tree, 'var/log/deployserver.out'), new Date().toISOString() + ' ' + level + ' main com.urbancode.ds.UDeployServer - ' + text + '\\n');

// The simulation's own process is gone: nothing of it may stay behind.
setInterval(() => { try { process.kill(Number(simulation), 0); } catch { process.exit(0); } }, 1000).unref();

const end = (code) => {
  for (const file of [session, socket, path.join(tree, 'var/server.pid')]) fs.rmSync(file, { force: true });
  process.exit(code);
};
const running = () => JSON.parse(read(work) || '[]').filter(({ until }) => until === null || until > Date.now());
// What is wanted ends so many milliseconds from now.
const endIn = (milliseconds, wanted) => put(work, JSON.stringify(running().map((each) => (wanted(each) ? { ...each, until: Math.min(each.until ?? Infinity, Date.now() + milliseconds) } : each))));

const server = http.createServer((request, response) => {
  const answer = (status, body, kind = 'application/json') => { response.writeHead(status, { 'Content-Type': kind }); response.end(kind === 'application/json' ? JSON.stringify(body) : body); };
  const cancelled = /^\\/rest\\/workflow\\/([\\w-]+)\\/cancel$/.exec(request.url);
  if (request.url === '/connTest.txt') answer(200, 'Connection test\\n', 'text/plain');
  else if (request.url === '/') answer(200, '<html><body>A simulation, <span class="version">version ' + version + '</span></body></html>', 'text/html');
  else if (!/^Basic /.test(request.headers.authorization ?? '')) answer(401, {});
  else if (request.url === '/rest/workflow/currentActivity') answer(200, running());
  else if (request.url === '/cli/systemConfiguration') answer(200, { externalURL: 'http://lb-1', maintenanceModeEnabled: fs.existsSync(maintenance) });
  else if (cancelled && request.method === 'PUT') { endIn(1500, ({ traceId }) => traceId === cancelled[1]); answer(200, {}); }
  else if (request.url === '/rest/system/configuration' && request.method === 'PUT') configure(request, answer);
  else answer(404, {});
});

function configure(request, answer) {
  let sent = '';
  request.on('data', (text) => { sent += text; });
  request.on('end', () => {
    if (!JSON.parse(sent).maintenanceModeEnabled) fs.rmSync(maintenance, { force: true });
    // From now on work is waited for: it ends within the minute that the answer "wait" gives it.
    else if (!fs.existsSync(maintenance)) { put(maintenance, ''); endIn(50000, () => true); }
    answer(200, {});
  });
}

process.on('SIGTERM', () => { say('INFO', 'Shutting down'); setTimeout(() => end(0), 500); });
say('INFO', 'Starting HCL UrbanCode Deploy server version ' + version);
fs.mkdirSync(path.dirname(session), { recursive: true });
fs.writeFileSync(session, version);
const schema = read(path.join(shared, 'schema'));
if (schema !== version) { say('ERROR', 'The database is of version ' + schema); end(1); }
fs.rmSync(socket, { force: true });
setTimeout(() => server.listen(socket, () => say('INFO', 'HCL UrbanCode Deploy server version ' + version + ' started.')), 1000);
`;

/** The vendor's service script: `start` returns at once, `stop` when the server is gone. */
export const SERVICE_SCRIPT = `#!/bin/sh
tree="$SIM_FOLDER/opt/ucd/server" pid_file="$SIM_FOLDER/opt/ucd/server/var/server.pid"
alive() { [ -s "$pid_file" ] && "$SIM_REAL_PS" -o stat= -p "$(cat "$pid_file")" 2>/dev/null | grep -qv '^Z'; }
case $1 in
  start)
    alive && { echo "The server is already running." >&2; exit 1; }
    ( cd / && exec setsid "$SIM_FOLDER/opt/ucd/jre/bin/java" -Xmx4g -jar "$tree/bin/launcher.jar" "$tree/bin/classpath.conf" com.urbancode.ds.UDeployServer </dev/null >>"$tree/var/log/stdout" 2>&1 ) &
    echo $! > "$pid_file" ;;
  stop)
    alive || { echo "The server is not running."; exit 0; }
    kill "$(cat "$pid_file")"
    while alive; do sleep 0.2; done ;;
  *) echo "Usage: $0 {start|stop}" >&2; exit 2 ;;
esac
`;

/** Java, as far as it is typed: it tells its version, and runs the server under Java's own process line. */
export const JAVA = `#!/bin/sh
[ "$1" = -version ] && { echo 'openjdk version "11.0.21" (simulation)' >&2; exit 0; }
exec "$SIM_FOLDER/opt/ucd/jre/lib/java" "$SIM_FOLDER/opt/ucd/server/lib/server.cjs" "$@"
`;

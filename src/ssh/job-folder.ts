/**
 * Where a remote job lives on its host: `~/.lockkeeper/jobs/<first run>/<step:host#n>/<name>/`, readable by its login only.
 *
 *   command      what it runs, as a script: every word quoted, no secrets
 *   runner       what runs the command and writes down how it ended
 *   boot         the boot it was started in
 *   started/     made by the one runner that goes on; a second one ends at once
 *   runner.pid, child.pid   process and its start time, so that a number used again is not taken for it
 *   output       stdout and stderr
 *   status       the exit status, put in place by rename
 *   never        written when it is certain that nothing was run
 */
import { Refused } from './errors.ts';

/** One safe file name for a text: readable, and turned back by `decodeURIComponent`. */
function segment(text: string): string {
  const safe = encodeURIComponent(text).replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).replace(/^\./, '%2E');
  if (safe === '' || safe.length > 200) throw new Refused(`"${text.slice(0, 60)}" cannot name a folder on a host: it is ${safe === '' ? 'empty' : 'too long'}.`);
  return safe;
}

/** The job's folder below `jobs/`: the token's first part, its rest, the job's name. */
export function jobPath(token: string, name: string): string {
  const cut = token.indexOf('/');
  if (cut < 1) throw new Refused(`"${token}" is no job token: it must be <firstExecutionRunId>/<step>:<host>#<n>.`);
  return [token.slice(0, cut), token.slice(cut + 1), name].map(segment).join('/');
}

/** The folder of all jobs of one upgrade, below `jobs/`. */
export function upgradePath(firstExecutionRunId: string): string {
  return segment(firstExecutionRunId);
}

/** Back from a folder to `<token>/<name>`. */
export function jobOf(path: string): string {
  return path.split('/').map(decodeURIComponent).join('/');
}

/**
 * Shell: `guard` lets one Lockkeeper script of this login at a time go on, until it ends. flock is on every Linux host;
 * perl takes the same kind of lock elsewhere. Whoever starts something closes descriptor 9 for it.
 */
export const GUARD = `root=$HOME/.lockkeeper
jobs=$root/jobs
guard() {
  [ -z "$guarded" ] || return 0
  mkdir -p "$root" && chmod 700 "$root" && exec 9>"$root/guard" || exit 73
  if command -v flock >/dev/null; then flock -w 20 9
  else perl -e 'alarm 20; open(my $f, ">&=", 9) or exit 1; flock($f, 2) or exit 1'
  fi || exit 75
  guarded=yes
}
`;

/** Shell: which boot this is, when a process started (nothing for the dead; a zombie is dead), and writing a process down. */
export const PROCESS = `boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null || echo unknown; }
born() {
  if [ -r /proc/self/stat ]; then
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    set -- \${stat##*) }
    case $1 in Z | X) ;; *) echo "\${20}" ;; esac
  else
    ps -o stat= -o lstart= -p "$1" | sed '/^Z/d; s/^[^ ]* *//'
  fi
}
note() { echo "$2 $(born "$2")" >"$job/$1.new" && mv "$job/$1.new" "$job/$1.pid"; }
`;

/**
 * Shell: `look FOLDER` sets $state. The boot is compared before anything else: after a power cut, files that were
 * written last may be missing, and then nobody knows how far the job came.
 */
export const LOOK = `look() {
  state=
  if [ -s "$1/status" ]; then state="finished $(cat "$1/status")"; return; fi
  if [ -e "$1/never" ]; then state='lost never'; return; fi
  if [ -s "$1/boot" ] && [ "$(cat "$1/boot")" != "$(boot)" ]; then state='lost rebooted'; return; fi
  if [ ! -s "$1/runner.pid" ]; then state=unstarted; return; fi
  for who in runner child; do
    [ -s "$1/$who.pid" ] || continue
    read -r pid since <"$1/$who.pid"
    if [ -n "$since" ] && [ "$(born "$pid")" = "$since" ]; then state="running $pid"; return; fi
  done
  state='lost gone'
  if [ -s "$1/status" ]; then state="finished $(cat "$1/status")"; fi
}
`;

/**
 * Shell: `show` prints $state of $job and the end of its output. A job that was claimed but has no runner is settled
 * here under the guard: by taking the runner's place, so that none can begin any more.
 */
export const SHOW = `show() {
  look "$job"
  if [ "$state" = unstarted ]; then
    guard
    tries=0
    look "$job"
    if [ "$state" = unstarted ] && mkdir "$job/started" 2>/dev/null; then : >"$job/never"; fi
    while look "$job" && [ "$state" = unstarted ] && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
    [ "$state" != unstarted ] || state='lost gone'
  fi
  echo "$state"
  if [ -e "$job/output" ]; then tail -c "$most" "$job/output"; fi
}
`;

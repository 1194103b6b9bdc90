/**
 * Starting a remote job: one script, one round trip.
 *
 *   1. A folder of this token and name is there: show what it shows. Nothing is started.
 *   2. Take the guard, so that no other start of this login is under way.
 *   3. The lock must be there and this upgrade's, no newer step may have passed, no other job of the upgrade may live.
 *   4. Write the step number into the lock, claim the folder by mkdir, write its files, see them on disk.
 *   5. Start the runner in a session of its own; wait until it has written itself down; show.
 *
 * Killed anywhere before 5, the job is found as claimed and never begun. Killed after it, the runner goes on.
 */
import { GUARD, LOOK, PROCESS, SHOW } from './job-folder.ts';
import { SUDO_ASKED, SUDO_ASKING } from './sudo.ts';

/** Shell: $1 is the job's folder, $2 says whether a sudo password comes on stdin. */
export const RUNNER = `job=$1
mkdir "$job/started" 2>/dev/null || exit 0
${PROCESS}note runner "$$"
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin LC_ALL=C
export PATH LC_ALL
if [ "$2" = password ]; then
  IFS= read -r password
  ${SUDO_ASKING}fi
cd "$HOME" || cd /
(note child "$(exec sh -c 'echo "$PPID"')"; exec sh "$job/command") </dev/null >>"$job/output" 2>&1 3>&-
code=$?
if [ -n "$asking" ]; then
  ${SUDO_ASKED}fi
echo "$code" >"$job/status.new" && mv "$job/status.new" "$job/status"
`;

export interface JobUnit { readonly user: string; readonly job: string }

/** What starts the runner as a unit of its own, as that user, with that user's HOME: as root, so sudoers must allow it. */
export function unitWords({ user, job }: JobUnit): readonly string[] {
  return ['systemd-run', '--quiet', '--collect', '--property=KillMode=process', `--uid=${user}`, '--', '/bin/sh', `${job}/runner`, job];
}

const UNIT_IN_SHELL = unitWords({ user: '$(id -un)', job: '$job' }).map((word) => `"${word}"`).join(' ');

/**
 * Shell: the runner in a session of its own. Where systemd is PID 1 and sudo lets us, as a unit of its own, because
 * logind may kill what a login leaves behind; KillMode=process, because a daemon that the job started must outlive it.
 * A second start is harmless: the runner that comes second ends at once. Both fork by themselves and not by `&`, with
 * which a shell makes its child, and any daemon started by it, deaf to SIGINT and SIGQUIT.
 */
export const LAUNCH = `as_unit() {
  [ -z "$asks" ] && [ -d /run/systemd/system ] || return 1
  set -- ${UNIT_IN_SHELL}
  sudo -n -l -- "$@" >/dev/null 2>&1 && sudo -n -- "$@" </dev/null >/dev/null 2>&1 9>&-
}
as_session() {
  if setsid --fork true 2>/dev/null; then setsid --fork sh "$job/runner" "$job" "$asks"
  else perl -e 'use POSIX "setsid"; exit 0 if fork; setsid(); exec @ARGV' sh "$job/runner" "$job" "$asks"
  fi
}
launch() {
  as_unit || printf '%s\\n' "$password" | as_session >/dev/null 2>&1 9>&-
  tries=0
  until [ -s "$job/runner.pid" ] || [ $tries -ge 100 ]; do sleep 0.05; tries=$((tries + 1)); done
}
`;

/** Shell: why this start is not allowed; prints nothing when it is. Two words or more: the kind, then what was found. */
const WHY_NOT = `field() { sed -n "s/^$1=//p" "$lock"; }
why_not() {
  [ -n "$lock" ] || return 0
  if [ ! -e "$lock" ]; then echo unlocked; return; fi
  if [ "$(field workflow)" != "$workflow" ] || [ "$(field run)" != "$run" ]; then echo "foreign $(field workflow) $(field run)"; return; fi
  case $(field step) in '' | *[!0-9]*) echo unreadable; return ;; esac
  if [ "$(field step)" -gt "$step" ]; then echo "passed $(field step)"; return; fi
  if [ -z "$beside" ]; then
    for other in "$jobs/$upgrade"/*/*/; do
      if [ -d "$other" ]; then look "\${other%/}"; else state=; fi
      case $state in running*) other=\${other%/}; echo "busy \${other#"$jobs/"}"; return ;; esac
    done
  fi
  sed "s/^step=.*/step=$step/" "$lock" >"$lock.$$" && chmod 644 "$lock.$$" && mv -f "$lock.$$" "$lock" || echo unwritable
}
`;

/** Shell: arguments are the job's path, the lock, its owner, the step, and what the job is. */
export const START = `path=$1 lock=$2 workflow=$3 run=$4 upgrade=$5 step=$6 beside=$7 asks=$8 command=$9
shift 9
runner=$1 most=$2
${GUARD}${PROCESS}${LOOK}${SHOW}${LAUNCH}${WHY_NOT}job=$jobs/$path
if [ -n "$asks" ]; then IFS= read -r password; fi
if [ -d "$job" ]; then show; exit; fi
guard
if [ -d "$job" ]; then show; exit; fi
why=$(why_not)
if [ -n "$why" ]; then echo "refused $why"; exit; fi
mkdir -p "\${job%/*}" && mkdir "$job" || exit 73
printf '%s\\n' "$command" >"$job/command" && printf '%s\\n' "$runner" >"$job/runner" && boot >"$job/boot" || exit 73
sync "$job/command" "$job/runner" "$job/boot" "$job" 2>/dev/null || sync
launch
show
`;

/** Shell: arguments are the job's path and how much of its output to show. */
export const READ = `${GUARD}${PROCESS}${LOOK}${SHOW}job=$jobs/$1 most=$2
if [ -d "$job" ]; then show; else echo absent; fi
`;

/** Shell: prints the paths of all jobs of this login that live. */
export const LIVING = `${GUARD}${PROCESS}${LOOK}for job in "$jobs"/*/*/*/; do
  [ -d "$job" ] || continue
  job=\${job%/}
  look "$job"
  case $state in running*) echo "\${job#"$jobs/"}" ;; esac
done
`;

/** Shell: removes finished jobs of the upgrade in $1, and folders left empty. */
export const SWEEP = `${GUARD}${PROCESS}${LOOK}guard
for job in "$jobs/$1"/*/*/; do
  [ -d "$job" ] || continue
  job=\${job%/}
  look "$job"
  case $state in finished*) rm -rf "$job"; rmdir "\${job%/*}" 2>/dev/null ;; esac
done
rmdir "$jobs/$1" 2>/dev/null
exit 0
`;

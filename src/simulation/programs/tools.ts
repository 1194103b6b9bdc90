/**
 * The programs of a simulated host that would need root, or that would show or touch the machine itself. Each is a
 * small shell script, first on the host's PATH. `$SIM_FOLDER` is the host's folder, `$SIM_REAL_<NAME>` the machine's own
 * program of that name.
 */

/**
 * Takes the options Lockkeeper types, and says who it is to `id`. Where the host has a password it asks for
 * it: once, and by a helper, as `sudo -A` does. It checks nothing else. A program that it is asked about on stdin has its
 * path as typed: only paths of a command line are moved into the host's folder.
 */
export const SUDO = `#!/bin/sh
user=root; list=; helper=
while :; do
  case $1 in
    -A) helper=$SUDO_ASKPASS; shift ;;
    -n|-S|-k|-H|-E) shift ;;
    -p) shift 2 ;;
    -u) user=$2; shift 2 ;;
    -l) list=1; shift ;;
    -v) exit 0 ;;
    --) shift; break ;;
    *) break ;;
  esac
done
if [ -e "$SIM_FOLDER/etc/sudo-password" ]; then
  read -r wanted <"$SIM_FOLDER/etc/sudo-password"
  [ -n "$helper" ] || { echo 'sudo: a password is required' >&2; exit 1; }
  given=$("$helper" "$SUDO_PROMPT") || { echo 'sudo: no password was provided' >&2; exit 1; }
  [ "$given" = "$wanted" ] || { echo 'sudo: 1 incorrect password attempt' >&2; exit 1; }
fi
if [ -n "$list" ]; then
  [ $# = 0 ] && { echo "User $SIM_USER may run the following commands on $SIM_HOST:"; echo "    (ALL) NOPASSWD: ALL"; exit 0; }
  command -v "$1" || command -v "$SIM_FOLDER$1"; exit
fi
SIM_USER=$user exec "$@"
`;

/** Who the simulated sudo made us. */
export const ID = `#!/bin/sh
number() { case $1 in root) echo 0 ;; mongodb-mms) echo 998 ;; ucd) echo 997 ;; *) echo 1000 ;; esac; }
name=$SIM_USER
case $1 in
  -u) number "$name" ;;
  -un) echo "$name" ;;
  -g) number "$name" ;;
  -gn) echo "$name" ;;
  '') n=$(number "$name"); echo "uid=$n($name) gid=$n($name) groups=$n($name)" ;;
  *) case $1 in root|mongodb-mms|ucd|ops) number "$1" ;; *) echo "id: '$1': no such user" >&2; exit 1 ;; esac ;;
esac
`;

export const WHOAMI = `#!/bin/sh
echo "$SIM_USER"
`;

export const HOSTNAME = `#!/bin/sh
echo "$SIM_HOST"
`;

/** Nobody can give files away without root: owners are what \`stat\` says they are. */
export const CHOWN = `#!/bin/sh
while :; do case $1 in -*) shift ;; *) break ;; esac; done
shift
for file in "$@"; do [ -e "$file" ] || { echo "chown: cannot access '$file': No such file or directory" >&2; exit 1; }; done
`;

/** The machine's install, without the owners that only root could set. */
export const INSTALL = `#!/bin/sh
for word in "$@"; do
  shift
  if [ -n "$skip" ]; then skip=; continue; fi
  case $word in
    -o|-g) skip=1 ;;
    -o*|-g*|--owner=*|--group=*) ;;
    *) set -- "$@" "$word" ;;
  esac
done
exec "$SIM_REAL_INSTALL" "$@"
`;

/** What the machine's stat says, with the owners that a real host (and a copy that keeps them) would show, in GNU's letters. */
export const STAT = `#!/bin/sh
while :; do case $1 in -c) format=$2; shift 2 ;; -c*) format=\${1#-c}; shift ;; --) shift; break ;; *) break ;; esac; done
status=0
for file in "$@"; do
  case $file in
    */opt/mongodb/*|*/etc/mongodb-mms*) owner=mongodb-mms ;;
    */opt/ucd/*|*/mnt/ucd/*) owner=ucd ;;
    "$SIM_FOLDER"/home/*) owner=ops ;;
    *) owner=root ;;
  esac
  shown=$(printf '%s' "$format" | sed -e "s/%U/$owner/g" -e "s/%G/$owner/g")
  if "$SIM_REAL_STAT" --version >/dev/null 2>&1; then "$SIM_REAL_STAT" -c "$shown" -- "$file"
  else "$SIM_REAL_STAT" -f "$(printf '%s' "$shown" | sed -e 's/%a/%Lp/g' -e 's/%s/%z/g' -e 's/%n/%N/g' -e 's/%Y/%m/g')" -- "$file"
  fi || status=1
done
exit $status
`;

/** The machine's cp; with --parents it keeps the paths as the host sees them, not as the machine does. */
export const CP = `#!/bin/sh
case " $* " in *' --parents '*) ;; *) exec "$SIM_REAL_CP" "$@" ;; esac
while :; do case $1 in --) shift; break ;; -*) shift ;; *) break ;; esac; done
for target in "$@"; do :; done
while [ $# -gt 1 ]; do
  inside=\${1#"$SIM_FOLDER"}
  mkdir -p "$target\${inside%/*}" && "$SIM_REAL_CP" -pR "$1" "$target$inside" || exit 1
  shift
done
`;

/** The machine's find. Nobody can give files away without root, so none belongs to a stranger. */
export const FIND = `#!/bin/sh
for word in "$@"; do [ "$word" = -user ] && exit 0; done
exec "$SIM_REAL_FIND" "$@"
`;

/** For machines without sha256sum. */
export const SHA256SUM = `#!/bin/sh
exec shasum -a 256 "$@"
`;

/**
 * A process list of this host alone: the machine's processes whose command line names the host's folder, and a process 1
 * that stands for the host's init. It knows -e, -f, -ww and -o with the fields below; questions about one process (-p)
 * are the machine's to answer.
 */
export const PS = `#!/bin/sh
given=
for word in "$@"; do
  case $next in o) given=$given,$word; next=; continue ;; esac
  case $word in
    -p*|--pid*) exec "$SIM_REAL_PS" "$@" ;;
    -*o) next=o ;;
    -*) ;;
    *) echo "ps: this simulated host does not know $word" >&2; exit 2 ;;
  esac
done
given=\${given:-,user=UID,pid=PID,ppid=PPID,etimes=SECONDS,args=CMD}
"$SIM_REAL_PS" -A -ww -o pid=,ppid=,stat=,etime=,args= | awk -v folder="$SIM_FOLDER/" -v fields="\${given#,}" '
  BEGIN {
    count = split(fields, wanted, ",")
    for (n = 1; n <= count; n += 1) {
      at = index(wanted[n], "=")
      name[n] = at ? substr(wanted[n], 1, at - 1) : wanted[n]
      sub(/:.*/, "", name[n]) # user:32 asks for the width too
      title = at ? substr(wanted[n], at + 1) : toupper(name[n])
      titles = titles title " "
    }
    if (titles ~ /[^ ]/) print titles
    show(1, 0, "Ss", 86400, "/sbin/init", "root")
  }
  function seconds(etime,   days, parts, k, n, total) { # [[days-]hours:]minutes:seconds
    days = 0
    if (index(etime, "-")) { days = substr(etime, 1, index(etime, "-") - 1); sub(/^.*-/, "", etime) }
    k = split(etime, parts, ":"); total = 0
    for (n = 1; n <= k; n += 1) total = total * 60 + parts[n]
    return days * 86400 + total
  }
  function show(pid, ppid, stat, age, args, user,   n, line) {
    for (n = 1; n <= count; n += 1) {
      line = line (n > 1 ? " " : "") (name[n] == "pid" ? pid : name[n] == "ppid" ? ppid : name[n] == "stat" ? stat : name[n] == "etimes" ? age : name[n] == "user" ? user : args)
    }
    print line
  }
  {
    args = $0; sub(/^ *[0-9]+ +[0-9]+ +[^ ]+ +[^ ]+ /, "", args)
    if ($3 ~ /^Z/ || !index(args, folder) || index(args, "awk -v folder=")) next
    show($1, $2, $3, seconds($4), args, index(args, "-Dapp-id=") ? "mongodb-mms" : index(args, " com.urbancode.") ? "ucd" : "root")
  }'
`;

export const SERVICE = `#!/bin/sh
# service NAME VERB: what it is everywhere, a way to the script in /etc/init.d
script="$SIM_FOLDER/etc/init.d/$1"
[ -x "$script" ] || { echo "$1: unrecognized service" >&2; exit 1; }
shift
exec "$script" "$@"
`;

/** Sends stdin to a socket and prints the answer: the only thing that socat is typed for. */
export const SOCAT = `#!/bin/sh
for word in "$@"; do case $word in UNIX-CONNECT:*) path=\${word#UNIX-CONNECT:} ;; esac; done
exec "$SIM_NODE" -e '
  const socket = require("node:net").connect(process.argv[1]);
  socket.on("error", (error) => { console.error("socat: " + error.message); process.exit(1); });
  process.stdin.pipe(socket); socket.pipe(process.stdout);' "$path"
`;

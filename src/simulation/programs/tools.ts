/**
 * The programs of a simulated host that would need root, or that would show or touch the machine itself. Each is a
 * small shell script, first on the host's PATH. `$SIM_FOLDER` is the host's folder, `$SIM_REAL_<NAME>` the machine's own
 * program of that name.
 */

/** Takes the options Lockkeeper types, checks nothing, and says who it is to `id`. The hosts' sudo asks for no password. */
export const SUDO = `#!/bin/sh
user=root; list=
while :; do
  case $1 in
    -n|-S|-k|-H|-E) shift ;;
    -p) shift 2 ;;
    -u) user=$2; shift 2 ;;
    -l) list=1; shift ;;
    -v) exit 0 ;;
    --) shift; break ;;
    *) break ;;
  esac
done
if [ -n "$list" ]; then
  [ $# = 0 ] && { echo "User $SIM_USER may run the following commands on $SIM_HOST:"; echo "    (ALL) NOPASSWD: ALL"; exit 0; }
  command -v "$1"; exit
fi
SIM_USER=$user exec "$@"
`;

/** Who the simulated sudo made us. */
export const ID = `#!/bin/sh
number() { case $1 in root) echo 0 ;; mongodb-mms) echo 998 ;; *) echo 1000 ;; esac; }
name=$SIM_USER
case $1 in
  -u) number "$name" ;;
  -un) echo "$name" ;;
  -g) number "$name" ;;
  -gn) echo "$name" ;;
  '') n=$(number "$name"); echo "uid=$n($name) gid=$n($name) groups=$n($name)" ;;
  *) case $1 in root|mongodb-mms|ops) number "$1" ;; *) echo "id: '$1': no such user" >&2; exit 1 ;; esac ;;
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

/**
 * The machine's ps, cut to the processes of this host: those whose command line names its folder. A question about one
 * process (-p) is passed on.
 */
export const PS = `#!/bin/sh
for word in "$@"; do
  case $word in -p|-p[0-9]*|--pid|--pid=*|-q) exec "$SIM_REAL_PS" "$@" ;; esac
done
"$SIM_REAL_PS" "$@" | grep -e "$SIM_FOLDER/" -e '^ *[UP]*ID ' | grep -v -e '<defunct>' -e "$SIM_FOLDER/usr/bin/ps" -e "grep -e $SIM_FOLDER/"
`;

export const SERVICE = `#!/bin/sh
# service NAME VERB: what it is everywhere, a way to the script in /etc/init.d
script="$SIM_FOLDER/etc/init.d/$1"
[ -x "$script" ] || { echo "$1: unrecognized service" >&2; exit 1; }
shift
exec "$script" "$@"
`;

/**
 * A simulated dpkg. Its packages are text files: fields first, then filler, so that there is something to upload and
 * to check. Installing takes some seconds, and writes when it began and ended to `/var/log/installs`: the host's own
 * record of how often a package was installed.
 */

/** The text of a simulated package; padded to about the size given, in bytes. */
export function packageText(version: string, bytes: number): string {
  const fields = [
    '!<arch>', // as real ones begin: the worker looks at that
    'Lockkeeper simulation: not a real package',
    'Package: mongodb-mms',
    `Version: ${version}`,
    'Architecture: amd64',
    '',
  ].join('\n');
  return fields + 'filler\n'.repeat(Math.max(0, Math.floor((bytes - fields.length) / 7)));
}

const FIELD = `field() { sed -n "s/^$2: //p" "$1" | head -n 1; }
is_package() {
  [ -f "$1" ] || { echo "dpkg-deb: error: failed to read archive '$1': No such file or directory" >&2; exit 2; }
  sed -n 2p "$1" | grep -q '^Lockkeeper simulation' || { echo "dpkg-deb: error: '$1' is not a Debian format archive" >&2; exit 2; }
}
`;

export const DPKG_DEB = `#!/bin/sh
${FIELD}
case $1 in
  -f|--field)
    is_package "$2"; file=$2; shift 2
    if [ $# = 1 ]; then field "$file" "$1"
    elif [ $# = 0 ]; then sed -n '3,5p' "$file"
    else for name in "$@"; do echo "$name: $(field "$file" "$name")"; done
    fi ;;
  -W|--show)
    shift
    case $1 in --showformat=*) format=\${1#--showformat=}; shift ;; -f) format=$2; shift 2 ;; *) format='\${Package}\\t\${Version}\\n' ;; esac
    is_package "$1"
    printf "$(printf '%s' "$format" | sed -e "s/\\\${Package}/$(field "$1" Package)/" -e "s/\\\${Version}/$(field "$1" Version)/" -e "s/\\\${Architecture}/$(field "$1" Architecture)/")" ;;
  -I|--info) is_package "$2"; sed -n '3,5p' "$2" ;;
  *) echo "dpkg-deb: this simulated host does not know $1" >&2; exit 2 ;;
esac
`;

export const DPKG_QUERY = `#!/bin/sh
state="$SIM_FOLDER/var/lib/dpkg/mongodb-mms"
format='\${Package}\\t\${Version}\\n'
while :; do
  case $1 in
    -W|--show) shift ;;
    -f) format=$2; shift 2 ;;
    -f=*) format=\${1#-f=}; shift ;;
    -f=*) format=\${1#-f=}; shift ;;
    -f*) format=\${1#-f}; shift ;;
    --showformat=*) format=\${1#--showformat=}; shift ;;
    *) break ;;
  esac
done
[ "$1" = mongodb-mms ] && [ -s "$state" ] || { echo "dpkg-query: no packages found matching $1" >&2; exit 1; }
read -r version words < "$state"
case $words in *half*) abbrev='iH ' ;; *) abbrev='ii ' ;; esac
printf "$(printf '%s' "$format" | sed -e "s/\\\${[Pp]ackage}/mongodb-mms/g" -e "s/\\\${[Vv]ersion}/$version/g" -e "s/\\\${[Aa]rchitecture}/amd64/g" -e "s/\\\${db:Status-Abbrev}/$abbrev/g" -e "s/\\\${[Ss]tatus}/$words/g" -e "s/\\\${db:Status-Status}/\${words##* }/g" -e 's/\\\${[^}]*}//g')"
`;

export const DPKG = `#!/bin/sh
${FIELD}
state="$SIM_FOLDER/var/lib/dpkg/mongodb-mms"
log="$SIM_FOLDER/var/log/installs"
dry=; install=; file=
for word in "$@"; do
  case $word in
    --dry-run|--simulate|--no-act) dry=1 ;;
    -i|--install) install=1 ;;
    --print-architecture) echo amd64; exit 0 ;;
    -V|--verify) echo '??5?????? c /opt/mongodb/mms/conf/conf-mms.properties'; exit 0 ;;
    --audit|-C) exit 0 ;;
    -s|--status) [ -s "$state" ] || exit 1; read -r version words < "$state"; printf 'Package: mongodb-mms\\nStatus: %s\\nVersion: %s\\n' "$words" "$version"; exit 0 ;;
    -l|--list) read -r version words < "$state"; echo "ii  mongodb-mms  $version  amd64  (simulation)"; exit 0 ;;
    --force-*|--debug=*) ;;
    -*) echo "dpkg: this simulated host does not know $word" >&2; exit 2 ;;
    *) file=$word ;;
  esac
done
[ -n "$install" ] || { echo "dpkg: error: need an action option" >&2; exit 2; }
is_package "$file"
version=$(field "$file" Version)
old=nothing; [ -s "$state" ] && read -r old words < "$state"
echo "Preparing to unpack $file ..."
[ -n "$dry" ] && exit 0
mkdir "$SIM_FOLDER/var/lib/dpkg/busy" 2>/dev/null || { echo "dpkg: error: dpkg frontend lock was locked by another process" >&2; exit 2; }
printf '%s begin mongodb-mms %s\\n' "$(date -u +%H:%M:%S)" "$version" >> "$log"
echo "$version install ok half-installed" > "$state"
echo "Unpacking mongodb-mms ($version) over ($old) ..."
sleep "$SIM_INSTALL_SECONDS"
mms="$SIM_FOLDER/opt/mongodb/mms"
mkdir -p "$mms/bin" "$mms/conf" "$mms/logs" "$mms/tmp"
echo "$version" > "$mms/version"
touch "$SIM_FOLDER/var/lib/dpkg/info/mongodb-mms.list"
echo "Setting up mongodb-mms ($version) ..."
echo "$version install ok installed" > "$state"
printf '%s end mongodb-mms %s\\n' "$(date -u +%H:%M:%S)" "$version" >> "$log"
rmdir "$SIM_FOLDER/var/lib/dpkg/busy"
`;

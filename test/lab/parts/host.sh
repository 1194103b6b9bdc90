# One host's life: the supervisor outside, PID 1 inside, and ways in.
#
# Each host's processes are in one cgroup (version 2), which is how a power cut takes all of them at once, and how a
# host is frozen. `--time` gives it an uptime of its own, so that a reboot is seen in the age of its processes.

CGROUPS=$(findmnt -nrt cgroup2 -o TARGET | head -1)

cgroup_of() { echo "$CGROUPS/lockkeeper-lab/$LAB_NAME-$1"; }
is_up() { [ -d "$(cgroup_of "$1")" ] && grep -qs 'populated 1' "$(cgroup_of "$1")/cgroup.events"; }
require_host() { [ -f "$HOSTS/${1:?which host?}/ip" ] || die "there is no host $1; known: $(ls "$HOSTS" 2>/dev/null | xargs)"; }

lab_up() {
  local host=${1:?which host?} dir=$HOSTS/$1 octets='' sudoers=''; shift
  while [ $# -gt 0 ]; do
    case $1 in
      --sudoers) sudoers=$(realpath "$2"); shift ;;
      --sudo-password) sudoers=$LAB_SOURCE/sudoers-with-password ;;
      --systemd) mkdir -p "$dir"; : >"$dir/systemd" ;;
      *) octets=$1 ;;
    esac
    shift
  done
  is_up "$host" && return
  local base; base=$(lab_base) || exit 1
  network_up
  make_keys
  mkdir -p "$dir"/{upper,work,root}
  if [ -n "$octets" ]; then
    [[ $octets == *.* ]] && echo "10.77.$octets" >"$dir/ip" || echo "$SUBNET.$octets" >"$dir/ip"
  fi
  [ -f "$dir/ip" ] || die "$host is new: give its address, as in 'lab up $host 11'"
  [ -e "$dir/lower" ] || ln -s "$base" "$dir/lower"
  # A host that was here before keeps what it may do.
  [ -f "$dir/sudoers" ] || : "${sudoers:=$LAB_SOURCE/sudoers}"
  if [ -n "$sudoers" ]; then cp "$sudoers" "$dir/sudoers"; : >"$dir/personalise"; fi
  write_hosts_file
  plug_in "$host"
  power_on "$host"
  lab_wait "$host"
  pin_key "$host"
}

# Start the host's supervisor, detached, in the host's cgroup.
power_on() {
  local host=$1
  lab_heal "$host"                           # a power cut left it unplugged
  setsid "$LAB_SOURCE/lab" __supervise "$host" </dev/null >>"$HOSTS/$host/console.log" 2>&1 &
  disown
}

# Boot, and boot again after a reboot: PID 1 of a PID namespace dies of SIGHUP then, of SIGINT after poweroff.
lab___supervise() {
  local host=$1 status
  mkdir -p "$(cgroup_of "$host")"
  echo $BASHPID >"$(cgroup_of "$host")/cgroup.procs"   # before the first child, so that all are in it
  while :; do
    own_cgroup "$host" ip netns exec "$LAB_NAME-$host" unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --cgroup \
      --time --boottime "-$(cut -d. -f1 /proc/uptime)" "$LAB_SOURCE/lab" __become_init "$host"
    status=$?
    echo "$(date +%T.%3N) $host: init ended with $status"
    [ $status = 129 ] || break
  done
}

# Run a command in a group below the host's: all that a systemd sees of the machine's groups, and may divide as it likes.
own_cgroup() (
  mkdir -p "$(cgroup_of "$1")/inside"
  echo $BASHPID >"$(cgroup_of "$1")/inside/cgroup.procs"
  exec "${@:2}"
)

# PID 1 of the new namespaces: mount the root, then become the host's init.
lab___become_init() {
  local host=$1 dir=$HOSTS/$1 device name major minor
  cd "$dir/root" || exit 9
  mount -t overlay overlay -o "lowerdir=$(lower_layers "$dir"),upperdir=$dir/upper,workdir=$dir/work" "$dir/root" || exit 9
  cd "$dir/root" || exit 9
  if [ -f "$dir/personalise" ]; then personalise "$host"; rm "$dir/personalise"; fi
  mount -t proc proc proc
  mount -t sysfs -o ro sysfs sys
  [ ! -e "$dir/systemd" ] || mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o size=8m,mode=755 tmpfs dev
  mount -t tmpfs -o mode=755 tmpfs run
  for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$device"
    mknod -m 666 "dev/$name" c "$major" "$minor"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
  : >dev/console
  mount --bind "$LAB_STATE/etc-hosts" etc/hosts
  mount_shares "$dir/shared"
  # The kernel's boot id is the machine's; a host needs its own, new at every boot.
  cat /proc/sys/kernel/random/uuid >run/boot_id
  mount --bind run/boot_id proc/sys/kernel/random/boot_id
  hostname "$host"
  mkdir -p .old; pivot_root . .old; cd / || exit 9
  umount -l /.old; rmdir /.old
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=linux container=lab /sbin/init
}

# Folders outside that several hosts have, as network storage: a line for each, with its source and its place.
mount_shares() {
  local source place
  [ -f "$1" ] || return 0
  while read -r source place; do
    mkdir -p ".$place"
    mount --bind "$source" ".$place"
  done <"$1"
}

# What makes this host's disk its own. Through the mounted root, so that the base's owners and modes show.
personalise() {
  local host=$1 dir=$HOSTS/$1
  echo "$host" >etc/hostname
  : >>etc/hosts
  [ ! -e "$dir/systemd" ] || boots_with_systemd
  install -m 440 "$dir/sudoers" etc/sudoers.d/ops
  install -d -m 700 -o 1000 -g 1000 home/ops/.ssh
  install -m 600 -o 1000 -g 1000 "$LAB_STATE/keys/id_ed25519.pub" home/ops/.ssh/authorized_keys
}

# The base's own init is sysvinit. Without a machine's name systemd would take every boot for its first.
boots_with_systemd() {
  local name
  ln -sf /lib/systemd/systemd sbin/init
  for name in reboot halt poweroff shutdown; do ln -sf /bin/systemctl "sbin/$name"; done
  cat /proc/sys/kernel/random/uuid | tr -d - >etc/machine-id
}

make_keys() {
  [ -f "$LAB_STATE/keys/id_ed25519" ] && return
  mkdir -p "$LAB_STATE/keys"; chmod 700 "$LAB_STATE/keys"
  # Made beside and renamed: two hosts may be coming up at once.
  local fresh; fresh=$(mktemp -d "$LAB_STATE/keys/new.XXXXXX")
  ssh-keygen -q -t ed25519 -N '' -C "lab $LAB_NAME" -f "$fresh/id_ed25519"
  (
    flock 9
    if [ ! -f "$LAB_STATE/keys/id_ed25519" ]; then
      mv "$fresh/id_ed25519.pub" "$LAB_STATE/keys/"
      mv "$fresh/id_ed25519" "$LAB_STATE/keys/"
    fi
  ) 9>"$LAB_STATE/keys/lock"
  rm -rf "$fresh"
}

# Pin the host's key as it is on the host's disk, never as something on the network says.
pin_key() {
  local host=$1 ip key pinned=$LAB_STATE/known_hosts
  ip=$(cat "$HOSTS/$host/ip")
  key=$(lab_sh "$host" cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)
  (
    flock 9
    { grep -v "^$host,$ip " "$pinned" 2>/dev/null; echo "$host,$ip $key"; } >"$pinned.new"
    mv "$pinned.new" "$pinned"
  ) 9>"$pinned.lock"
}

lab_known_hosts() { echo "$LAB_STATE/known_hosts"; }

# A boot takes a quarter of a second here; a machine that builds another lab beside needed more than ten.
lab_wait() {
  local host=${1:?which host?} ip attempt
  require_host "$host"
  ip=$(cat "$HOSTS/$host/ip")
  for attempt in $(seq 1200); do
    in_net timeout 5 bash -c "exec 3<>/dev/tcp/$ip/22 && head -c4 <&3" 2>/dev/null | grep -q SSH- && return
    sleep 0.05
  done
  die "$host: no sshd after ${attempt} looks in a minute; see $HOSTS/$host/console.log"
}

# The host's PID 1 as the machine sees it: the process of its cgroup whose innermost PID is 1.
init_of() {
  local pid
  while read -r pid; do
    [ "$(awk '/^NSpid:/ { print NF == 3 ? $NF : 0 }' "/proc/$pid/status" 2>/dev/null)" = 1 ] && { echo "$pid"; return; }
  done < <(find "$(cgroup_of "$1")" -name cgroup.procs -exec cat {} + 2>/dev/null)
  die "$1 is not up"
}

lab_sh() {
  local host=${1:?which host?} init; shift
  require_host "$host"
  init=$(init_of "$host") || exit 1
  nsenter --target "$init" --mount --pid --net --uts --ipc --time --root --wd \
    env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" "${@:-bash}"
}

lab_ssh() {
  local host=${1:?which host?}; shift
  require_host "$host"
  in_net ssh -q -i "$LAB_STATE/keys/id_ed25519" -o UserKnownHostsFile="$LAB_STATE/known_hosts" \
    -o StrictHostKeyChecking=yes "ops@$(cat "$HOSTS/$host/ip")" "$@"
}

lab_ls() {
  local dir host state
  for dir in "$HOSTS"/*/; do
    [ -f "$dir/ip" ] || continue
    host=$(basename "$dir"); is_up "$host" && state=up || state=off
    printf '%-14s %-14s %s\n' "$host" "$(cat "$dir/ip")" "$state"
  done
}

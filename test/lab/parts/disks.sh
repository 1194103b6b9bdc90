# Disks: every host has an upper layer over the base; a snapshot becomes one more layer below a fresh upper one, so
# that going back to it costs one `rm` and no copying. An installation that starts at several releases has one more for each;
# what is dear to install and needed by few hosts is an addition to the base.

lower_layers() {
  local dir=$1 layer layers=
  for layer in release snapshot addition lower; do
    [ ! -d "$dir/$layer" ] || layers+=${layers:+:}$(realpath "$dir/$layer")
  done
  echo "$layers"
}

# Run FUNCTION HOST for every host at once; fail if one fails.
for_all_hosts() {
  local host pid failed=0 pids=()
  for host in $(each_host); do
    "$1" "$host" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}

# All hosts, or those whose names match the pattern in ONLY.
ONLY=
each_host() {
  local dir host
  for dir in "$HOSTS"/*/; do
    host=$(basename "$dir")
    if [ -f "$dir/ip" ] && [[ -z $ONLY || $host == $ONLY ]]; then echo "$host"; fi
  done
}

# Two installations may be prepared in a lab, of which one is up: switch_to PATTERN-OF-ITS-HOSTS NAME
switch_to() {
  ONLY="!($1)"
  all_off
  ONLY=$1
  printf '%s\n' "$1" "$2" >"$LAB_STATE/current"
}
current_installation() { sed -n 2p "$LAB_STATE/current" 2>/dev/null; }

# Keep what is on every host's disk now. NAME is remembered: it says what the snapshot holds.
lab_snapshot() {
  local name=${1:?a name for the snapshot} host
  for host in $(each_host); do
    is_up "$host" && die "$host is up: a snapshot is taken of hosts that are off"
  done
  for host in $(each_host); do
    [ ! -d "$HOSTS/$host/snapshot" ] || die "$host has a snapshot already; 'lab rm $host' first"
    mv "$HOSTS/$host/upper" "$HOSTS/$host/snapshot"
    mkdir "$HOSTS/$host/upper"
  done
  echo "$name" >"$LAB_STATE/snapshot-name"
}

# Every host off, whatever happened since the snapshot forgotten, every host on.
lab_reset() {
  local name=${1:?the name of the snapshot}
  [ "$(cat "$LAB_STATE/snapshot-name" 2>/dev/null)" = "$name" ] || die "there is no snapshot $name"
  for_all_hosts forget && for_all_hosts boot_again || exit 1
}

boot_again() { plug_in "$1" && power_on "$1" && lab_wait "$1"; }

forget() {
  local dir=$HOSTS/$1
  cut_power "$1"
  rm -rf "$dir/upper" "$dir/work"
  mkdir "$dir/upper" "$dir/work"
}

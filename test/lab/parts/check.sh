# Whether a lab is possible here: said in one sentence, before anything is built.

lab_check() {
  local reason; reason=$(why_no_lab)
  [ -z "$reason" ] && return
  echo "$reason"
  exit 1
}

why_no_lab() {
  [ "$(uname -s)" = Linux ] || { echo "a lab of real hosts needs Linux"; return; }
  [ "$(id -u)" = 0 ] || { echo "a lab of real hosts needs root, for namespaces and mounts"; return; }
  [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || { echo "a lab of real hosts needs Debian on amd64"; return; }
  [ -n "$CGROUPS" ] && mkdir -p "$CGROUPS/lockkeeper-lab" 2>/dev/null ||
    { echo "a lab of real hosts needs a writable cgroup2 mount, which is not there"; return; }
  unshare --net --pid --fork --mount --uts --ipc --time mount -t tmpfs tmpfs /mnt 2>/dev/null ||
    { echo "a lab of real hosts needs namespaces and mounts, which are not allowed here (a container without privileges?)"; return; }
}

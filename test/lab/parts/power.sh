# What can happen to a host.

lab_reboot() { kill -INT "$(init_of "${1:?which host?}")"; }   # ctrl-alt-del: orderly

# A power cut. Unplugged first, so that no FIN or RST leaves the dying host: its peers hear nothing, as in life.
lab_kill() {
  require_host "$1"
  lab_partition "$1"
  cut_power "$1"
}

cut_power() {
  local cgroup; cgroup=$(cgroup_of "$1")
  [ -d "$cgroup" ] || return 0
  echo 0 >"$cgroup/cgroup.freeze"
  echo 1 >"$cgroup/cgroup.kill"
  while is_up "$1"; do sleep 0.01; done
  # The kernel lets go of the group a moment after its last process.
  until find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; do [ -d "$cgroup" ] || break; sleep 0.01; done
}

lab_freeze() { require_host "$1"; echo 1 >"$(cgroup_of "$1")/cgroup.freeze"; }
lab_thaw() { require_host "$1"; echo 0 >"$(cgroup_of "$1")/cgroup.freeze"; }

lab_down() { require_host "$1"; cut_power "$1"; lab_heal "$1"; unplug "$1"; }

lab_rm() { lab_down "$1"; rm -rf "${HOSTS:?}/$1"; write_hosts_file; }

# The hosts and what belongs to them; the network stays, because a test may be running in it.
remove_hosts() {
  local host
  for host in $(each_host); do lab_rm "$host"; done
  rm -f "$LAB_STATE/snapshot-name"
}

lab_clean() {
  local net
  lab_appdb stop
  remove_hosts
  for net in "$NET" "$OUTSIDE"; do [ ! -e "/run/netns/$net" ] || ip netns del "$net"; done
  rm -rf "${LAB_STATE:?}"
}

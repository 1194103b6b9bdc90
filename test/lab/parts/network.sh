# The lab's switch: a bridge in a network namespace of its own, with a list of addresses whose packets vanish.

# Run a command inside the lab's network.
in_net() { ip netns exec "$NET" "$@"; }

network_up() {
  [ -e "/run/netns/$NET" ] && return
  ip netns attach "$OUTSIDE" $$ && ip netns add "$NET" || die "cannot make network namespace $NET"
  ip -n "$NET" link set lo up
  # A fixed address: otherwise the bridge takes a new one as hosts join, and the others keep a stale one.
  ip -n "$NET" link add br0 address 02:00:0a:4d:00:01 type bridge stp_state 0 forward_delay 0
  ip -n "$NET" addr add "$CONTROL/22" dev br0
  # Something is always plugged in: a bridge without any cable has no carrier, and programs do not list its address.
  ip -n "$NET" link add plug type veth peer name socket
  ip -n "$NET" link set plug master br0 up
  ip -n "$NET" link set socket up
  ip -n "$NET" link set br0 up
  until ip -n "$NET" -br link show br0 | grep -q ' UP '; do sleep 0.05; done
  in_net nft -f - <<'RULES'
table bridge lab {
  set unplugged { type ether_addr; }
  chain forward { type filter hook forward priority 0; ether saddr @unplugged drop; ether daddr @unplugged drop; }
  chain input   { type filter hook input   priority 0; ether saddr @unplugged drop; }
  chain output  { type filter hook output  priority 0; ether daddr @unplugged drop; }
}
RULES
}

# Give HOST its cable: a veth pair from the switch into the host's own network namespace.
plug_in() {
  local host=$1 ns=$LAB_NAME-$1 ip cable
  ip=$(cat "$HOSTS/$host/ip")
  cable=v${ip#10.77.}                        # unique in the lab, and short: interface names end at 15 characters
  [ -e "/run/netns/$ns" ] && return
  ip netns add "$ns" || die "cannot make network namespace $ns"
  ip -n "$NET" link add "$cable" type veth peer name eth0 netns "$ns" || die "cannot plug in $host"
  ip -n "$NET" link set "$cable" master br0 up
  ip -n "$ns" addr add "$ip/22" dev eth0
  ip -n "$ns" link set eth0 up
  ip -n "$ns" link set lo up
  ip -n "$ns" -br link show eth0 | awk '{print $3}' >"$HOSTS/$host/mac"
  ip -n "$NET" neigh flush to "$ip"          # a host that was here before it had another hardware address
}

unplug() {
  local cable; cable=v$(sed 's/^10\.77\.//' "$HOSTS/$1/ip")
  [ -e "/run/netns/$NET" ] && ip -n "$NET" link del "$cable" 2>/dev/null
  [ ! -e "/run/netns/$LAB_NAME-$1" ] || ip netns del "$LAB_NAME-$1"
}

# Every host knows every other by name.
write_hosts_file() {
  local dir file=$LAB_STATE/etc-hosts
  {
    echo "127.0.0.1 localhost"
    echo "$CONTROL control"
    for dir in "$HOSTS"/*/; do [ -f "$dir/ip" ] && echo "$(cat "$dir/ip") $(basename "$dir")"; done
  } >"$file.$BASHPID"
  cat "$file.$BASHPID" >"$file"              # same inode: the hosts have it mounted
  rm "$file.$BASHPID"
}

lab_partition() { in_net nft add element bridge lab unplugged "{ $(cat "$HOSTS/${1:?host}/mac") }"; }

lab_heal() {
  in_net nft delete element bridge lab unplugged "{ $(cat "$HOSTS/${1:?host}/mac") }" 2>/dev/null || true # was not unplugged
}

lab_ctl() { network_up; exec nsenter --net="/run/netns/$NET" "$@"; }

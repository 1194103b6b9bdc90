# The shared base: a small Debian that boots with sysvinit or with systemd, built once per recipe (about a minute, 300 MB).

LAB_DEPENDENCIES='debootstrap openssh-client iproute2 nftables rpm haproxy socat openssl python3 python3-venv util-linux procps'
BASE_PACKAGES=openssh-server,sudo,procps,psmisc,iproute2,iputils-ping,python3,python3-pymongo,curl,rpm,haproxy,socat,netcat-openbsd,libfaketime,unzip,monit,cron

lab_deps() {
  local package missing=()
  for package in $LAB_DEPENDENCIES; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "lab: installing ${missing[*]}" >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && return
  apt-get update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 ||
    die "could not install ${missing[*]}"
}

# Print the base's folder; build it if this recipe's is not there. Built beside and renamed, under a lock: a half-built
# base is never seen, and two runs at once build it once.
lab_base() {
  local key base
  key=$(cat "$LAB_SOURCE/parts/base.sh" "$LAB_SOURCE"/base/* | sha256sum | cut -c1-12)
  base=$LAB_CACHE/base-$key
  [ -d "$base" ] && { echo "$base"; return; }
  mkdir -p "$LAB_CACHE"
  (
    flock 9
    [ -d "$base" ] && exit
    echo "lab: building the base system, about a minute" >&2
    rm -rf "$LAB_CACHE"/base.building.*
    building=$LAB_CACHE/base.building.$BASHPID
    build_base "$building" >"$LAB_CACHE/base-$key.log" 2>&1 || die "the base could not be built; see $LAB_CACHE/base-$key.log"
    mv "$building" "$base"
  ) 9>"$LAB_CACHE/base.lock" || exit 1
  echo "$base"
}

build_base() {
  local root=$1 mirror
  # The mirror of this machine's own apt, so that a machine behind a mirror works without a setting.
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "bookworm" && /debian/ { print $1; exit }')
  debootstrap --variant=minbase --include="$BASE_PACKAGES" bookworm "$root" "${mirror:-http://deb.debian.org/debian}" || return
  # Nothing may be started inside while packages are configured.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"; chmod +x "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc" || return
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends sysvinit-core initscripts sysv-rc systemd dbus &&
    logins_known_to_systemd "$root"
  local installed=$?
  umount "$root/proc"
  [ $installed = 0 ] || return 1
  chroot "$root" apt-get clean
  rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/* "$root/usr/sbin/policy-rc.d" "$root"/etc/ssh/ssh_host_*
  boot_quickly "$root" && boot_quickly_with_systemd "$root" || return
  install -m 644 "$LAB_SOURCE/base/sshd.conf" "$root/etc/ssh/sshd_config.d/lab.conf"
  # Debian's rpm keeps one database per user unless told otherwise.
  mkdir -p "$root/etc/rpm"; echo '%_dbpath /var/lib/rpm' >"$root/etc/rpm/macros"; chroot "$root" rpm --initdb
  chroot "$root" useradd -m -u 1000 -s /bin/bash ops || return
  # A cheap hash: on om-2 sudo checks it some 300 times in one upgrade, and Debian's own costs 50 ms of a core each time.
  echo 'ops:ops-pass' | chroot "$root" chpasswd -c SHA256 -s 1000 || return
  # Where the stand-ins keep their records and read how they shall behave; any of their users may write.
  install -d -m 1777 "$root/var/lib/stand-in" "$root/var/lib/stand-in/behaviour"
}

# Boot only what the lab needs: its own script, then sshd and whatever is installed later.
boot_quickly() {
  local root=$1
  rm -f "$root"/etc/rc[0-6S].d/[SK]*
  : >"$root/etc/init.d/.legacy-bootordering"       # without it init ignores plain S and K links
  install -m 644 "$LAB_SOURCE/base/inittab" "$root/etc/inittab"
  install -d "$root/lib/lab"
  install -m 755 "$LAB_SOURCE/base/boot" "$LAB_SOURCE/base/stop" "$root/lib/lab/"
  ln -s ../init.d/ssh "$root/etc/rc2.d/S01ssh"
}

# libpam-systemd insists on being the machine's only init, and this base has both: so its files are taken, not the package.
logins_known_to_systemd() {
  chroot "$1" sh -c 'cd /tmp && apt-get -q download libpam-systemd && dpkg-deb --fsys-tarfile libpam-systemd_*.deb | tar -C / --keep-directory-symlink -x &&
    rm libpam-systemd_*.deb && pam-auth-update --package'
}

# The same for a host that boots with systemd: journal, D-Bus, logins, and whatever is installed later.
boot_quickly_with_systemd() {
  local root=$1 units=$1/etc/systemd/system unit
  rm -rf "$units"/*.wants "$units"/*.requires
  install -m 644 "$LAB_SOURCE"/base/*.service "$root/lib/systemd/system/"
  install -d "$units/multi-user.target.wants"
  ln -s /lib/systemd/system/{ssh,lab-boot,lab-going-down}.service "$units/multi-user.target.wants/"
  # What belongs to the machine, which a host must not touch, and what waits for a keyboard.
  for unit in systemd-{sysctl,modules-load,binfmt,pstore,remount-fs}.service {dev-hugepages,dev-mqueue,sys-{fs-fuse-connections,kernel-{config,debug,tracing}}}.mount \
    {console-,}getty.{service,target} systemd-ask-password-{console,wall}.path; do
    ln -sf /dev/null "$units/$unit"
  done
}

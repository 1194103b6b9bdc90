# The installation that tests upgrade: three application hosts, a host with only a Backup Daemon, a load balancer, and
# the Application Database. Prepared once per state of the lab's sources, then put back from a snapshot in seconds.
#
#   om-1   10.77.0.11  application and Backup Daemon
#   om-2   10.77.0.12  application; sudo asks for the password; its daemon is disabled at boot
#   om-3   10.77.0.13  application, installed by rpm (the others by dpkg), a unit of systemd; its daemon is disabled at boot
#   bkp-1  10.77.0.14  Backup Daemon, installed from a tarball in /srv/ops-manager, run by the user opsmgr; its application is
#                      disabled at boot
#   lb-1   10.77.0.15  HAProxy

APPLICATION_HOSTS='om-1 om-2 om-3'
TARBALL_HOSTS=${LAB_TARBALL_HOSTS:-bkp-1}      # by hand: any others, too
SYSTEMD_HOSTS=${LAB_SYSTEMD_HOSTS-om-3}         # by hand: any others, or none
DAEMON_HOSTS='om-1 bkp-1'
FIRST_RELEASE=4.4.13

lab_installation() {
  mkdir -p "$LAB_STATE"
  case ${1:-} in
    start) is_prepared && installation_ready >/dev/null 2>&1 || installation_reset ;;
    reset) installation_reset ;;
    wait) installation_wait ;;
    *) die "usage: lab installation start|reset|wait" ;;
  esac
}

is_prepared() { [ "$(cat "$LAB_STATE/snapshot-name" 2>/dev/null)" = "$(installation_name)" ]; }

# Everything as it was on the first day and running.
installation_reset() {
  switch_to '!(ucd-*)' ops-manager
  if ! is_prepared; then
    remove_hosts
    prepare_installation
    lab_snapshot "$(installation_name)"
  fi
  network_up
  all_off                                    # before the new database: an old process must not write into it
  lab_appdb wipe
  lab_appdb start                            # before the hosts: their applications give up without it
  lab_reset "$(installation_name)"
  installation_wait
}

# Changes when anything that is on the hosts' disks would.
installation_name() {
  local base packages sudoers=${LAB_SUDOERS:-$LAB_SOURCE/sudoers}
  base=$(lab_base) && packages=$(lab_packages) || exit 1
  echo "$base $packages $TARBALL_HOSTS/$SYSTEMD_HOSTS $(cat "$sudoers" "$LAB_SOURCE"/{haproxy.cfg,sudoers-with-password,parts/installation.sh,parts/host.sh,parts/appdb.sh} | sha256sum)" |
    sha256sum | cut -c1-12
}

prepare_installation() {
  local sudoers=${LAB_SUDOERS:-$LAB_SOURCE/sudoers} host
  # The same on every host; operators copy it by hand.
  head -c 24 /dev/urandom >"$LAB_STATE/gen.key"
  lab_up om-1 11 --sudoers "$sudoers" $(init_system om-1)
  lab_up om-2 12 --sudo-password $(init_system om-2)
  lab_up om-3 13 --sudoers "$sudoers" $(init_system om-3)
  lab_up bkp-1 14 --sudoers "$sudoers" $(init_system bkp-1)
  lab_up lb-1 15 --sudoers "$sudoers"
  for host in om-1 om-2 om-3 bkp-1; do install_ops_manager "$host" "$(way_of "$host")"; done
  for host in om-2 om-3; do disable "$host" mongodb-mms-backup-daemon; done
  disable bkp-1 mongodb-mms
  install_load_balancer lb-1
  all_off
}

# How Ops Manager came onto a host, and where it is.
way_of() {
  case " $TARBALL_HOSTS " in *" $1 "*) echo tar; return ;; esac
  [ "$1" = om-3 ] && echo rpm || echo deb
}
has_systemd() { case " $SYSTEMD_HOSTS " in *" $1 "*) ;; *) return 1 ;; esac; }
init_system() { if has_systemd "$1"; then echo --systemd; fi; }
tree_of() { [ "$(way_of "$1")" = tar ] && echo /srv/ops-manager || echo /opt/mongodb/mms; }

install_ops_manager() {
  local host=$1 packages uri tree user=mongodb-mms key=/etc/mongodb-mms/gen.key
  tree=$(tree_of "$1")
  uri=$(lab_appdb uri)
  packages=$(lab_packages) || exit 1
  case $2 in
    deb) install_file "$host" "$packages"/mongodb-mms_"$FIRST_RELEASE".*.deb dpkg -i ;;
    rpm)
      install_file "$host" "$packages/lab-shell.rpm" rpm -i
      install_file "$host" "$packages"/mongodb-mms-"$FIRST_RELEASE".*.rpm rpm -i ;;
    tar)
      user=opsmgr key=/home/opsmgr/.mongodb-mms/gen.key
      # A system's number: the tests of real SSH make users of their own, and end whatever has the number of one that is left.
      lab_sh "$host" sh -c 'useradd -r -m -s /usr/sbin/nologin opsmgr; mkdir -p /srv/ops-manager; install -d -m 1777 /var/lib/stand-in /var/lib/stand-in/behaviour'
      install_file "$host" "$packages"/mongodb-mms-"$FIRST_RELEASE".*.tar.gz tar -C /srv/ops-manager --strip-components=1 -xzf
      lab_sh "$host" sh -c "$SITE_FILES" ;;
  esac
  lab_sh "$host" sh -c 'sed -i "s#^mongo.mongoUri=.*#mongo.mongoUri=$1#" "$2/conf/conf-mms.properties"' \
    configure "${uri//&/\\&}" "$tree"               # sed takes a plain & for the whole match
  lab_sh "$host" sh -c 'install -d "$(dirname "$1")" && cat >"$1" && chown -R "$2": "$(dirname "$1")" && chmod 600 "$1" &&
    : >/var/lib/stand-in/key-was-there && chmod 666 /var/lib/stand-in/key-was-there' key "$key" "$user" <"$LAB_STATE/gen.key"
  if has_systemd "$host"; then install_units "$host" "$user"; fi
  # What counts from here on is the upgrade's own installs.
  lab_sh "$host" rm -f /var/lib/stand-in/installs
}

# What a site has beside and in a tarball's tree: its own init scripts, and files that no tarball brings.
SITE_FILES='set -e
cd /srv/ops-manager
mkdir -p mongodb-releases && echo releases >mongodb-releases/mongodb.tgz && echo certificate >server.pem && : >logs/counted
chown -R opsmgr: . && chmod 600 conf/conf-mms.properties server.pem
for service in mongodb-mms mongodb-mms-backup-daemon; do
  printf "%s\n" "#!/bin/bash" "### BEGIN INIT INFO" "# Provides: $service" "# Required-Start:" "# Required-Stop:" "# Default-Start: 2 3 4 5" \
    "# Default-Stop: 0 1 6" "### END INIT INFO" ". /srv/ops-manager/lib/init.sh" "run_init_script $service \"\$@\"" >/etc/init.d/$service
  chmod 755 /etc/init.d/$service
  update-rc.d $service defaults >/dev/null
done'

# The product's own scripts become root's or the tree's owner themselves: install_units HOST USER
install_units() {
  local host=$1 user=root unit
  [ "$2" = mongodb-mms ] || user=$2
  for unit in mongodb-mms mongodb-mms-backup-daemon; do
    sed "s#@TREE@#$(tree_of "$host")#; s#@USER@#$user#" "$LAB_SOURCE/stand-in/units/$unit.service" |
      lab_sh "$host" sh -c 'cat >/etc/systemd/system/$1.service && systemctl daemon-reload && systemctl --quiet enable $1' unit $unit || die "$host: no unit $unit"
  done
}

# install_file HOST PACKAGE COMMAND...
install_file() {
  local host=$1 package=$2
  lab_sh "$host" sh -c 'cat >/root/package && "$@" /root/package && rm /root/package' install "${@:3}" <"$package" >/dev/null ||
    die "$host: $package could not be installed"
}

# disable HOST SERVICE at boot, by systemd too. It warns that the script's own header says otherwise; that is the purpose.
disable() { lab_sh "$1" update-rc.d "$2" disable 2>/dev/null; }

install_load_balancer() {
  lab_sh "$1" sh -c 'cat >/etc/haproxy/haproxy.cfg; usermod -aG haproxy ops; update-rc.d haproxy defaults' <"$LAB_SOURCE/haproxy.cfg"
}

all_off() { for_all_hosts cut_power; }

# Until every application serves, every daemon runs and the load balancer sees all servers: seconds, and more than a
# minute on two cores that do much else.
installation_wait() {
  local host attempt
  for attempt in $(seq 600); do
    installation_ready >/dev/null && return
    sleep 0.2
  done
  die "the installation is not ready after $attempt looks: $(installation_ready)"
}

installation_ready() {
  local host
  for host in $APPLICATION_HOSTS; do
    in_net curl -sf -m 2 -o /dev/null "http://$(cat "$HOSTS/$host/ip"):8080/api/public/v1.0/unauth/versionManifest" ||
      { echo "$host does not serve"; return 1; }
  done
  for host in $DAEMON_HOSTS; do
    lab_sh "$host" "$(tree_of "$host")/bin/mongodb-mms-backup-daemon" status >/dev/null || { echo "$host runs no daemon"; return 1; }
  done
  [ "$(lab_sh lb-1 sh -c 'echo "show stat" | socat - /run/haproxy/admin.sock' | grep -c '^om,s[123],.*,UP,')" = 3 ] ||
    { echo "lb-1 does not see three servers up"; return 1; }
}

# What must never happen, as the stand-ins of all hosts recorded it.
lab_violations() {
  local host
  ONLY=$(head -n 1 "$LAB_STATE/current" 2>/dev/null)
  [ "$ONLY" != 'ucd-*' ] || ucd_audit
  for host in $(each_host); do
    # What no process could record itself is found now, if the host is up and has the stand-in.
    is_up "$host" && lab_sh "$host" sh -c 'cd "$1/lib" 2>/dev/null && python3 -B audit.py' audit "$(tree_of "$host")"
    lab_record "$host" violations
  done
  return 0
}

# Print FILE of the stand-ins' records on HOST, from its disk, so that it works for a host that is off.
lab_record() { require_host "$1"; cat "$HOSTS/$1/upper/var/lib/stand-in/${2:?which record?}" 2>/dev/null || true; }
